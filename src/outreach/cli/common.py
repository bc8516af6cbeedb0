"""What all commands share: the flags, the settings, and running something that waits."""

from __future__ import annotations

import asyncio
import gc
import shlex
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from cyclopts import Parameter

from outreach.errors import Interrupted, UsageError

if TYPE_CHECKING:
    from outreach.config import Settings
    from outreach.sending.options import SendRequest

_Result = TypeVar("_Result")
_MADE_BEFORE_COLLECTING = (
    50_000  # objects; a letter makes some dozens, hardly any of them in circles: a tenth of the time
)


@Parameter(name="*")
@dataclass(frozen=True)
class Common:
    """Flags of every command."""

    config: Annotated[Path | None, Parameter(name="--config", help="The settings file; default: outreach.toml.")] = None
    settings: Annotated[
        tuple[str, ...],
        Parameter(name="--set", help="A setting for this call: relay.rate=5/second.", negative_iterable=""),
    ] = ()
    quiet: Annotated[bool, Parameter(name=["--quiet", "-q"], negative="", help="No progress, only results.")] = False
    verbose: Annotated[bool, Parameter(name=["--verbose", "-v"], negative="", help="Say more.")] = False


def read_settings(common: Common, *, campaign_needed: bool = True) -> Settings:
    """The settings for this call; some commands work without a campaign's folder."""
    from outreach.config import load_settings, system_environment

    return load_settings(
        config=common.config,
        cwd=Path.cwd(),
        environ=system_environment(),
        flags=_flags(common.settings),
        campaign_needed=campaign_needed,
    )


def _flags(pairs: tuple[str, ...]) -> dict[str, object]:
    flags: dict[str, object] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or "." not in key:
            raise UsageError(f"--set {pair}: not a setting", "Write it as --set section.key=value.")
        flags[key.strip()] = value.strip()
    return flags


def address_key(address: str) -> str:
    """What an address on the command line is compared by."""
    from outreach.contacts.address import AddressError, parse_mailbox

    try:
        return parse_mailbox(address).key
    except AddressError as error:
        raise UsageError(f"{address}: {error}", "Give one address, as the list has it.") from error


def send_again(request: SendRequest, common: Common) -> str:
    """The command that sends what was shown for this request, with the flags without which it would be refused."""
    flags = [
        *(("--config", str(common.config)) if common.config else ()),
        *(word for pair in common.settings for word in ("--set", pair)),
        *(word for key in request.only for word in ("--only", key)),
        *(("--limit", str(request.limit)) if request.limit else ()),
        *(("--accept", ",".join(sorted(request.accept))) if request.accept else ()),
        *(
            flag
            for flag, is_set in (
                ("--amend", request.amend),
                ("--new-ledger", request.new_ledger),
                ("--moved", request.moved),
                ("--skip-bad-rows", request.skip_bad_rows),
            )
            if is_set
        ),
    ]
    return shlex.join(["outreach", "send", *flags])


def wait_for(work: Callable[[], Coroutine[Any, Any, _Result]]) -> _Result:
    """Run something that waits, on uvloop where there is one."""
    gc.set_threshold(_MADE_BEFORE_COLLECTING, 20, 50)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        try:
            return runner.run(work())
        except asyncio.CancelledError:
            raise Interrupted(
                "Interrupted.", "What had left is recorded: outreach status tells. Run it again to go on."
            ) from None


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop
