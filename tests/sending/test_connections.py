"""Who may open a connection, who gives one up, and what a refusal costs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from outreach.model import Exchange, Lost, Message, Outcome, Reply, Stage
from outreach.policy.outcome import judge
from outreach.sending.breaker import Breaker
from outreach.sending.connections import Connections, Line
from outreach.sending.events import Event, Throttled
from outreach.sending.stop import StopSignal
from outreach.sending.throttle import Throttle
from outreach.smtp.interface import ConnectFailure, Envelope, Relay, Session
from tests.support.clock import FakeClock

CROWDED = ConnectFailure(Reply(Stage.GREETING, 421, "4.7.0", "Too many connections"))
REFUSED = ConnectFailure(Lost(Stage.CONNECT, "connection refused"))
ACCEPTED = judge(Reply(Stage.DOT, 250, "2.0.0", "ok"))
HANGS_UP = judge(Reply(Stage.MAIL, 421, "4.3.2", "bye"))


class OpenSession(Session):
    """Open until it is closed."""

    pipelines = False
    extensions: frozenset[str] = frozenset()
    dot_written = False
    final_heard = None
    is_sink = False
    usable = True
    politely: bool | None = None

    async def exchange(self, *, body: Message | None = None, envelope: Envelope | None = None) -> Exchange:
        """Nobody sends anything here."""
        raise NotImplementedError

    async def close(self, *, politely: bool = True) -> None:
        """Note how."""
        self.usable = False
        self.politely = politely


class ScriptedRelay(Relay):
    """Gives these answers, one after the other, then sessions."""

    account = "relay"
    faults = frozenset[str]()

    def recall(self, faults: frozenset[str]) -> None:
        """Nothing that it does."""

    def __init__(self, answers: Sequence[ConnectFailure]) -> None:
        self.answers = list(answers)
        self.tried = 0

    async def connect(self) -> Session | ConnectFailure:
        """The next answer."""
        self.tried += 1
        return self.answers.pop(0) if self.answers else OpenSession()


class House:
    """What a run shares, with a clock of our own."""

    def __init__(self, *answers: ConnectFailure, most: int = 20) -> None:
        self.clock = FakeClock()
        self.stop = StopSignal()
        self.events: list[Event] = []
        self.finished = asyncio.Event()
        self.relay = ScriptedRelay(answers)
        breaker = Breaker(self.clock, self.stop, self.events.append)
        throttle = Throttle(self.clock, self.stop, self.events.append, connections=most, rate=None, wait_seconds=900.0)
        self.connections = Connections(
            self.relay,
            throttle,
            breaker,
            self.clock,
            self.stop,
            to_sink=False,
            finished=self.finished,
            listener=self.events.append,
        )

    def line(self) -> Line:
        """A lane's, without a connection."""
        return Line(self.connections)

    def first(self) -> Line:
        """The lane's that has the run's first connection."""
        return Line(self.connections, OpenSession())

    async def told(self, line: Line, outcome: Outcome) -> None:
        """The line has a session, and an attempt over it ended so."""
        await line.permit()
        assert await line.ready() is not None
        line.hear(outcome)


async def test_a_refused_connection_costs_a_wait_and_is_tried_again() -> None:
    """There is no session, the others go on, and after two seconds one lane tries again."""
    house = House(CROWDED)
    house.first()
    line = house.line()

    permitted = await line.permit()
    session = await line.ready()
    again = await line.permit()

    assert (permitted, session, again) == (True, None, True)
    assert house.clock.slept == [2.0]
    assert Throttled(1, None, "", None) in house.events


@pytest.mark.parametrize(
    "failure",
    [
        CROWDED,
        REFUSED,
        ConnectFailure(Lost(Stage.GREETING, "connection closed by the relay")),
        ConnectFailure(Reply(Stage.GREETING, 554, "5.7.1", "not you")),
        ConnectFailure(Reply(Stage.EHLO, 421, "4.3.2", "bye")),
        ConnectFailure(Reply(Stage.AUTH, 454, "4.7.0", "not now")),
        ConnectFailure(Lost(Stage.AUTH, "no token just now: the server is busy")),
    ],
)
async def test_single_failures_while_others_are_connected_stop_nothing(failure: ConnectFailure) -> None:
    """Fifty in a row neither open the breaker nor end the run."""
    house = House(*[failure] * 50)
    house.first()
    line = house.line()

    for _ in range(50):
        assert await line.permit()
        assert await line.ready() is None

    assert not house.stop.is_set
    assert house.relay.tried == 50


async def test_a_relay_that_is_away_ends_the_run_within_half_a_minute() -> None:
    """With none connected six failures, whose waits double, end with 5."""
    house = House(*[REFUSED] * 6)
    line = house.line()
    began = house.clock.time

    while await line.permit():
        assert await line.ready() is None

    assert house.stop.reason is not None
    assert house.stop.reason.exit_code == 5
    assert house.clock.time - began == pytest.approx(31)
    assert house.relay.tried == 6


@pytest.mark.parametrize(
    ("reason", "tried", "code", "words"),
    [
        ("no token just now: x gave none within 30 s", 6, 5, "can't be used: no token just now: x gave none within"),
        ("no token for this account: x refuses one: invalid_grant", 1, 4, "not possible: no token for this account: x"),
    ],
)
async def test_without_a_token_the_run_ends_with_the_reason(reason: str, tried: int, code: int, words: str) -> None:
    """A server that is busy is asked again as a relay that is away is; one that refuses ends the run at once."""
    house = House(*[ConnectFailure(Lost(Stage.AUTH, reason))] * 6)
    line = house.line()

    while await line.permit():
        assert await line.ready() is None

    assert house.stop.reason is not None
    assert (house.relay.tried, house.stop.reason.exit_code) == (tried, code)
    assert words in house.stop.reason.what


async def test_a_relay_that_comes_back_in_time_is_used() -> None:
    """Five failures, then a session: the run goes on, one connection first."""
    house = House(*[REFUSED] * 5)
    line, other = house.line(), house.line()

    while await line.ready() is None:
        assert await line.permit()

    assert not house.stop.is_set
    assert await other.permit()


async def test_a_refused_login_ends_the_run_whoever_is_connected() -> None:
    """A password that is wrong now must not be tried by the other lanes."""
    house = House(ConnectFailure(Reply(Stage.AUTH, 535, "5.7.8", "wrong")))
    house.first()
    line = house.line()

    await line.permit()
    await line.ready()

    assert house.stop.reason is not None
    assert house.stop.reason.exit_code == 4
    assert not await line.permit()


async def test_at_first_as_many_are_opened_as_are_open() -> None:
    """With one connected one more is tried; a third waits for its outcome."""
    house = House()
    house.first()
    second, third = house.line(), house.line()
    await second.permit()

    waiting = asyncio.ensure_future(third.permit())
    await asyncio.sleep(0)
    waits = not waiting.done()
    await second.ready()

    assert waits
    assert await waiting


async def test_nobody_waits_for_a_connection_that_is_not_needed_any_more() -> None:
    """When the run has nothing more to hand out, lanes that wait for a permit end."""
    house = House(CROWDED)
    first, refused = house.first(), house.line()
    await refused.permit()
    await refused.ready()
    waiting = asyncio.ensure_future(refused.permit())

    house.finished.set()
    await first.end(politely=True)

    assert await waiting is False


async def test_a_permit_that_is_not_used_is_handed_back() -> None:
    """A lane that ends with a permit lets another one try."""
    house = House()
    house.first()
    one, other = house.line(), house.line()
    await one.permit()

    await one.end(politely=True)

    assert await asyncio.wait_for(other.permit(), 1)


async def test_a_connection_refused_at_mail_gives_way_to_those_before_it() -> None:
    """Told "too many connections" at MAIL, a line is closed, and no more than the others are opened for now."""
    house = House()
    first, second = house.first(), house.line()
    await house.told(first, ACCEPTED)
    crowded = judge(Reply(Stage.MAIL, 451, "4.7.0", "too many concurrent connections"))

    await house.told(second, crowded)
    session = second.session
    again = await second.permit()

    assert isinstance(session, OpenSession)
    assert session.politely is True
    assert again
    assert house.clock.slept == [2.0]
    assert not house.stop.is_set


async def test_the_end_of_a_connection_that_has_carried_letters_refuses_none() -> None:
    """A 421 between two letters is no word about how many connections there may be."""
    house = House()
    house.first()
    second = house.line()
    await house.told(second, ACCEPTED)

    await house.told(second, HANGS_UP)
    again = await second.permit()

    assert again
    assert house.clock.slept == []
    assert not any(isinstance(event, Throttled) for event in house.events)


async def test_a_line_is_ended_politely_before_its_relay_has_to() -> None:
    """Once it is known how many letters go over one connection, no more are offered."""
    house = House()
    line = house.first()
    enough = judge(Reply(Stage.MAIL, 421, "4.7.0", "Too many messages on this connection"))
    for outcome in (ACCEPTED, ACCEPTED, enough):
        await house.told(line, outcome)
    sessions = []
    for _ in range(4):
        await house.told(line, ACCEPTED)
        sessions.append(line.session)

    await line.permit()

    assert [session is sessions[0] for session in sessions] == [True, True, False, False]
    assert all(isinstance(session, OpenSession) and session.politely for session in sessions)


async def test_an_idle_connection_is_renewed() -> None:
    """After a minute without use a relay may have closed it; a new one is opened before a letter is offered."""
    house = House()
    line = house.first()
    old = line.session
    house.clock.time += 61

    new = await line.ready()

    assert new is not None
    assert new is not old
