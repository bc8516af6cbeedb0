"""Progress on stderr: a live display on a terminal that can; elsewhere a plain line every ten seconds."""

from __future__ import annotations

from collections import Counter, deque
from types import TracebackType
from typing import TYPE_CHECKING

from outreach.cli.start_time import until_start
from outreach.cli.terminal import clock_time, hanging, is_lively, say
from outreach.cli.throttled import throttled_words
from outreach.clock import Clock, SystemClock
from outreach.model import Kind, Reply
from outreach.report.summary import counted
from outreach.sending.events import (
    AttemptEnded,
    ConnectionsChanged,
    DomainsLookedUp,
    Event,
    RelayFailing,
    RowsChecked,
    RunStarted,
    Stopping,
    Throttled,
    Waiting,
    WaitingToStart,
)

if TYPE_CHECKING:
    from rich.console import Console, Group
    from rich.live import Live

_PLAIN_SECONDS = 10.0
_PLAIN_WAITING_SECONDS = 600.0
_REFRESH_PER_SECOND = 8
_RATE_SECONDS = 5.0
_BAR_WIDTH = 30
_LEAST_BAR_WIDTH = 10
_ENDED = (Kind.ACCEPTED, Kind.FAILED, Kind.UNSURE)
_SHOWN = (Kind.ACCEPTED, Kind.DEFERRED, Kind.FAILED, Kind.UNSURE)  # untried letters are none the worse


class Progress:
    """Listens to a run and shows it. Handling an event only counts; drawing happens a few times a second."""

    def __init__(
        self,
        console: Console,
        *,
        quiet: bool,
        verbose: bool = False,
        rehearsal: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self._console = console
        self._quiet = quiet
        self._verbose = verbose
        self._heading = "Rehearsal: " if rehearsal else ""
        self._live: Live | None = None
        self._started: RunStarted | None = None
        self._began = self._clock.monotonic()
        self._checking = "0 rows"
        self._connections = 0
        self._kinds: Counter[Kind] = Counter()
        self._problems: Counter[str] = Counter()
        self._recent: deque[tuple[float, int]] = deque([(self._began, 0)])
        self._note = ""
        self._start_at: float | None = None  # while the run waits for it
        self._told_start_at: float | None = None  # when a plain line last said so
        self._throttled: Throttled | None = None
        self._spoke_at = self._began

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.pause()
        if kind is None and self._started is not None and not is_lively(self._console) and not self._quiet:
            seconds = max(0.001, self._clock.monotonic() - self._began)
            line = f"{self._done()}/{self._started.to_send} in {seconds:.1f} s, {self._done() / seconds:.1f}/s"
            say(self._console, f"{self._heading}{line}; {self._counts_words()}")

    def pause(self) -> None:
        """Take the display down, to ask or to end; the next event brings it back."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def __call__(self, event: Event) -> None:
        """Take in what happened, and show it."""
        self.take_in(event)
        if self._quiet:
            return
        if self._verbose and isinstance(event, AttemptEnded):
            say(self._console, _attempt_line(event))
        if is_lively(self._console):
            self._show_live()
        else:
            self._speak_now_and_then(event)

    def take_in(self, event: Event) -> None:
        """Count what happened, without drawing."""
        match event:
            case RowsChecked(rows):
                self._checking = f"{rows} rows read, rendered and composed"
            case DomainsLookedUp(domains, of):
                self._checking = f"{domains} of {of} domains looked up"
            case RunStarted():
                self._started, self._began = event, self._clock.monotonic()
                self._start_at = None
                self._recent = deque([(self._began, 0)])
            case AttemptEnded(outcome=outcome):
                self._note = ""
                self._kinds[outcome.kind] += 1
                if outcome.kind not in (Kind.ACCEPTED, Kind.UNTRIED):
                    self._problems[outcome.reason] += 1
            case ConnectionsChanged(open=number):
                self._connections = number
            case RelayFailing(reason, retry_at):
                self._note = f"No connection ({reason}); next try {clock_time(retry_at)}"
            case Throttled():
                self._throttled = event
            case Waiting(until, reason):
                self._note = f"Waiting: {reason} {clock_time(until)}"
            case WaitingToStart(start_at):
                self._start_at = start_at
            case Stopping(awaited):
                self._note = f"Stopping: waiting for the replies to {awaited} letters; Ctrl-C again to stop now"

    def _show_live(self) -> None:
        if self._live is None:
            from rich.live import Live

            self._live = Live(
                console=self._console,
                get_renderable=self.display,
                refresh_per_second=_REFRESH_PER_SECOND,
                transient=True,
            )
            self._live.start()

    def _speak_now_and_then(self, event: Event) -> None:
        now = self._clock.monotonic()
        if isinstance(event, WaitingToStart):
            due = self._told_start_at is None or now - self._told_start_at >= _PLAIN_WAITING_SECONDS
            self._told_start_at = now if due else self._told_start_at
        elif isinstance(event, Throttled):
            due = (event.until or 0.0) > self._clock.now() + _PLAIN_SECONDS
        else:
            due = now - self._spoke_at >= _PLAIN_SECONDS or isinstance(event, Stopping | RelayFailing | Waiting)
        if due:
            self._spoke_at = now
            say(self._console, self._plain_line())

    def display(self) -> Group:
        """What the live display shows now."""
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        if self._start_at is not None:
            words = f"{self._waiting_words(self._start_at)}; Ctrl-C to give up"
            return Group(hanging(self._console, (words, "cyan")))
        if self._started is None:
            words = f"{self._heading}Checking: {self._checking}"
            return Group(hanging(self._console, words))
        row = Table.grid(padding=(0, 2))
        figures = [Text(self._heading.strip(), style="bold")] if self._heading else []
        figures += [Text(f"{self._done()}/{self._started.to_send}", style="bold"), Text(self._speed_words())]
        room = self._console.width - sum(text.cell_len + 2 for text in figures)
        bar = ProgressBar(total=max(1, self._started.to_send), completed=self._done(), width=min(_BAR_WIDTH, room))
        row.add_row(*([bar] if room >= _LEAST_BAR_WIDTH else []), *figures)
        lines: list[Table | Text] = [row, hanging(self._console, self._counts_words())]
        lines += [
            hanging(self._console, (reason, "yellow"), before=(f"  {count} × ", "yellow"))
            for reason, count in self._problems.most_common(3)
        ]
        lines += [hanging(self._console, (note, "cyan")) for note in self._notes()]
        return Group(*lines)

    def _plain_line(self) -> str:
        if self._start_at is not None:
            return self._waiting_words(self._start_at)
        if self._started is None:
            return f"{self._heading}checking: {self._checking}"
        words = f"{self._heading}{self._done()}/{self._started.to_send}, {self._speed_words()}; {self._counts_words()}"
        return "; ".join([words, *self._notes()])

    def _notes(self) -> list[str]:
        throttled = throttled_words(self._throttled, now=self._clock.now())
        return [note for note in (throttled[:1].upper() + throttled[1:], self._note) if note]

    def _waiting_words(self, start_at: float) -> str:
        return f"Waiting to start: {until_start(start_at, self._clock.now())}"

    def _done(self) -> int:
        return sum(self._kinds[kind] for kind in _ENDED)

    def _speed_words(self) -> str:
        now = self._clock.monotonic()
        self._recent.append((now, self._done()))
        while len(self._recent) > 1 and now - self._recent[1][0] >= _RATE_SECONDS:
            self._recent.popleft()
        seconds, letters = now - self._recent[0][0], self._done() - self._recent[0][1]
        rate = letters / seconds if seconds > 0.2 else 0.0
        limit = self._started.rate if self._started is not None else None
        return f"{rate:.1f}/s{self._eta(rate if limit is None else min(rate, limit))}"

    def _eta(self, rate: float) -> str:
        started = self._started
        if started is None or rate <= 0:
            return ""
        left = max(0, started.to_send - self._done())
        minutes, seconds = divmod(int(left / rate), 60)
        return f", {minutes // 60}:{minutes % 60:02}:{seconds:02} to go" if left else ""

    def _counts_words(self) -> str:
        counts = [(self._kinds[kind], kind.value) for kind in _SHOWN if self._kinds[kind]]
        shown = ", ".join(f"{count} {name}" for count, name in counts) or "starting"
        return f"{shown}; {counted(self._connections, 'connection')}" if self._connections else shown


def _attempt_line(event: AttemptEnded) -> str:
    """What became of one attempt: deferred minister@state.example: greylisted (451 4.7.1 try later)."""
    answer = event.outcome.answer
    said = f" ({answer.code} {answer.enhanced} {answer.text})" if isinstance(answer, Reply) else ""
    return f"{event.outcome.kind.value} {event.address}: {event.outcome.reason}{said}"
