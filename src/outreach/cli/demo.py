"""`outreach demo`: sink, sample campaign, a real send, the log and the balance; all on this machine."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from outreach.cli.common import Common, read_settings, wait_for
from outreach.cli.ending import print_ending
from outreach.cli.log import log
from outreach.cli.status import status
from outreach.cli.terminal import say, talk

if TYPE_CHECKING:
    from outreach.sending.ending import SendReport


def demo() -> int:
    """Send the sample campaign to a sink of its own, then show the log and the balance."""
    console = talk()
    with tempfile.TemporaryDirectory(prefix="outreach-demo-") as name:
        folder = Path(name)
        copy_sample(folder)
        say(console, ("outreach demo", "bold"), ": the sample campaign, sent to a sink on this machine.")
        report, common = wait_for(lambda: _send_to_sink(folder / "outreach.toml"))
        print_ending(console, report)
        log(common=common)
        status(common=common)
        say(console, ("That was all on this machine, in a folder that is gone now. Next: outreach init", "dim"))
        return report.exit_code


async def _send_to_sink(config: Path) -> tuple[SendReport, Common]:
    """Send the campaign to a sink that lives as long as the send; the flags name its port, and so the ledger."""
    from outreach.cli.send import send_letters
    from outreach.sending.options import SendRequest
    from outreach.sink.server import Sink

    async with Sink(port=0, keep="count") as sink:
        common = Common(config=config, settings=(f"relay.port={sink.port}", "relay.rate=12/second"))
        return await send_letters(read_settings(common), SendRequest(yes=True), quiet=False), common


def copy_sample(folder: Path) -> None:
    """The sample campaign as the package brings it, or as it stands at the top of a checkout."""
    sample = Path(__file__).parents[1] / "sample"
    source = sample if sample.is_dir() else Path(__file__).parents[3]
    for name in ("outreach.toml", "templates/letter.md", "contacts/officials.csv", "contacts/signatories.csv"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, folder / name)
