"""The commands of `outreach`, and how it ends: every error in two lines, with its exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError, Parameter

from outreach import __version__
from outreach.cli.overview import show_overview
from outreach.cli.terminal import data, print_error
from outreach.errors import Interrupted, OutreachError, UsageError

_WHAT = "Send one letter to many people, each addressed properly, and account for every copy."

app = App(
    name="outreach",
    help=_WHAT,
    version=__version__,
    version_flags=["--version", "-V"],
    help_flags=["--help", "-h"],
    help_format="plaintext",  # in Markdown an address in brackets would lose them
    default_parameter=Parameter(show_default=False),
    result_action="return_value",
)
# Commands are loaded when they are called, and their help stands here, so that `outreach --help` imports none of them.
_COMMANDS = (
    ("init", "outreach.cli.init:init", "Write a campaign that works into a folder."),
    ("check", "outreach.cli.check:check", "Read, render and compose everything; send nothing."),
    ("preview", "outreach.cli.preview:preview", "Show one letter as its recipient gets it."),
    ("send", "outreach.cli.send:send", "Send the letters; --dry-run shows what would be sent."),
    ("status", "outreach.cli.status:status", "Print the balance of this campaign."),
    ("campaigns", "outreach.cli.status:campaigns", "List the campaigns in the ledger."),
    ("log", "outreach.cli.log:log", "Print one line for each delivery, or each attempt."),
    ("resolve", "outreach.cli.decide:resolve", "List what is unsure, and decide it."),
    ("retry", "outreach.cli.decide:retry", "Plan failed deliveries again."),
    ("suppress", "outreach.cli.suppress:suppress", "The addresses that must not be written to."),
    ("mark", "outreach.cli.suppress:mark", "Note what you learned otherwise: mark bounced ADDRESS."),
    ("dkim", "outreach.cli.dkim:dkim", "Write the key that letters are signed with; print its DNS record."),
    ("config", "outreach.cli.config:config", "Print every setting in force and where it came from."),
    ("sink", "outreach.cli.sink:sink", "Run an SMTP server that swallows mail, for rehearsals."),
    ("demo", "outreach.cli.demo:demo", "Show the whole thing on this machine, in a throw-away folder."),
)
for _name, _function, _help in _COMMANDS:
    app.command(_function, name=_name, help=_help)


def main() -> None:
    """Run the command line and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code."""
    try:
        result = _call(list(arguments))
    except CycloptsError as error:
        remedy = "outreach --help lists the commands, outreach COMMAND --help the flags."
        return _end(UsageError(f"Not understood: {error}", remedy))
    except OutreachError as error:
        return _end(error)
    except KeyboardInterrupt:
        return _end(
            Interrupted("Interrupted.", "What had left is recorded: outreach status tells. Run it again to go on.")
        )
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has had enough
        return 0
    except Exception as error:
        return _end(_own_fault(error))
    return result if isinstance(result, int) else 0


def _call(arguments: list[str]) -> object:
    if arguments in ([], ["--help"], ["-h"]):
        show_overview(_WHAT, [(name, what) for name, _, what in _COMMANDS])
        return None
    return app(arguments, console=data(), exit_on_error=False, print_error=False)


def _end(error: OutreachError) -> int:
    print_error(error)
    return error.exit_code


def _own_fault(error: Exception) -> OutreachError:
    """A fault of ours, with the place, so that it can be reported."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename.rpartition('/')[2]}:{place.tb_lineno}" if place else "unknown"
    return OutreachError(
        f"A fault in outreach itself: {type(error).__name__} in {where}: {error}",
        "Nothing that left is lost: outreach status tells. Please report this line.",
    )
