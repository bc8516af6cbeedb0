"""The policy: what we make of each answer of the relay.

**Before a letter is named** (connect, greeting, EHLO, STARTTLS, login) nothing is a letter's fault: all are untried. A
relay that is away or busy is tried again later. One that refuses the login or our network address, lacks encryption or
login, or has a certificate that we do not trust, ends the run: trying again changes nothing and may lock the account.

**MAIL** is about us. 5xx refuses the sender and so the whole campaign: the letter is untried, the run stops. Exceptions
are the letter's own: too large, or an address that the relay can't carry; these fail. 4xx defers. 421 was meant for the
letter before: untried, like every word of a connection that has carried enough.

**RCPT** is about one recipient. 4xx defers, 5xx fails. Softer: a full mailbox (people empty them), and refusals by
policy or reputation (5.7.x), which are about us; both defer, the latter with an alarm for the account. Greylisting
tells us when to come again, and we listen. Recipients that are too many for one message get a message of their own at
once. The same bare words of refusal to everybody are about us: a run that hears nothing else stops
(`words_of_refusal`). If a To is not accepted, nobody gets the letter: when it failed for good,
the copies fail with it; when it waits, they wait with it.

**DATA, the letter and its dot** are about the message. 4xx defers, 5xx fails. Refusals of form or content (5.6, 5.7)
would meet every letter of the campaign, so a run that sees more than a few stops (`refuses_content`, in a row;
`speaks_of_content`, among its first letters). One that says the sender isn't ours to write from is MAIL's refusal come
late: the letter is untried, the run stops.

**Quotas** of our account, said at whatever stage and with whatever code, are nobody's refusal: the letter is untried,
the account rests for as long as the relay says, else for a day or an hour.

**Too many connections, too many letters on one, too fast**: nobody's refusal either. The letter is untried, and the run
goes on with less of it (`Outcome.limit`; `connections` and `throttle` decide how much less).

**No answer.** Before the final dot the letter is untried, for it can't have arrived (the third time with the same
letter, `sending.losses` has it put off). After it, it is unsure, and only a person decides: a second copy is worse than
a question. A reply that can't be trusted is no answer.

**421, 503 and 3xx out of place** end the connection. They defer the letter that they answer (at MAIL it is untried; a
3xx to the dot leaves doubt) and touch no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from outreach.model import Answer, Concern, EnvelopeAnswers, Kind, Lost, Outcome, Reply, Role, Stage
from outreach.policy.hints import wait_hint
from outreach.policy.rules import CONTENT_REFUSED, FORM_REFUSED, REFUSED_UNEXPLAINED, TABLES, TOO_MANY_AT_ONCE

_ADDRESS = re.compile(r"<?[^\s<>]+@[^\s<>]+>?")
_WIDTH = tuple(Concern)  # from one recipient to the whole run
_OF_A_LETTER = frozenset({Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.BODY, Stage.DOT})


@dataclass(frozen=True, slots=True)
class EnvelopeVerdict:
    """What an envelope came to. `ready`: the letter goes to the recipients whose outcome is still None."""

    ready: bool
    outcomes: tuple[Outcome | None, ...]  # in the order of the named recipients; none is None unless ready

    @property
    def untried(self) -> bool:
        """Whether the delivery goes back to the state it had, without charge."""
        return all(o is not None and o.kind is Kind.UNTRIED for o in self.outcomes)


def judge_connect(answer: Answer, *, certificate: bool = False, tls_mismatch: str = "") -> Outcome:
    """Why there is no session, and whether to try again (connection) or to stop (run)."""
    if tls_mismatch:
        return Outcome(Kind.UNTRIED, Concern.RUN, tls_mismatch, answer)
    if certificate:
        return Outcome(Kind.UNTRIED, Concern.RUN, "the relay's certificate is not trusted", answer)
    return judge(answer)


def judge_envelope(answers: EnvelopeAnswers, *, roles: Sequence[Role]) -> EnvelopeVerdict:
    """The verdict on an envelope whose named recipients have these roles, in the same order."""
    if not _accepted(answers.mail):
        return EnvelopeVerdict(ready=False, outcomes=(judge(answers.mail),) * len(roles))
    own = [None if answer is None or _accepted(answer) else judge(answer) for answer in answers.rcpts]
    if answers.ready:
        return EnvelopeVerdict(ready=True, outcomes=tuple(own))
    return EnvelopeVerdict(ready=False, outcomes=_share_fate(own, _common_fate(own, answers.data, roles)))


def judge(answer: Answer) -> Outcome:
    """What a single answer means."""
    # Before a letter is named only failures are judged, and a 250 in place of 220 is one.
    if answer.stage in _OF_A_LETTER:
        if isinstance(answer, Lost):
            return _judge_loss(answer)
        if answer.accepted:
            return Outcome(Kind.ACCEPTED, Concern.MESSAGE, "accepted by the relay", answer)
    row = next((row for row in TABLES.get(answer.stage, ()) if row.fits(answer)), None)
    if row is None:
        raise ValueError(f"no rule for {answer}")
    text = answer.text if isinstance(answer, Reply) else ""
    wait = None if row.kind is Kind.FAILED else (wait_hint(text) or row.wait_seconds)
    return Outcome(row.kind, row.concern, row.reason, answer, wait, row.limit)


def widest(outcomes: Iterable[Outcome]) -> Outcome | None:
    """The outcome that concerns most: a run more than an account, more than a connection, message, recipient."""
    return max(outcomes, key=lambda outcome: _WIDTH.index(outcome.concern), default=None)


def refuses_content(outcome: Outcome) -> bool:
    """Whether a letter was refused for what it says or how it is made, as the next letters are likely to be."""
    answer = outcome.answer
    return (
        outcome.kind is Kind.FAILED
        and outcome.concern is Concern.MESSAGE
        and isinstance(answer, Reply)
        and answer.code >= 500  # not one that was put off until we gave up
        and answer.stage in (Stage.DATA, Stage.BODY, Stage.DOT)
    )


def speaks_of_content(outcome: Outcome) -> bool:
    """Whether the relay itself says that it is the letter's form or content that it refuses (5.6, 5.7)."""
    return outcome.kind is Kind.FAILED and outcome.reason in (FORM_REFUSED, CONTENT_REFUSED)


def words_of_refusal(outcome: Outcome) -> str:
    """What was said to a recipient that was refused for good and not told why, without any address; empty for others.

    An unknown mailbox is a reason of the recipient's own, and five in a row may be a bad list. The same bare words to
    everybody are about us.
    """
    answer = outcome.answer
    if outcome.kind is not Kind.FAILED or outcome.reason != REFUSED_UNEXPLAINED or not isinstance(answer, Reply):
        return ""
    return f"{answer.code} {answer.enhanced} {_ADDRESS.sub('…', answer.text)}" if answer.stage is Stage.RCPT else ""


def exceeds_recipients(outcome: Outcome) -> bool:
    """Whether a recipient was one too many for one message: the next message may name it at once."""
    return outcome.kind is Kind.DEFERRED and outcome.reason == TOO_MANY_AT_ONCE


def _judge_loss(lost: Lost) -> Outcome:
    if lost.dot_written:
        reason = f"no answer to the whole letter ({lost.reason}): it may have been taken"
        return Outcome(Kind.UNSURE, Concern.CONNECTION, reason, lost)
    return Outcome(Kind.UNTRIED, Concern.CONNECTION, lost.reason, lost)


def _common_fate(own: Sequence[Outcome | None], data: Answer | None, roles: Sequence[Role]) -> Outcome:
    """What happens to the delivery, and so to the recipients that were not refused themselves."""
    if data is not None:
        return judge(data)
    tos = [outcome for outcome, role in zip(own, roles, strict=True) if role is Role.TO and outcome]
    failed = next((outcome for outcome in tos if outcome.kind is Kind.FAILED), None)
    if failed:
        return failed._replace(reason="not sent, because its To was refused")
    refusals = [outcome for outcome in own if outcome]
    untried = widest(outcome for outcome in refusals if outcome.kind is Kind.UNTRIED)
    if untried:
        return untried
    deferred = next((outcome for outcome in (*tos, *refusals) if outcome.kind is Kind.DEFERRED), None)
    if deferred:
        return deferred._replace(reason="waits, because another recipient was refused for now")
    if None in own:
        return Outcome(Kind.UNTRIED, Concern.CONNECTION, "the envelope was not answered")
    return refusals[0]  # only copies were named, and each is refused for good by a reply of its own


def _share_fate(own: Sequence[Outcome | None], fate: Outcome) -> tuple[Outcome, ...]:
    """Each one's outcome: untried takes all back; failed takes those that wait along; else the own one stays.

    A copy refused for a limit of ours, of a letter that waits for another reason, waits along.
    """
    if fate.kind is Kind.UNTRIED:
        return (fate,) * len(own)
    if fate.kind is Kind.FAILED:
        return tuple(outcome if outcome and outcome.kind is Kind.FAILED else fate for outcome in own)
    return tuple(outcome if outcome and outcome.kind is not Kind.UNTRIED else fate for outcome in own)


def _accepted(answer: Answer) -> bool:
    return isinstance(answer, Reply) and answer.accepted
