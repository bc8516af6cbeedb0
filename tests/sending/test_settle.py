"""From answers to results: every recipient's state, the delivery's, and the next try."""

from __future__ import annotations

import itertools

import pytest

from outreach.ledger.run_values import Result
from outreach.model import (
    Contact,
    Delivery,
    EnvelopeAnswers,
    EnvelopeRecipient,
    Kind,
    Lost,
    Mailbox,
    Message,
    RecipientState,
    Reply,
    Role,
    Stage,
    State,
)
from outreach.policy.options import RetryOptions
from outreach.sending import settle
from outreach.sending.attempt import Attempt

NOW = 1_700_000_000.0
JUDGING = settle.Judging(now=NOW, chance=0.5, retry=RetryOptions())
OK = Reply(Stage.RCPT, 250, "2.1.5", "ok")
LATER = Reply(Stage.RCPT, 451, "4.7.1", "greylisted")
NEVER = Reply(Stage.RCPT, 550, "5.1.1", "no such user")
READY = Reply(Stage.DATA, 354, "", "go ahead")
TAKEN = Reply(Stage.DOT, 250, "2.0.0", "queued")
REFUSED_DATA = Reply(Stage.DATA, 451, "4.3.0", "later")
ROLES = (Role.TO, Role.CC, Role.CC, Role.BCC)


def attempt_of(states: tuple[State, ...] = (State.PLANNED,) * 4, **changes: float) -> Attempt:
    """An attempt at a delivery with a To, two Cc and a Bcc."""
    mailboxes = [Mailbox("", f"r{i}@x.example", f"r{i}@x.example") for i in range(4)]
    recipients = tuple(
        RecipientState(role, mailbox, state) for role, mailbox, state in zip(ROLES, mailboxes, states, strict=True)
    )
    contact = Contact("k", 2, (mailboxes[0],), tuple(mailboxes[1:3]), (mailboxes[3],))
    state = State.DEFERRED if State.DEFERRED in states else State.PLANNED
    delivery = Delivery(1, 1, 1, contact, state, recipients, **changes)  # type: ignore[arg-type] # numbers by name
    envelope = tuple(EnvelopeRecipient(role, mailbox) for role, mailbox in zip(ROLES, mailboxes, strict=True))
    return Attempt(delivery, Message(b"", "<id@x>", "a@x.example", envelope), date=NOW, digest="")


def offered(attempt: Attempt, rcpts: tuple[Reply, ...]) -> Result | None:
    """The result of an envelope with these answers to RCPT, DATA being sent as the session would."""
    needed_ok = all(answer is OK for answer, i in zip(rcpts, attempt.named, strict=True) if ROLES[i] is Role.TO)
    data = READY if needed_ok and OK in rcpts else None
    mail = Reply(Stage.MAIL, 250, "", "ok")
    return settle.envelope(attempt, EnvelopeAnswers(mail, rcpts, data), JUDGING)


@pytest.mark.parametrize("rcpts", list(itertools.product((OK, LATER, NEVER), repeat=4)))
def test_each_combination_of_answers_gives_each_recipient_its_state(rcpts: tuple[Reply, ...]) -> None:
    """If the To is accepted the letter goes to those accepted; if not, nobody gets it."""
    attempt = attempt_of()

    result = offered(attempt, rcpts) or settle.final(attempt, TAKEN, JUDGING)

    states = [recipient.state for recipient in result.recipients]
    if rcpts[0] is OK:
        expected = {id(OK): State.ACCEPTED, id(LATER): State.DEFERRED, id(NEVER): State.FAILED}
        assert states == [expected[id(answer)] for answer in rcpts]
        assert result.state is (State.DEFERRED if LATER in rcpts else State.ACCEPTED)
    else:
        assert State.ACCEPTED not in states
        assert result.had_intent is False
        assert result.state is (State.FAILED if rcpts[0] is NEVER else State.DEFERRED)
    assert result.charged is True


def test_a_later_try_names_only_those_still_waiting() -> None:
    """Once the To has it, a deferred copy alone is tried, and its refusal leaves the delivery accepted."""
    attempt = attempt_of((State.ACCEPTED, State.DEFERRED, State.FAILED, State.ACCEPTED), attempts=1)

    result = offered(attempt, (NEVER,))

    assert attempt.named == (1,)
    assert attempt.envelope.needed == frozenset()
    assert result is not None
    assert result.state is State.ACCEPTED
    assert result.recipients[1].state is State.FAILED


def test_giving_up_fails_what_waited() -> None:
    """After the last try a deferred delivery has failed, and says that it waited."""
    attempt = attempt_of(first_attempt_at=NOW - 86400, attempts=9)

    result = offered(attempt, (LATER,) * 4)

    assert result is not None
    assert result.state is State.FAILED
    assert result.outcome.kind is Kind.FAILED
    assert "given up" in result.outcome.reason


def test_a_lost_dot_is_unsure_and_a_lost_body_untried() -> None:
    """After the dot only a person decides; before it the letter goes back without charge."""
    unsure = settle.final(attempt_of(), Lost(Stage.DOT, "reset", dot_written=True), JUDGING)
    untried = settle.final(attempt_of(), Lost(Stage.BODY, "reset"), JUDGING)

    assert unsure.state is State.UNSURE
    assert unsure.charged is True
    assert untried.state is State.PLANNED
    assert (untried.charged, untried.had_intent) == (False, True)


def test_a_421_at_mail_charges_nobody() -> None:
    """It was meant for the letter before."""
    answers = EnvelopeAnswers(Reply(Stage.MAIL, 421, "4.3.2", "closing"), (None,) * 4, None)

    result = settle.envelope(attempt_of(due_at=NOW - 5), answers, JUDGING)

    assert result is not None
    assert (result.state, result.charged, result.due_at) == (State.PLANNED, False, NOW - 5)


def test_a_deferral_waits_as_long_as_the_relay_says() -> None:
    """The hint in the reply counts where it is longer than our own wait."""
    wait = Reply(Stage.RCPT, 451, "4.7.1", "Greylisted, try again in 30 minutes")

    result = offered(attempt_of(), (wait,) * 4)

    assert result is not None
    assert result.due_at >= NOW + 1800


@pytest.mark.parametrize(
    ("rcpts", "data", "said"),
    [
        ((NEVER, OK, LATER, NEVER), None, (NEVER, OK, LATER, NEVER)),
        ((LATER, OK, NEVER, LATER), None, (LATER, OK, NEVER, LATER)),
        ((OK, LATER, OK, NEVER), REFUSED_DATA, (REFUSED_DATA, LATER, REFUSED_DATA, NEVER)),
    ],
)
def test_each_recipient_keeps_what_was_said_to_it(
    rcpts: tuple[Reply, ...], data: Reply | None, said: tuple[Reply, ...]
) -> None:
    """Where the To or DATA decides for all, nobody is said to have been answered what another was."""
    answers = EnvelopeAnswers(Reply(Stage.MAIL, 250, "", "ok"), rcpts, data)

    result = settle.envelope(attempt_of(), answers, JUDGING)

    assert result is not None
    assert tuple(recipient.reply for recipient in result.recipients) == said
