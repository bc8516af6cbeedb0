"""Replies that come after the timeout: none is taken for the reply to another letter."""

from __future__ import annotations

import asyncio
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from outreach.model import EnvelopeRecipient, Lost, Mailbox, Message, Reply, Role, State
from outreach.sink.house import EXTENSIONS, SINK_KEYWORD
from outreach.sink.script import parse_script
from outreach.sink.server import Sink
from outreach.smtp.interface import ConnectFailure, Envelope, Session
from outreach.smtp.options import RelayOptions, Timeouts
from outreach.smtp.relay import SmtpRelay
from tests.reliability.campaign import Campaign
from tests.reliability.figure import Figure, Scale
from tests.reliability.relay import own_sink

_STAGES = ("mail", "rcpt", "data", "dot")
_TIMEOUT, _LATE = 0.15, 0.3  # seconds
_AT_ONCE = 50
_NUMBER = re.compile(r"Swallowed as (\d+)")


@dataclass(slots=True)
class _Tally:
    """What came of the trials."""

    trials: int = 0
    late: int = 0
    wrong: list[str] = field(default_factory=list)


def run(scale: Scale) -> Figure:
    """By sessions, at each stage in turn; and in a whole campaign, reply by reply against the relay's record."""
    trials = 10_000 if scale is Scale.LONG else 200
    tally = _Tally()
    for stage in _STAGES:
        asyncio.run(_try_stage(stage, trials // len(_STAGES), tally))
    late, wrong = _send_campaign(4_000 if scale is Scale.LONG else 400)
    if tally.late < trials:
        tally.wrong.append(f"only {tally.late} of {trials} replies came late")
    return Figure(
        f"{trials:,} replies that come after the timeout, at {', '.join(_STAGES)}; and {late} in a campaign",
        "none attributed to another letter",
        f"{len(tally.wrong) + len(wrong)} attributed wrongly, of {tally.late + late:,}",
        (*tally.wrong, *wrong),
    )


async def _try_stage(stage: str, trials: int, tally: _Tally) -> None:
    """Each trial: a letter whose reply is late, then another letter of the same lane."""
    script = parse_script(f"late:{stage}:*late*:{_LATE}")
    extensions = [extension for extension in EXTENSIONS if extension != SINK_KEYWORD]
    async with Sink(extensions=extensions, scripts=[script], record_limit=0) as sink:
        quick = Timeouts(connect=10, greeting=10, command=_TIMEOUT, final=_TIMEOUT)
        relay = SmtpRelay(
            RelayOptions(host="127.0.0.1", port=sink.port, security="none", timeouts=quick),
            password=None,
            hostname="client.example",
        )
        numbers = iter(range(trials))

        async def lane() -> None:
            session: Session | None = None
            for number in numbers:
                session = await _try_once(relay, session, number, sink, tally)
            if session is not None:
                await session.close()

        async with asyncio.TaskGroup() as group:
            for _ in range(min(_AT_ONCE, trials)):
                group.create_task(lane())
        tally.late += sink.faults.total()


async def _try_once(relay: SmtpRelay, session: Session | None, number: int, sink: Sink, tally: _Tally) -> Session:
    """The late one must be lost and end the connection; the next one must get the reply that is its own."""
    tally.trials += 1
    session = session if session is not None and session.usable else await _connect(relay)
    lost = await _send(session, f"late{number}")
    if not isinstance(lost, Lost) or session.usable:
        tally.wrong.append(f"a late reply was taken: {lost}")
    session = await _connect(relay)
    answer = await _send(session, f"next{number}")
    found = _NUMBER.search(answer.text) if isinstance(answer, Reply) else None
    if found is None:
        if not isinstance(answer, Lost):  # on a machine that is busy with others, an honest reply may be late too
            tally.wrong.append(f"no reply of its own: {answer}")
    elif f"next{number}@".encode() not in sink.messages[int(found[1]) - 1].content:
        tally.wrong.append(f"next{number} got the reply to another letter: {answer}")
    return session


async def _connect(relay: SmtpRelay) -> Session:
    session = await relay.connect()
    assert not isinstance(session, ConnectFailure), session
    return session


async def _send(session: Session, name: str) -> Reply | Lost:
    """The answer that decided."""
    address = f"{name}@state.example"
    content = f"From: a@b.example\r\nTo: {address}\r\nSubject: x\r\n\r\nDear {address},\r\n".encode()
    to = EnvelopeRecipient(Role.TO, Mailbox("", address, address))
    message = Message(content, f"<{name}@b.example>", f"{name}@b.example", (to,))
    answers = (await session.exchange(envelope=Envelope(message, (0,), frozenset({0})))).envelope
    assert answers is not None
    if not answers.ready:
        return next(
            answer
            for answer in (answers.data, *answers.rcpts, answers.mail)
            if isinstance(answer, Lost) or (answer is not None and not answer.accepted)
        )
    final = (await session.exchange(body=message)).final
    assert final is not None
    return final


def _send_campaign(letters: int) -> tuple[int, list[str]]:
    """Every 40th reply to a letter is late; each accepted letter must bear the number that the relay gave to it."""
    script = f"late:dot:{_LATE * 3}:every=40"
    timeouts = f'timeouts = {{ connect = "10s", greeting = "10s", command = "10s", final = "{_LATE * 2}s" }}'
    with tempfile.TemporaryDirectory() as name, own_sink(Path(name), script) as relay:
        campaign = Campaign.written(
            Path(name) / "campaign", letters=letters, port=relay.port, connections=10, copies=False
        )
        settings = campaign.folder / "outreach.toml"
        settings.write_text(settings.read_text().replace("connections =", f"{timeouts}\nconnections ="))
        campaign.run("send", "--yes", "--quiet", codes=(1,))
        relay.settle()
        deliveries, copies, played = campaign.deliveries(), relay.accepted(), relay.faults().total()
    wrong = []
    for delivery in deliveries:
        if delivery.state == State.UNSURE:
            continue
        found = _NUMBER.search(delivery.reply)
        if found is None or copies[int(found[1]) - 1].message_id != delivery.message_id:
            wrong.append(f"{delivery.address}: {delivery.state} by {delivery.reply!r}")
    unsure = sum(delivery.state == State.UNSURE for delivery in deliveries)
    if played < letters // 50 or unsure < played:
        wrong.append(f"{played} late replies, {unsure} unsure")
    return played, wrong
