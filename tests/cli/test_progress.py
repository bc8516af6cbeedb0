"""Progress in words."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from outreach.cli.progress import Progress
from outreach.model import Concern, Kind, Lost, Outcome, Reply, Stage, State
from outreach.sending.events import (
    AttemptEnded,
    ConnectionsChanged,
    DomainsLookedUp,
    Event,
    RowsChecked,
    RunStarted,
    Stopping,
    Throttled,
    WaitingToStart,
)
from tests.support.clock import FakeClock


def ended(kind: Kind, reason: str, answer: Reply | Lost | None = None) -> AttemptEnded:
    """An attempt that ended so."""
    return AttemptEnded("a@b.example", State.PLANNED, State.ACCEPTED, Outcome(kind, Concern.MESSAGE, reason, answer), 0)


def started(to_send: int) -> RunStarted:
    """A run begins."""
    return RunStarted("spring", "h:25", to_send, {}, None, swallowed=False)


def test_off_a_terminal_a_plain_line_comes_every_ten_seconds() -> None:
    """Not silence, and not a line for every letter."""
    out, clock = io.StringIO(), FakeClock()
    console = Console(file=out, width=80)

    with Progress(console, quiet=False, clock=clock) as progress:
        progress(started(100))
        for _ in range(40):
            clock.time += 0.5
            progress(ended(Kind.ACCEPTED, "accepted"))

    lines = out.getvalue().splitlines()
    assert len(lines) == 3
    assert lines[-1].startswith("40/100 in 20.0 s, 2.0/s; 40 accepted")


def test_a_check_says_what_it_is_at() -> None:
    """Rows first; then, where DNS is asked, the domains of the recipients."""
    out, clock = io.StringIO(), FakeClock()
    with Progress(Console(file=out, width=80), quiet=False, clock=clock) as progress:
        for event in (RowsChecked(500), DomainsLookedUp(40, 3000)):
            clock.time += 10
            progress(event)

    assert out.getvalue().splitlines() == [
        "checking: 500 rows read, rendered and composed",
        "checking: 40 of 3000 domains looked up",
    ]


def test_the_display_groups_problems_by_cause() -> None:
    """The live display shows the bar, the balance and what goes wrong most."""
    clock = FakeClock()
    out = io.StringIO()
    progress = Progress(Console(file=out, width=80), quiet=True, clock=clock)
    events: list[Event] = [
        started(10),
        ConnectionsChanged(2),
        *[ended(Kind.DEFERRED, "mailbox full")] * 3,
        ended(Kind.ACCEPTED, "accepted"),
        Stopping(2),
    ]
    for event in events:
        progress(event)

    Console(file=out, width=80).print(progress.display())

    shown = out.getvalue()
    assert "1/10" in shown
    assert "1 accepted, 3 deferred; 2 connections" in shown
    assert "3 × mailbox full" in shown
    assert "waiting for the replies to 2 letters" in shown
    assert max(len(line) for line in shown.splitlines()) <= 80


def test_a_rehearsal_is_called_one() -> None:
    """The display and the plain lines say that it is a rehearsal."""
    out, clock = io.StringIO(), FakeClock()
    console = Console(file=out, width=80)

    with Progress(console, quiet=False, rehearsal=True, clock=clock) as progress:
        console.print(progress.display())
        progress(started(1))
        console.print(progress.display())
        progress(ended(Kind.ACCEPTED, "accepted"))

    lines = [line.strip() for line in out.getvalue().splitlines()]
    assert lines[0].startswith("Rehearsal: Checking")
    assert lines[1].startswith("Rehearsal: ")
    assert lines[-1].startswith("Rehearsal: 1/1")
    assert max(map(len, lines)) <= 80


def test_verbose_says_a_line_for_each_attempt_with_the_reply_made_harmless() -> None:
    """A relay's reply can't steer the terminal."""
    out = io.StringIO()
    reply = Reply(Stage.DOT, 554, "5.7.1", "spam \x1b[2J")

    with Progress(Console(file=out, width=80), quiet=False, verbose=True, clock=FakeClock()) as progress:
        progress(started(1))
        progress(ended(Kind.FAILED, "refused", reply))

    assert out.getvalue().splitlines()[0] == "failed a@b.example: refused (554 5.7.1 spam \\x1b[2J)"


def test_quiet_says_nothing() -> None:
    """-q leaves only results."""
    out = io.StringIO()

    with Progress(Console(file=out), quiet=True, clock=FakeClock()) as progress:
        progress(started(1))
        progress(ended(Kind.ACCEPTED, "accepted"))

    assert out.getvalue() == ""


def test_off_a_terminal_a_long_wait_is_told_now_and_then() -> None:
    """A line at once, then one every ten minutes; when sending begins, the usual ones."""
    out, clock = io.StringIO(), FakeClock()
    start_at = clock.time + 1805

    with Progress(Console(file=out, width=80), quiet=False, clock=clock) as progress:
        while clock.time < start_at:
            progress(WaitingToStart(start_at))
            clock.time += 30
        progress(started(1))

    *waiting, begun, end = out.getvalue().splitlines()
    assert [line.rpartition(", ")[2] for line in waiting] == ["in 30 min", "in 20 min", "in 10 min", "in 5 s"]
    assert all(line.startswith("Waiting to start: ") for line in waiting)
    assert begun.startswith("0/1, ")
    assert end.startswith("0/1 in ")


def test_the_display_counts_down() -> None:
    """Drawn again, it says how long it is by then."""
    out, clock = io.StringIO(), FakeClock()
    progress = Progress(Console(file=out, width=80), quiet=True, clock=clock)
    progress(WaitingToStart(clock.time + 90000))

    for _ in range(2):
        Console(file=out, width=80).print(progress.display())
        clock.time += 3600

    first, second = out.getvalue().splitlines()
    assert first.endswith("in 1 d 1 h; Ctrl-C to give up")
    assert second.endswith("in 1 d; Ctrl-C to give up")


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_the_display_fits_the_terminal(columns: int) -> None:
    """The bar gives way to the numbers, and long reasons go on below themselves."""
    out = io.StringIO()
    console = Console(file=out, width=columns, force_terminal=True, color_system=None)
    clock = FakeClock()
    progress = Progress(console, quiet=True, clock=clock)
    progress(started(3000))
    for _ in range(40):
        clock.time += 0.5
        progress(ended(Kind.DEFERRED, "the relay puts off letters that come from an account as new as this one"))

    console.print(progress.display())

    lines = out.getvalue().splitlines()
    assert max(len(line) for line in lines) <= columns
    assert "the relay puts off letters" in out.getvalue()
    assert "…" not in out.getvalue()


def test_without_colour_lines_are_printed_in_place_of_a_display() -> None:
    """A terminal on which nothing may be drawn anew gets a line every ten seconds, like a pipe."""
    out, clock = io.StringIO(), FakeClock()
    console = Console(file=out, width=40, force_terminal=True, color_system=None)

    with Progress(console, quiet=False, clock=clock) as progress:
        progress(started(100))
        for _ in range(21):
            clock.time += 0.5
            progress(ended(Kind.ACCEPTED, "accepted"))

    assert out.getvalue().splitlines() == [
        "20/100, 2.0/s, 0:00:40 to go; 20",
        "accepted",
        "21/100 in 10.5 s, 2.0/s; 21 accepted",
    ]


def test_what_the_relay_wants_less_of_is_shown_until_it_is_over() -> None:
    """In plain words, with the pace, the reason and the time; and no word once all is as before."""
    clock = FakeClock()
    progress = Progress(Console(file=io.StringIO(), width=200), quiet=True, clock=clock)
    until = clock.now() + 60

    def shown(*events: Event) -> str:
        for event in events:
            progress(event)
        out = io.StringIO()
        Console(file=out, width=200).print(progress.display())
        return out.getvalue()

    few = shown(started(10), Throttled(5, None, "", None), ended(Kind.ACCEPTED, "accepted"))
    slow = shown(Throttled(5, 0.5, "the relay wants letters to come more slowly", until))
    clock.time += 61
    later = shown()
    over = shown(Throttled(None, None, "", None))

    assert "The relay allows 5 connections\n" in few
    assert "slower for a while (nothing leaves before " in slow
    assert ", then 0.5/s): the relay wants letters to come more slowly" in slow
    assert "slower for a while (0.5/s): the relay wants letters" in later
    assert "relay" not in over
