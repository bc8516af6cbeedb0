"""Letters to a To, two Cc and a Bcc, with every combination of answers: each gets the one copy that is due, or none.

Run it: .venv/bin/python -m tests.reliability.copies
"""

from __future__ import annotations

import itertools
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outreach.sink.script import parse_script
from outreach.sink.server import Sink
from tests.flows.conftest import sink_in_thread
from tests.reliability.figure import Figure, Scale
from tests.reliability.small_campaign import Ran, Row, SmallCampaign

ACCEPTED, DEFERRED, FAILED = "accepted", "deferred", "failed"
_ANSWERS = (ACCEPTED, DEFERRED, FAILED)
_ROLES = ("to", "cc", "cc", "bcc")
_SCRIPTS = ("defer:rcpt:*.later@*", "reject:rcpt:*.never@*")
_REPLIES = {ACCEPTED: (250, ""), DEFERRED: (450, "Mailbox busy, try again later"), FAILED: (550, "No such mailbox")}
_WORDS = {ACCEPTED: "now", DEFERRED: "later", FAILED: "never"}


@dataclass(frozen=True, slots=True)
class Case:
    """One letter: what the relay answers to each of its four recipients at the first try."""

    number: int
    answers: tuple[str, ...]

    @property
    def addresses(self) -> tuple[str, ...]:
        """Of To, Cc, Cc and Bcc; the sink reads the answer in them."""
        return tuple(
            f"{role}{place}.case{self.number}.{_WORDS[answer]}@x.example"
            for place, (role, answer) in enumerate(zip(_ROLES, self.answers, strict=True))
        )

    @property
    def row(self) -> Row:
        """The letter in the list."""
        to, first, second, hidden = self.addresses
        return Row(to, cc=f"{first}; {second}", bcc=hidden)

    @property
    def after_first(self) -> tuple[str, ...]:
        """The states then: a To that is refused keeps the letter from all who were not refused themselves."""
        to = self.answers[0]
        if to == ACCEPTED:
            return self.answers
        if to == DEFERRED:
            return tuple(FAILED if answer == FAILED else DEFERRED for answer in self.answers)
        return (FAILED,) * 4

    @property
    def after_second(self) -> tuple[str, ...]:
        """The states when everybody who waited is accepted."""
        return tuple(ACCEPTED if state == DEFERRED else state for state in self.after_first)

    @property
    def attempts(self) -> int:
        """How often it was tried in all."""
        return 2 if DEFERRED in self.after_first else 1


def all_cases() -> list[Case]:
    """3⁴ letters."""
    return [Case(number, answers) for number, answers in enumerate(itertools.product(_ANSWERS, repeat=4))]


def try_cases(cases: Sequence[Case]) -> list[str]:
    """Send them all in one run, those that wait in a second one; what is wrong."""
    with tempfile.TemporaryDirectory() as name, sink_in_thread(*_SCRIPTS, record_limit=None) as sink:
        campaign = SmallCampaign(Path(name))
        campaign.write([case.row for case in cases], sink, first_wait="30s")
        first = campaign.run("send", "--yes", "--json", "--wait", "0s")
        states = [case.after_first for case in cases]
        problems = [*_ended(first, cases, states), *_logged(cases, campaign.log(), states, second=False)]
        problems += [] if sink.faults.keys() == set(_SCRIPTS) else [f"not every fault was met: {sink.faults}"]
        sink.play([parse_script(script) for script in _SCRIPTS[1:]])
        second = campaign.run("send", "--yes", "--json", "--wait", "1h")
        states = [case.after_second for case in cases]
        problems += [*_ended(second, cases, states), *_logged(cases, campaign.log(), states, second=True)]
        return [*problems, *_arrived(cases, sink)]


def _ended(ran: Ran, cases: Sequence[Case], states: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """The run's own account: exit code and balance."""
    counts = Counter(_of_letter(of_case) for of_case in states)
    told = {state: count for state, count in ran.json["counts"].items() if count}
    if told != counts or not ran.json["balanced"] or ran.json["total"] != len(cases):
        yield f"the balance is {told} in place of {dict(counts)}"
    expected = 1 if any(FAILED in of_case or DEFERRED in of_case for of_case in states) else 0
    if ran.code != expected:
        yield f"the run ended with {ran.code} in place of {expected}: {ran.err}"


def _of_letter(states: tuple[str, ...]) -> str:
    """Deferred if anybody waits, else what its To is."""
    return DEFERRED if DEFERRED in states else states[0]


def _logged(
    cases: Sequence[Case], log: Mapping[str, Any], states: Sequence[tuple[str, ...]], *, second: bool
) -> Iterator[str]:
    """The log's account: the letter's state and attempts, each recipient's state, and what was said to it last."""
    for case, of_case in zip(cases, states, strict=True):
        entry = log[case.addresses[0]]
        attempts = case.attempts if second else 1
        if (entry["state"], entry["attempts"]) != (_of_letter(of_case), attempts):
            yield f"{case}: the log has {entry['state']} after {entry['attempts']}"
        told = [(one["role"], one["address"], one["state"], one["code"], one["reply"]) for one in entry["recipients"]]
        said = [_REPLIES[answer] for answer in (case.answers if attempts == 1 else of_case)]
        expected = zip(_ROLES, case.addresses, of_case, said, strict=True)
        for (*who, code, reply), (role, address, state, (right_code, right_reply)) in zip(told, expected, strict=True):
            if who != [role, address, state] or code != right_code or not reply.startswith(right_reply):
                yield f"{case}: the log has {who} {code} {reply} in place of {role} {address} {state} {right_code}"


def _arrived(cases: Sequence[Case], sink: Sink) -> Iterator[str]:
    """The relay's own record: one copy for each who should have one, all of a letter with the same bytes."""
    due = {
        address
        for case in cases
        for address, state in zip(case.addresses, case.after_second, strict=True)
        if state == ACCEPTED
    }
    copies = sink.accepted_by_recipient()
    yield from (f"{address} has {copies[address]} copies in place of one" for address in due if copies[address] != 1)
    yield from (f"{address} has a copy that it should not have" for address in copies.keys() - due)
    contents: dict[str, set[bytes]] = defaultdict(set)
    for message in sink.messages:
        for address in message.addresses:
            contents[address.split(".")[1]].add(message.content)
    yield from (f"{name} left with {len(found)} different texts" for name, found in contents.items() if len(found) > 1)


def run(scale: Scale) -> Figure:
    """All combinations; they are few enough for every scale."""
    del scale
    cases = all_cases()
    problems = try_cases(cases)
    return Figure(
        what=f"To, two Cc and a Bcc: {len(cases)} combinations of accepted, deferred and refused, with a second run",
        asked="each who should get one copy gets exactly one; the log shows each",
        measured=f"{len(cases)} of {len(cases)}" if not problems else f"{len(problems)} problems",
        faults=tuple(problems),
    )
