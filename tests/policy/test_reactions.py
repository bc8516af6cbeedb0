"""What can go wrong with a relay, failure by failure, and the reaction to each: who is charged, and what it stops.

The numbers are those of the project's list of 38 failures of SMTP. A case of a table is one answer of the relay; what
needs more than an answer has a test of its own, here or where `ELSEWHERE` says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from outreach.model import (
    Answer,
    Concern,
    Contact,
    Delivery,
    EnvelopeAnswers,
    EnvelopeRecipient,
    Kind,
    Limit,
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
from outreach.policy.outcome import (
    exceeds_recipients,
    judge,
    judge_connect,
    refuses_content,
    speaks_of_content,
)
from outreach.policy.retry import next_time
from outreach.sending import settle
from outreach.sending.attempt import Attempt
from outreach.smtp.envelope import Offer
from outreach.smtp.options import Timeouts
from outreach.smtp.replies import MAX_REPLY_BYTES, MalformedReply, ReplyReader
from tests.message.samples import HARD_TEXTS, compose, letter

D, F, U, X, A = Kind.DEFERRED, Kind.FAILED, Kind.UNTRIED, Kind.UNSURE, Kind.ACCEPTED
RCPT, MSG, CONN, ACCT, RUN = Concern.RECIPIENT, Concern.MESSAGE, Concern.CONNECTION, Concern.ACCOUNT, Concern.RUN
OK = Reply(Stage.MAIL, 250, "2.1.0", "ok")
GO_ON = Reply(Stage.DATA, 354, "", "go on")
TAKEN = Reply(Stage.DOT, 250, "2.0.0", "queued")
NOW = 1_700_000_000.0
JUDGING = settle.Judging(now=NOW, chance=0.5, retry=RetryOptions())
TESTS = Path(__file__).parents[1]

# What other tests show, because it takes a conversation, a run or a disk. Each pair is a file and a test in it.
ELSEWHERE: dict[int, list[tuple[str, str]]] = {
    8: [("reliability/test_matrix.py", "test_a_fault_does_what_the_table_says")],
    10: [("smtp/test_opening.py", "test_what_was_said_before_tls_is_forgotten")],
    29: [("flows/test_lanes.py", "test_a_connection_limit_said_with_5xx_rests_the_lane")],
    31: [("flows/test_lanes.py", "test_a_connection_that_has_carried_enough_is_renewed")],
    32: [("smtp/test_exchange.py", "test_commands_name_sender_size_and_recipients"),
         ("smtp/test_exchange.py", "test_an_unanswered_rset_ends_the_session")],
    36: [("smtp/test_exchange.py", "test_anything_but_one_reply_ends_the_session"),
         ("reliability/test_matrix.py", "test_a_fault_does_what_the_table_says")],
    37: [("flows/test_bad_input.py", "test_a_full_disk_stops_the_run_before_the_next_body")],
}  # fmt: skip
# What can't happen to us.
NOT_WITH_A_RELAY = {
    3: "Which of a domain's servers to use is the relay's affair; we look up the relay's own name and nothing else.",
    33: "One command at a time: there is no group of replies to lose count of, until pipelining comes.",
}


def reply(stage: str, line: str) -> Reply:
    """A reply written as `550 5.1.1 text`; a hyphen stands for no enhanced code."""
    code, enhanced, text = line.split(" ", 2)
    return Reply(Stage(stage), int(code), "" if enhanced == "-" else enhanced, text)


def lost(stage: str, reason: str = "connection reset", *, dot: bool = False) -> Lost:
    return Lost(Stage(stage), reason, dot_written=dot)


@pytest.mark.parametrize(
    ("row", "answer", "kind", "concern"),
    [
        (1, lost("connect", "the name can't be looked up: Temporary failure"), U, CONN),
        (2, lost("connect", "no such host"), U, CONN),  # the relay's name; a recipient's domain:
        (2, reply("rcpt", "550 5.1.2 Domain not found"), F, RCPT),
        (3, reply("rcpt", "556 5.1.10 Null MX"), F, RCPT),  # the relay looked it up
        (4, lost("connect", "connection refused"), U, CONN),
        (4, lost("connect", "no connection within 30 s"), U, CONN),
        (5, lost("greeting", "no reply within 300 s"), U, CONN),
        (6, reply("greeting", "421 4.3.2 Busy"), U, CONN),
        (6, reply("greeting", "450 - Not now"), U, CONN),
        (7, reply("greeting", "554 5.7.1 Blocked"), U, RUN),
        (7, reply("greeting", "521 - No mail here"), U, RUN),
        (8, reply("ehlo", "550 - Your name is bad"), U, CONN),
        (8, reply("ehlo", "502 5.5.1 Not implemented"), U, CONN),
        (9, lost("starttls", "relay.example offers no STARTTLS"), U, RUN),
        (9, reply("starttls", "454 4.7.0 TLS not available"), U, CONN),
        (9, lost("starttls", "TLS failed: handshake failure"), U, CONN),
        (11, reply("auth", "535 5.7.8 Wrong"), U, RUN),
        (11, reply("auth", "534 5.7.9 Too weak"), U, RUN),
        (11, reply("auth", "538 5.7.11 Encrypt first"), U, RUN),
        (11, reply("mail", "530 5.7.0 Log in first"), U, RUN),
        (12, reply("auth", "454 4.7.0 Later"), U, CONN),
        (12, reply("auth", "432 4.7.12 Change it"), U, CONN),
        (12, reply("auth", "421 4.7.0 Bye"), U, CONN),
        (13, reply("mail", "451 4.3.0 Later"), D, MSG),
        (13, reply("mail", "452 4.3.1 Storage"), D, MSG),
        (13, reply("mail", "450 - Later"), D, MSG),
        (14, reply("mail", "550 5.7.1 Blocklisted"), U, RUN),
        (14, reply("mail", "553 5.1.8 Sender"), U, RUN),
        (14, reply("rcpt", "550 5.1.8 Sender refused"), U, RUN),  # those that say it only there
        (15, reply("mail", "552 5.3.4 Too big"), F, MSG),
        (15, reply("mail", "452 4.3.4 No room for that"), D, MSG),
        (17, reply("mail", "553 5.6.7 Not ASCII"), F, MSG),
        (17, reply("rcpt", "553 5.6.7 Not ASCII"), F, RCPT),
        (18, reply("rcpt", "450 4.7.1 Greylisted"), D, RCPT),
        (18, reply("rcpt", "451 4.2.0 Come again"), D, RCPT),
        (19, reply("rcpt", "452 4.5.3 Too many recipients"), D, RCPT),
        (19, reply("rcpt", "552 5.5.3 Too many recipients"), D, RCPT),
        (20, reply("rcpt", "550 5.1.1 Who?"), F, RCPT),
        (20, reply("rcpt", "550 5.1.6 Moved"), F, RCPT),
        (20, reply("rcpt", "550 5.2.1 Disabled"), F, RCPT),
        (21, reply("rcpt", "552 5.2.2 Over quota"), D, RCPT),
        (22, reply("rcpt", "550 5.7.1 Policy"), D, ACCT),
        (22, reply("rcpt", "550 - Listed at an RBL"), D, ACCT),
        (23, reply("mail", "421 4.3.2 Bye"), U, CONN),  # it was meant for the letter before
        (23, reply("rcpt", "421 4.3.2 Bye"), D, CONN),
        (23, reply("data", "421 4.3.2 Bye"), D, CONN),
        (23, reply("dot", "421 4.3.2 Bye"), D, CONN),
        (24, reply("data", "451 4.3.0 Later"), D, MSG),
        (24, reply("data", "554 5.3.0 No"), F, MSG),
        (25, lost("body"), U, CONN),
        (25, lost("body", "the relay took no data for 300 s"), U, CONN),
        (25, reply("body", "554 5.6.0 Enough"), F, MSG),
        (26, lost("dot", dot=True), X, CONN),
        (26, lost("dot", "no reply within 600 s", dot=True), X, CONN),
        (26, lost("dot", "malformed reply: garbage", dot=True), X, CONN),
        (27, reply("dot", "451 4.3.0 Later"), D, MSG),
        (27, reply("dot", "554 5.7.1 Spam"), F, MSG),
        (28, TAKEN, A, MSG),
        (29, reply("connect", "421 4.7.0 Too many connections"), U, CONN),
        (30, reply("dot", "421 4.7.28 Unusual rate of unsolicited mail, from your IP"), U, ACCT),
        (30, reply("mail", "421 4.7.0 Message rate exceeded"), U, ACCT),
        (30, reply("rcpt", "450 4.2.1 The user is receiving mail at a rate that is limited"), D, RCPT),
        (31, reply("mail", "421 4.7.0 Too many messages on this connection"), U, CONN),
        (31, reply("mail", "451 4.7.0 Too many messages per connection"), U, CONN),
        (31, reply("mail", "452 - Maximum number of messages in one session reached"), U, CONN),
        (34, reply("mail", "503 5.5.1 Not now"), U, CONN),
        (34, reply("rcpt", "503 5.5.1 Not now"), D, CONN),
        (34, reply("data", "334 - Go on"), D, CONN),
        (34, reply("dot", "354 - Go on"), X, CONN),
        (35, lost("rcpt", "malformed reply: \\x00\\xfe"), U, CONN),
    ],
    ids=lambda value: f"row-{value:02}" if isinstance(value, int) else "",
)  # fmt: skip
def test_row(row: int, answer: Answer, kind: Kind, concern: Concern) -> None:
    """The answer means this for the letter, and stops no more than what it is about."""
    outcome = judge_connect(answer) if answer.stage in (Stage.CONNECT, Stage.GREETING) else judge(answer)

    assert (outcome.kind, outcome.concern) == (kind, concern)


def test_every_row_is_here() -> None:
    """No failure of the list is left out, and the tests that are said to be elsewhere are there."""
    source = Path(__file__).read_text(encoding="utf-8")
    here = {int(number) for number in re.findall(r"^(?: {8}\(|def test_row_)(\d+)[,_]", source, re.MULTILINE)}

    assert here | ELSEWHERE.keys() | NOT_WITH_A_RELAY.keys() == set(range(1, 39))
    for path, name in (place for places in ELSEWHERE.values() for place in places):
        assert f"def {name}(" in (TESTS / path).read_text(encoding="utf-8"), (path, name)


# --- rows that take more than an answer -------------------------------------------------------------------------------


def attempt_of(*roles: Role, **changes: float) -> Attempt:
    """An attempt at a delivery to such recipients."""
    mailboxes = [Mailbox("", f"r{i}@x.example", f"r{i}@x.example") for i in range(len(roles))]
    recipients = tuple(RecipientState(role, mailbox) for role, mailbox in zip(roles, mailboxes, strict=True))
    delivery = Delivery(1, 1, 1, Contact("k", 2, (mailboxes[0],)), State.PLANNED, recipients, **changes)  # type: ignore[arg-type] # numbers by name
    envelope = tuple(EnvelopeRecipient(role, mailbox) for role, mailbox in zip(roles, mailboxes, strict=True))
    return Attempt(delivery, Message(b"", "<id@x>", "a@x.example", envelope), date=NOW, digest="")


def states(recipients: Iterable[RecipientState]) -> list[State]:
    return [recipient.state for recipient in recipients]


def test_row_05_a_greeting_has_a_time_of_its_own() -> None:
    """Connecting takes 30 s at most; a greeting may take the 5 minutes of RFC 5321."""
    assert (Timeouts().connect, Timeouts().greeting) == (30.0, 300.0)


def test_row_09_a_certificate_or_a_missing_offer_ends_the_run() -> None:
    """Nothing goes in clear: there is no next try without encryption."""
    outcome = judge_connect(Lost(Stage.STARTTLS, "not trusted"), certificate=True)

    assert (outcome.kind, outcome.concern) == (U, RUN)


def test_row_14_a_refused_sender_charges_nobody() -> None:
    """A 5xx to MAIL leaves the letter and each of its recipients where they were."""
    attempt = attempt_of(Role.TO, Role.CC)
    answers = EnvelopeAnswers(reply("mail", "550 5.7.1 Blocklisted"), (None, None), None)

    result = settle.envelope(attempt, answers, JUDGING)

    assert result is not None
    assert (result.state, result.charged, states(result.recipients)) == (State.PLANNED, False, [State.PLANNED] * 2)


def test_row_15_a_letter_over_the_announced_size_is_not_offered() -> None:
    """It fails with the reply that the relay would have to give; a SIZE of 0 is no limit."""
    message = Message(b"x" * 101, "<id@x>", "a@x.example", ())

    assert Offer(frozenset(), max_bytes=100).refuse(message) == Reply(
        Stage.MAIL, 552, "5.3.4", "the letter has 101 bytes, and the relay takes 100 at most"
    )
    assert Offer(frozenset(), max_bytes=0).refuse(message) is None


@pytest.mark.parametrize("text", HARD_TEXTS)
def test_row_16_no_letter_needs_8bitmime(text: str) -> None:
    """Whatever a letter says, its message is ASCII."""
    message = compose(letter(f"Dear {text},\n", subject=f"To {text}", html=f"<p>{text}</p>"))

    assert message.content.isascii()


def test_row_17_what_needs_smtputf8_is_not_offered_without_it() -> None:
    """A letter whose To or sender needs it fails, and says why; a copy that does is left out before (test_world)."""
    message = Message(b"", "<id@x>", "a@x.example", (), needs_smtputf8=True)
    to = EnvelopeRecipient(Role.TO, Mailbox("", "홍@x.example", "홍@x.example"))
    refusal = Offer(frozenset()).refuse(replace(message, recipients=(to,)))
    of_sender = Offer(frozenset()).refuse(message)

    assert refusal is not None
    assert of_sender is not None
    assert (refusal.code, refusal.enhanced, judge(refusal).kind) == (553, "5.6.7", F)
    assert refusal.text.startswith("홍@x.example can only be written with SMTPUTF8")
    assert of_sender.text.startswith("the sender's address can only")
    assert Offer(frozenset({"SMTPUTF8"})).refuse(message) is None


@pytest.mark.parametrize("chance", [0.0, 0.999])
def test_row_18_a_greylisted_letter_waits_five_minutes(chance: float) -> None:
    """The first wait is never shorter, and a relay that asks for more gets it."""
    wait = {"attempt": 1, "first_attempt_at": NOW, "now": NOW, "options": RetryOptions(), "chance": chance}

    soonest = next_time(**wait, hint=None)  # type: ignore[arg-type] # by name
    asked = next_time(**wait, hint=judge(reply("rcpt", "450 4.7.1 Greylisted for 30 minutes")).wait_seconds)  # type: ignore[arg-type] # by name

    assert soonest is not None
    assert soonest >= NOW + 300
    assert asked is not None
    assert asked >= NOW + 1800


@pytest.mark.parametrize(
    ("rcpts", "final", "at_once"),
    [
        (["250 2.1.5 ok", "452 4.5.3 Too many recipients"], TAKEN, True),
        (["250 2.1.5 ok", "452 - Too many recipients"], TAKEN, True),
        (["250 2.1.5 ok", "452 4.5.3 Too many recipients"], reply("dot", "451 4.3.0 Later"), False),
        (["452 4.5.3 Too many recipients", "452 4.5.3 Too many recipients"], None, False),
        (["250 2.1.5 ok", "451 4.7.1 Greylisted"], TAKEN, False),
    ],
)
def test_row_19_what_was_too_many_for_one_message_goes_in_the_next(
    rcpts: list[str], final: Reply | None, at_once: bool
) -> None:
    """The excess is due at once if the message got to anybody, so that this comes to an end; else it waits."""
    attempt = attempt_of(Role.TO, Role.CC)
    answers = EnvelopeAnswers(OK, tuple(reply("rcpt", line) for line in rcpts), GO_ON if final else None)

    result = settle.envelope(attempt, answers, JUDGING)
    if final is not None:
        result = settle.final(attempt, final, JUDGING)

    assert result is not None
    assert result.state is State.DEFERRED
    assert (result.due_at == NOW) is at_once
    assert at_once or result.due_at >= NOW + 300


def test_row_19_excess_is_told_from_a_quota() -> None:
    """Too many in an hour is the account's affair, or the recipient's: neither gets better by a second message."""
    assert not exceeds_recipients(judge(reply("rcpt", "452 4.7.0 Too many recipients per hour")))
    assert not exceeds_recipients(judge(reply("rcpt", "452 4.2.2 Mailbox full")))


def test_row_21_a_full_mailbox_is_tried_until_we_give_up() -> None:
    """It fails only when the time for trying is over."""
    full = (reply("rcpt", "552 5.2.2 Over quota"),)
    soon = settle.envelope(attempt_of(Role.TO), EnvelopeAnswers(OK, full, None), JUDGING)
    late = settle.envelope(attempt_of(Role.TO, first_attempt_at=NOW - 90_000), EnvelopeAnswers(OK, full, None), JUDGING)

    assert soon is not None
    assert late is not None
    assert (soon.state, late.state) == (State.DEFERRED, State.FAILED)


def test_row_23_a_421_touches_no_other_letter() -> None:
    """The letter it answers is deferred; at MAIL, where it was meant for the one before, nobody is charged."""
    at_rcpt = settle.envelope(
        attempt_of(Role.TO), EnvelopeAnswers(OK, (reply("rcpt", "421 4.3.2 Bye"),), None), JUDGING
    )
    at_mail = settle.envelope(
        attempt_of(Role.TO), EnvelopeAnswers(reply("mail", "421 4.3.2 Bye"), (None,), None), JUDGING
    )

    assert at_rcpt is not None
    assert at_mail is not None
    assert (at_rcpt.state, at_rcpt.charged) == (State.DEFERRED, True)
    assert (at_mail.state, at_mail.charged) == (State.PLANNED, False)


def test_row_25_half_a_letter_is_tried_again_and_charged_to_nobody() -> None:
    """Without its dot it can't have arrived."""
    result = settle.final(attempt_of(Role.TO), Lost(Stage.BODY, "connection reset"), JUDGING)

    assert (result.state, result.charged) == (State.PLANNED, False)


def test_row_26_a_lost_answer_to_the_dot_is_not_tried_again() -> None:
    """All who were accepted are unsure; nothing is due until a person has decided."""
    result = settle.final(attempt_of(Role.TO, Role.CC), lost("dot", dot=True), JUDGING)

    assert (result.state, result.charged, states(result.recipients)) == (State.UNSURE, True, [State.UNSURE] * 2)
    assert Timeouts().final == 600.0


def test_row_27_a_refused_content_is_told_from_a_refused_recipient() -> None:
    """Only what will meet the next letters too is counted against the campaign."""
    spam, unknown = judge(reply("dot", "554 5.7.1 Spam")), judge(reply("dot", "550 5.1.1 Who?"))

    assert (refuses_content(spam), speaks_of_content(spam)) == (True, True)
    assert (refuses_content(unknown), speaks_of_content(unknown)) == (False, False)


def test_row_30_the_account_rests_as_long_as_the_relay_says() -> None:
    """The time in the reply counts before our own."""
    outcome = judge(reply("mail", "451 4.7.1 Message rate limit exceeded, try again in 20 minutes"))

    assert (outcome.kind, outcome.concern, outcome.wait_seconds) == (U, ACCT, 1200.0)


def test_row_31_a_connection_that_has_carried_enough_is_told_from_other_refusals() -> None:
    """It is of no more use, and says nothing of the letter or the account."""
    enough = judge(reply("mail", "451 4.7.0 Too many messages per connection"))

    assert (enough.kind, enough.concern, enough.limit) == (U, CONN, Limit.LETTERS)
    assert judge(reply("mail", "451 4.3.0 Later")).limit is None


@pytest.mark.parametrize(
    "data",
    [b"\x00\xfe\xff no reply\r\n", b"250-a\r\n251 b\r\n", b"250-" + b"x" * MAX_REPLY_BYTES],
)
def test_row_35_bytes_that_are_no_reply_are_refused(data: bytes) -> None:
    """Garbage, two codes in one reply, and one without an end are none; and no more is kept than that."""
    with pytest.raises(MalformedReply):
        list(ReplyReader().feed(data))


def test_row_38_what_waited_too_long_has_failed_and_says_so() -> None:
    """The last reply is kept as the reason."""
    later = reply("rcpt", "451 4.7.1 Greylisted")
    attempt = attempt_of(Role.TO, Role.CC, first_attempt_at=NOW - 86_400, attempts=9)

    result = settle.envelope(attempt, EnvelopeAnswers(OK, (later, later), None), JUDGING)

    assert result is not None
    assert (result.state, states(result.recipients)) == (State.FAILED, [State.FAILED] * 2)
    assert result.outcome.answer == later
    assert "given up" in result.outcome.reason
