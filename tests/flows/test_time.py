"""When letters leave: not before a time, within hours, and at a time that was asked for."""

from __future__ import annotations

import asyncio
import datetime
import json
import signal
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from outreach.clock import SystemClock
from outreach.sink.server import Sink
from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink, sink_in_thread
from tests.flows.test_interrupt import rows
from tests.support.clock import FakeClock

pytestmark = [pytest.mark.flow, pytest.mark.usefixtures("seoul")]

NINE = 1_697_414_400.0  # Monday 2023-10-16 09:00 in Seoul
HOUR = 3600.0
OFFICE = 'hours = "09:00-18:00 Asia/Seoul"\ndays = "Mon-Fri"\n'
Set = Callable[[Callable[[], float]], None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Set:
    """Let the wall clock show what a function says; timers run as usual."""

    def to(now: Callable[[], float]) -> None:
        monkeypatch.setattr(SystemClock, "now", lambda self: now())

    return to


@pytest.fixture
def fake_clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """The day before, at 18:48; waiting takes no time."""
    clock = FakeClock(NINE - 14 * HOUR - 12 * 60)
    for name in ("now", "monotonic"):
        monkeypatch.setattr(SystemClock, name, lambda self: clock.time)

    async def sleep(self: SystemClock, seconds: float) -> None:
        await clock.sleep(seconds)
        await asyncio.sleep(0.002)  # real sockets get their turn, or whoever waits for one rushes through the day

    monkeypatch.setattr(SystemClock, "sleep", sleep)
    return clock


def use(campaign: Campaign, sink: Sink, *, campaign_lines: str = "", relay_lines: str = "") -> None:
    """Send to this sink, with these settings more."""
    campaign.use_port(sink.port)
    campaign.edit("outreach.toml", "[contacts]", f"{campaign_lines}\n[contacts]")
    campaign.edit("outreach.toml", 'security = "none"\n', f'security = "none"\n{relay_lines}')


def intents(campaign: Campaign) -> int:
    """How many intents the journal holds."""
    with sqlite3.connect(campaign.folder / ".outreach" / "ledger.db") as ledger:
        (count,) = ledger.execute("SELECT count(*) FROM journal WHERE kind = 'intent'").fetchone()
    return int(count)


def test_nothing_leaves_before_the_time_of_the_campaign(
    campaign: Campaign, start_sink: StartSink, set_clock: Set
) -> None:
    """A send before not_before ends at once without connecting or planning; one after it sends all."""
    sink = start_sink()
    use(campaign, sink, campaign_lines="not_before = 2023-10-16T09:00:00+09:00")
    set_clock(lambda: NINE - 14 * HOUR)

    early = campaign.run("send", "--yes", "--json")
    before = (sink.connections, campaign.run("status", "--json").json["total"])
    set_clock(lambda: NINE)
    then = campaign.run("send", "--yes", "--json")

    assert early.code == 5
    assert early.err.splitlines()[-2:] == [
        "Nothing may leave before 2023-10-16 09:00 (not_before under [campaign])",
        "  → Run outreach send then; or leave it waiting: outreach send --at 2023-10-16T09:00+09:00",
    ]
    assert (early.json["ended"], early.json["total"]) == ("stopped", 0)
    assert early.json["next_attempt_at"] == "2023-10-16T00:00:00+00:00"
    assert before == (0, 0)
    assert (then.code, then.json["counts"]["accepted"], sink.count) == (0, 3, 3)


def test_the_ledger_itself_refuses_what_would_leave_too_early(
    campaign: Campaign, start_sink: StartSink, set_clock: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even with the gate broken no intent stands and no body leaves; a plan with another time lets all go."""
    sink = start_sink()
    use(campaign, sink, campaign_lines="not_before = 2023-10-16T09:00:00+09:00")
    set_clock(lambda: NINE - 14 * HOUR)
    with monkeypatch.context() as broken:
        broken.setattr("outreach.sending.gate.GateTerms.opens_at", lambda self, now: now)
        broken.setattr("outreach.sending.gate.Gate.is_open", lambda self, now: True)
        early = campaign.run("send", "--yes", "--json")
    held_back = (sink.count, intents(campaign))
    campaign.edit("outreach.toml", "not_before = 2023-10-16T09:00:00+09:00", "not_before = 2023-10-15T09:00:00+09:00")

    then = campaign.run("send", "--yes", "--json")

    assert early.code == 5
    assert "The ledger holds the campaign back" in early.err
    assert early.json["counts"]["planned"] == 3
    assert held_back == (0, 0)
    assert (then.code, then.json["counts"]["accepted"], intents(campaign)) == (0, 3, 3)


def test_the_time_is_no_part_of_the_seal(campaign: Campaign, start_sink: StartSink, set_clock: Set) -> None:
    """What was planned for one time may go at another without --amend."""
    sink = start_sink()
    use(campaign, sink, campaign_lines="not_before = 2023-10-16T09:00:00+09:00")
    set_clock(lambda: NINE - 14 * HOUR)
    planned = campaign.run("send", "--plan-only", "--yes", "--json")
    campaign.edit("outreach.toml", "not_before = 2023-10-16T09:00:00+09:00", "")

    sent = campaign.run("send", "--yes", "--json")

    assert (planned.code, planned.json["counts"]["planned"]) == (0, 3)
    assert (sent.code, sent.json["seal"]) == (0, planned.json["seal"])
    assert sink.count == 3


def test_outside_of_the_hours_nothing_is_connected(campaign: Campaign, start_sink: StartSink, set_clock: Set) -> None:
    """On Friday evening a send ends at once, and says that it goes on on Monday."""
    sink = start_sink()
    use(campaign, sink, relay_lines=OFFICE)
    set_clock(lambda: NINE + 4 * 24 * HOUR + 9 * HOUR)

    closed = campaign.run("send", "--yes", "--json")

    assert closed.code == 5
    assert "Nothing may leave before 2023-10-23 09:00 (hours under [relay])" in closed.err
    assert closed.json["next_attempt_at"] == "2023-10-23T00:00:00+00:00"
    assert sink.connections == 0


def test_hours_that_open_soon_are_waited_for(campaign: Campaign, start_sink: StartSink, fake_clock: FakeClock) -> None:
    """Ten minutes before they open a send asks, plans, waits without a connection, and sends."""
    sink = start_sink()
    use(campaign, sink, relay_lines=OFFICE)
    fake_clock.time = NINE - 600

    sent = campaign.run("send", "--yes", "--json", "--set", "relay.connections=1")

    assert (sent.code, sent.json["counts"]["accepted"]) == (0, 3)
    assert "Waiting: letters may leave from 09:00" in sent.err
    assert sink.connections == 2  # one to log in before anybody is asked, one after the wait
    assert fake_clock.time >= NINE


def test_no_connection_is_kept_while_nothing_may_leave(
    campaign: Campaign, start_sink: StartSink, set_clock: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is given up at the beginning of a long wait, not when the time has come and the relay has hung up."""
    sink = start_sink()
    use(campaign, sink, relay_lines=OFFICE)
    looks: list[bool] = []

    async def sleep(self: SystemClock, seconds: float) -> None:
        looks.append(any(event.kind == "closed" for event in sink.record))
        await asyncio.sleep(min(seconds, 0.01))

    monkeypatch.setattr(SystemClock, "sleep", sleep)
    set_clock(lambda: NINE if len(looks) > 300 or any(looks) else NINE - 600)

    sent = campaign.run("send", "--yes", "--json")

    assert (sent.code, sink.count) == (0, 3)
    assert any(looks[:300])


def test_hours_that_close_stop_a_run(campaign: Campaign, start_sink: StartSink, set_clock: Set) -> None:
    """At six the run stops: what left is accepted, the rest is planned, nothing is unsure; on Tuesday it goes on."""
    sink = start_sink()
    use(campaign, sink, relay_lines=OFFICE)
    campaign.contacts(rows(60))
    set_clock(lambda: NINE + (9 * HOUR - 1 if sink.count < 20 else 9 * HOUR))

    stopped = campaign.run("send", "--yes", "--json")
    left = sink.count
    set_clock(lambda: NINE + 24 * HOUR)
    rest = campaign.run("send", "--yes", "--json")

    assert (stopped.code, stopped.json["ended"], stopped.json["balanced"]) == (5, "stopped", True)
    assert stopped.json["counts"]["accepted"] == left
    assert stopped.json["counts"]["planned"] == 60 - left
    assert 20 <= left <= 25  # those that were under way on five connections
    assert "Nothing may leave before 2023-10-17 09:00 (hours under [relay])" in stopped.err
    assert rest.json["counts"]["accepted"] == 60
    assert set(sink.accepted_by_recipient().values()) == {1}


def test_hours_that_close_before_the_body_leave_no_trace(
    campaign: Campaign, start_sink: StartSink, set_clock: Set
) -> None:
    """Between envelope and body the connection is closed: no empty letter, no intent, no charge."""
    sink = start_sink()
    use(campaign, sink, relay_lines=OFFICE)

    def data_was_said() -> bool:
        return any(event.kind == "command" and event.detail.startswith("DATA") for event in sink.record)

    set_clock(lambda: NINE + (9 * HOUR if data_was_said() else 9 * HOUR - 1))

    stopped = campaign.run("send", "--yes", "--json", "--set", "relay.connections=1")

    assert stopped.code == 5
    assert data_was_said()
    assert (sink.count, intents(campaign)) == (0, 0)
    assert stopped.json["counts"]["planned"] == 3
    assert [entry["attempts"] for entry in campaign.run("log", "--json").json_lines] == [0, 0, 0]


def test_a_dry_run_says_when_letters_may_leave(campaign: Campaign, start_sink: StartSink, set_clock: Set) -> None:
    """It shows not_before and hours, when the first letter may leave, and counts the hours into the end."""
    sink = start_sink()
    use(campaign, sink, campaign_lines="not_before = 2023-10-16T17:59:00+09:00", relay_lines=OFFICE)
    set_clock(lambda: NINE + 2 * HOUR)
    pace = ("--set", "relay.rate=1/minute")

    shown = campaign.run("send", "--dry-run", *pace)
    later = campaign.run("send", "--dry-run", "--at", "2023-10-17T09:30+09:00", *pace)
    counted = campaign.run("send", "--dry-run", "--json", *pace).json

    assert shown.code == 0
    assert "  Not before  17:59\n" in shown.out
    assert "  Hours       09:00-18:00 Asia/Seoul, Mon-Fri\n" in shown.out
    assert "  Starts      17:59, in 6 h 59 min\n" in shown.out
    assert "  Ends        about 2023-10-17 09:02\n" in shown.out
    assert "  Starts      2023-10-17 09:30, in 22 h 30 min\n" in later.out
    assert "  Ends        about 2023-10-17 09:33\n" in later.out
    assert counted["ends_at"] == "2023-10-17T00:02:00+00:00"
    assert sink.connections == 0


def test_all_is_made_ready_for_a_time(campaign: Campaign, start_sink: StartSink, fake_clock: FakeClock) -> None:
    """--at plans and logs in now, waits with nothing connected, and sends at that time."""
    sink = start_sink()
    use(campaign, sink)

    sent = campaign.run("send", "--yes", "--json", "--at", "2023-10-16T09:00+09:00", "--set", "relay.connections=1")

    assert (sent.code, sent.json["counts"]["accepted"]) == (0, 3)
    assert "Waiting to start: 2023-10-16 09:00, in 14 h 12 min" in sent.err
    assert fake_clock.time >= NINE
    assert max(fake_clock.slept) <= 30
    assert sink.connections == 2  # one to log in now, one to send then
    dates = {entry["updated_at"][:16] for entry in campaign.run("log", "--json").json_lines}
    assert dates == {"2023-10-16T00:00"}


def test_a_machine_that_overslept_sends_nothing(
    campaign: Campaign, start_sink: StartSink, fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It wakes 72 minutes late and refuses; all stays planned, and a send of today's decision sends it."""
    sink = start_sink()
    use(campaign, sink)

    async def asleep(self: SystemClock, seconds: float) -> None:
        await fake_clock.sleep(seconds if fake_clock.time < NINE - HOUR else 2 * HOUR + 12 * 60)

    with monkeypatch.context() as sleepy:
        sleepy.setattr(SystemClock, "sleep", asleep)
        late = campaign.run("send", "--yes", "--json", "--at", "2023-10-16T09:00+09:00")
    nothing = sink.count
    sent = campaign.run("send", "--yes", "--json")

    assert (late.code, late.json["ended"], late.json["counts"]["planned"]) == (3, "stopped", 3)
    assert "It is 10:12, 72 min past the time to start: this machine was asleep or busy." in late.err
    assert "Nothing was sent. Run outreach send when it is right." in late.err
    assert nothing == 0
    assert (sent.code, sink.count) == (0, 3)


def test_another_server_at_that_time_gets_nothing(
    campaign: Campaign, fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was planned for a real relay does not go to a test sink that answers at its port by then."""
    with ExitStack() as first, ExitStack() as second:
        relay = first.enter_context(sink_in_thread())
        use(campaign, relay)
        sinks: list[Sink] = []

        async def sleep(self: SystemClock, seconds: float) -> None:
            if not sinks:
                first.close()
                sinks.append(second.enter_context(sink_in_thread(as_sink=True, port=relay.port)))
            await fake_clock.sleep(seconds)

        monkeypatch.setattr(SystemClock, "sleep", sleep)

        sent = campaign.run("send", "--yes", "--json", "--at", "2023-10-16T09:00+09:00")

    assert (sent.code, sent.json["counts"]["planned"]) == (3, 3)
    assert "Another server answers now" in sent.err
    assert sinks[0].connections > 0
    assert (relay.count, sinks[0].count, intents(campaign)) == (0, 0, 0)


def soon(seconds: float) -> str:
    """So many seconds from now, as --at takes it."""
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)).isoformat()


def test_two_seconds_from_now(campaign: Campaign, start_sink: StartSink) -> None:
    """By the real clock: nothing leaves before the time, all of it afterwards."""
    sink = start_sink()
    use(campaign, sink)
    at = soon(2)

    sent = campaign.run("send", "--yes", "--json", "--at", at)

    assert (sent.code, sent.json["counts"]["accepted"]) == (0, 3)
    start_at = datetime.datetime.fromisoformat(at).timestamp()
    assert min(message.mail_at for message in sink.messages) >= start_at


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_while_waiting_sends_nothing(
    campaign: Campaign, start_sink: StartSink, number: signal.Signals
) -> None:
    """It ends with 130, all planned, the campaign's lock held until then; the next send sends all."""
    sink = start_sink()
    use(campaign, sink)
    waiting = campaign.start("send", "--yes", "--json", "--at", soon(3600))
    assert waiting.stderr is not None
    first_line = waiting.stderr.readline()
    meanwhile = campaign.run("send", "--yes")

    waiting.send_signal(number)
    out, err = waiting.communicate(timeout=10)

    assert first_line.startswith("Waiting to start: ")
    assert first_line.rstrip().endswith((", in 1 h", ", in 60 min"))
    assert meanwhile.code == 2
    assert waiting.returncode == 130
    report = json.loads(out.splitlines()[-1])
    assert (report["ended"], report["counts"]["planned"]) == ("interrupted", 3)
    assert "Interrupted while waiting: nothing was sent." in err
    assert sink.count == 0
    assert sink.open_connections == 0
    assert campaign.run("send", "--yes", "--json").json["counts"]["accepted"] == 3


@pytest.mark.parametrize(
    ("flags", "what"),
    [
        (("--at", "2023-10-16T09:00"), "the offset from UTC is missing"),
        (("--at", "2023-10-15T09:00+09:00"), "that time has passed"),
        (("--at", "2023-10-16T08:00+09:00"), "nothing may leave before 2023-10-16 08:30"),
        (("--at", "2023-10-16T08:30+09:00"), "outside of 09:00-18:00 Asia/Seoul, Mon-Fri (hours under [relay])"),
        (("--at", "2023-10-16T09:00+09:00", "--plan-only"), "--at and --plan-only do not go together"),
    ],
)
def test_a_time_that_can_not_be_is_refused_at_once(
    campaign: Campaign, start_sink: StartSink, set_clock: Set, flags: tuple[str, ...], what: str
) -> None:
    """Wrong usage in two lines, before anything is read or connected."""
    sink = start_sink()
    use(campaign, sink, campaign_lines="not_before = 2023-10-16T08:30:00+09:00", relay_lines=OFFICE)
    set_clock(lambda: NINE - 14 * HOUR)

    refused = campaign.run("send", "--yes", *flags)

    assert refused.code == 2
    assert what in refused.err.splitlines()[0]
    assert len(refused.err.splitlines()) == 2
    assert sink.connections == 0
