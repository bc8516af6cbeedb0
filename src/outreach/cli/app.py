"""The commands of `outreach`, and how it ends: every error in two lines, with its exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError, Parameter

from outreach import __version__
from outreach.cli.terminal import data, print_error
from outreach.errors import Interrupted, OutreachError, UsageError

app = App(
    name="outreach",
    help="Send one letter to many people, each addressed properly, and account for every copy.",
    version=__version__,
    version_flags=["--version", "-V"],
    help_flags=["--help", "-h"],
    help_format="plaintext",  # in Markdown an address in brackets would lose them
    default_parameter=Parameter(show_default=False),
    result_action="return_value",
)
# Commands are loaded when they are called, and their help stands here, so that `outreach --help` imports none of them.
app.command("outreach.cli.init:init", name="init", help="Write a campaign that works into a folder.")
app.command("outreach.cli.check:check", name="check", help="Read, render and compose everything; send nothing.")
app.command("outreach.cli.preview:preview", name="preview", help="Show one letter as its recipient gets it.")
app.command("outreach.cli.send:send", name="send", help="Send the letters; --dry-run shows what would be sent.")
app.command("outreach.cli.status:status", name="status", help="Print the balance of this campaign.")
app.command("outreach.cli.status:campaigns", name="campaigns", help="List the campaigns in the ledger.")
app.command("outreach.cli.log:log", name="log", help="Print one line for each delivery, or each attempt.")
app.command("outreach.cli.decide:resolve", name="resolve", help="List what is unsure, and decide it.")
app.command("outreach.cli.decide:retry", name="retry", help="Plan failed deliveries again.")
app.command("outreach.cli.suppress:suppress", name="suppress", help="The addresses that must not be written to.")
app.command("outreach.cli.suppress:mark", name="mark", help="Note what you learned otherwise: mark bounced ADDRESS.")
app.command("outreach.cli.config:config", name="config", help="Print every setting in force and where it came from.")
app.command("outreach.cli.sink:sink", name="sink", help="Run an SMTP server that swallows mail, for rehearsals.")
app.command("outreach.cli.demo:demo", name="demo", help="Show the whole thing on this machine, in a throw-away folder.")


def main() -> None:
    """Run the command line and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code."""
    try:
        result = app(list(arguments), console=data(), exit_on_error=False, print_error=False)
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
