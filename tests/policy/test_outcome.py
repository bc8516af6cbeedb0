"""The policy, row by row, and what an envelope comes to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.model import Answer, Concern, EnvelopeAnswers, Kind, Limit, Lost, Outcome, Reply, Role, Stage
from outreach.policy.outcome import judge, judge_connect, judge_envelope, refuses_content, widest

A, D, F, U, X = Kind.ACCEPTED, Kind.DEFERRED, Kind.FAILED, Kind.UNTRIED, Kind.UNSURE
RCPT, MSG, CONN, ACCT, RUN = Concern.RECIPIENT, Concern.MESSAGE, Concern.CONNECTION, Concern.ACCOUNT, Concern.RUN

LETTER_STAGES = (Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.BODY, Stage.DOT)
OK = Reply(Stage.RCPT, 250, "", "ok")
MAIL_OK = Reply(Stage.MAIL, 250, "", "ok")
GO_ON = Reply(Stage.DATA, 354, "", "go on")
REFUSED = Reply(Stage.RCPT, 550, "5.1.1", "who?")
LATER = Reply(Stage.RCPT, 450, "4.2.0", "later")
HANGS_UP = Reply(Stage.RCPT, 421, "4.3.2", "bye")
GONE = Lost(Stage.RCPT, "connection reset")
QUOTA = Reply(Stage.RCPT, 452, "4.7.0", "hourly sending limit reached")


def answer(stage: str, line: str) -> Reply:
    """A reply written as `550 5.1.1 text`; a hyphen stands for no enhanced code."""
    code, enhanced, text = line.split(" ", 2)
    return Reply(Stage(stage), int(code), "" if enhanced == "-" else enhanced, text)


@pytest.mark.parametrize(
    ("stage", "line", "kind", "concern"),
    [
        # before any letter is named
        ("greeting", "421 4.3.2 busy", U, CONN),
        ("greeting", "554 5.7.1 not you", U, RUN),
        ("greeting", "521 - no mail here", U, RUN),
        ("greeting", "250 - odd", U, CONN),
        ("ehlo", "220 - odd", U, CONN),
        ("auth", "250 - odd", U, CONN),
        ("ehlo", "550 - bad name", U, CONN),
        ("ehlo", "421 - bye", U, CONN),
        ("starttls", "454 4.7.0 not now", U, CONN),
        ("starttls", "501 - syntax", U, CONN),
        ("auth", "535 5.7.8 wrong", U, RUN),
        ("auth", "534 5.7.9 too weak", U, RUN),
        ("auth", "530 5.7.0 first", U, RUN),
        ("auth", "538 5.7.11 encrypt", U, RUN),
        ("auth", "454 4.7.0 try later", U, CONN),
        ("auth", "432 4.7.12 change it", U, CONN),
        ("auth", "421 4.7.0 bye", U, CONN),
        ("auth", "334 - go on", U, CONN),
        # MAIL
        ("mail", "451 4.3.0 later", D, MSG),
        ("mail", "452 4.3.1 storage", D, MSG),
        ("mail", "421 4.3.2 bye", U, CONN),
        ("mail", "503 5.5.1 order", U, CONN),
        ("mail", "334 - odd", U, CONN),
        ("mail", "451 4.7.0 too many messages per session", U, CONN),
        ("mail", "554 - message limit reached, 100 messages per connection", U, CONN),
        ("mail", "451 4.7.1 too many connections, come later", U, CONN),
        ("mail", "450 - mail over this connection is deferred", D, MSG),
        ("mail", "550 5.7.1 blocklisted", U, RUN),
        ("mail", "553 5.1.8 sender domain", U, RUN),
        ("mail", "530 5.7.0 Authentication required", U, RUN),
        ("mail", "550 5.7.60 client must authenticate", U, RUN),
        ("mail", "552 5.3.4 too big", F, MSG),
        ("mail", "552 - too big", F, MSG),
        ("mail", "554 5.3.4 too big", F, MSG),
        ("mail", "552 - You have exceeded your message size limit", F, MSG),
        ("mail", "553 5.6.7 not ascii", F, MSG),
        # RCPT
        ("rcpt", "450 4.7.1 Greylisted for 300 seconds", D, RCPT),
        ("rcpt", "451 4.2.0 greylisting in action", D, RCPT),
        ("rcpt", "450 4.2.1 the user you try to contact is receiving mail at a rate that is limited", D, RCPT),
        ("rcpt", "452 4.5.3 too many recipients", D, RCPT),
        ("rcpt", "452 - Too many recipients received this hour", D, RCPT),
        ("rcpt", "552 - too many recipients", D, RCPT),
        ("rcpt", "550 5.5.3 that is enough", D, RCPT),
        ("rcpt", "452 4.2.2 mailbox full", D, RCPT),
        ("rcpt", "550 5.1.1 who?", F, RCPT),
        ("rcpt", "550 5.1.2 no such domain", F, RCPT),
        ("rcpt", "556 5.1.10 null MX", F, RCPT),
        ("rcpt", "550 5.2.1 disabled", F, RCPT),
        ("rcpt", "553 5.1.3 syntax", F, RCPT),
        ("rcpt", "550 - User unknown", F, RCPT),
        ("rcpt", "550 - no", F, RCPT),
        ("rcpt", "553 5.6.7 not ascii", F, RCPT),
        ("rcpt", "552 5.2.2 over quota", D, RCPT),
        ("rcpt", "552 5.2.2 Mailbox quota exceeded", D, RCPT),
        ("rcpt", "552 - The recipient's mailbox is full", D, RCPT),
        ("rcpt", "550 5.7.1 policy", D, ACCT),
        ("rcpt", "550 - listed by spamhaus", D, ACCT),
        ("rcpt", "554 5.7.1 Relay access denied", D, ACCT),
        ("rcpt", "550 - relaying denied", D, ACCT),
        ("rcpt", "550 5.7.13 account disabled", F, RCPT),
        ("rcpt", "550 5.1.8 sender address rejected: domain not found", U, RUN),
        ("rcpt", "553 5.7.1 Sender address rejected: not owned by user", U, RUN),
        ("rcpt", "550 5.7.60 Client does not have permissions to send as this sender", U, RUN),
        ("rcpt", "530 5.7.0 authentication required", U, RUN),
        ("rcpt", "421 4.3.2 bye", D, CONN),
        ("rcpt", "503 5.5.1 order", D, CONN),
        ("rcpt", "350 - odd", D, CONN),
        # DATA
        ("data", "451 4.3.0 later", D, MSG),
        ("data", "554 5.5.1 no valid recipients", F, MSG),
        ("data", "421 4.3.2 bye", D, CONN),
        ("data", "503 5.5.1 order", D, CONN),
        ("data", "550 5.7.60 SMTP; Client does not have permissions to send as this sender", U, RUN),
        # in the letter, and its dot
        ("body", "552 5.3.4 too big", F, MSG),
        ("body", "451 4.3.0 later", D, MSG),
        ("dot", "250 2.0.0 queued", A, MSG),
        ("dot", "451 4.3.0 later", D, MSG),
        ("dot", "421 4.3.2 bye", D, CONN),
        ("dot", "503 5.5.1 order", D, CONN),
        ("dot", "354 - go on", X, CONN),
        ("dot", "550 5.7.60 SMTP; Client does not have permissions to send as this sender", U, RUN),
        ("dot", "554 5.2.252 SendAsDenied; a@b.example not allowed to send as c@b.example", U, RUN),
        ("dot", "554 - Message rejected: Email address is not verified. Identities: a@b.example", U, RUN),
        ("dot", "554 5.7.1 spam", F, MSG),
        ("dot", "554 5.6.0 malformed", F, MSG),
        ("dot", "550 - no", F, MSG),
        ("dot", "452 4.2.2 Bob has exceeded the daily quota of messages", D, RCPT),
        ("rcpt", "452 4.2.2 Bob has exceeded the daily quota of messages", D, RCPT),
        ("dot", "552 5.2.2 mailbox full", D, RCPT),
        ("dot", "552 - size limit", F, MSG),
        ("dot", "550 5.1.1 who?", F, RCPT),
    ],
)
def test_each_answer_has_its_outcome(stage: str, line: str, kind: Kind, concern: Concern) -> None:
    """Stage, code, enhanced code and text decide what an answer means and whom it concerns."""
    given_answer = answer(stage, line)

    outcome = judge(given_answer)

    assert (outcome.kind, outcome.concern) == (kind, concern)
    assert outcome.answer == given_answer
    assert outcome.reason


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize(
    ("line", "wait"),
    [
        ("550 5.4.5 Daily user sending quota exceeded", 86400.0),
        ("550 5.4.5 Daily SMTP relay limit exceeded for customer", 86400.0),
        ("454 - Throttling failure: Daily message quota exceeded", 86400.0),
        ("550 5.2.2 Submission quota exceeded", 86400.0),
        ("451 4.7.1 You have exceeded your hourly sending limit, try again in 20 minutes", 1200.0),
        ("550 - You have reached your outgoing limit", 3600.0),
        ("550 - You may send 200 messages per hour", 3600.0),
    ],
)
def test_our_quota_is_nobodys_refusal(stage: str, line: str, wait: float) -> None:
    """What the relay says of our account's quota charges no letter, rests the account and says for how long."""
    outcome = judge(answer(stage, line))

    assert (outcome.kind, outcome.concern, outcome.wait_seconds, outcome.limit) == (U, ACCT, wait, None)


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize(
    ("line", "limit", "wait"),
    [
        ("454 - Throttling failure: Maximum sending rate exceeded.", Limit.PACE, None),
        ("450 4.7.1 Message delivery request rate limit exceeded", Limit.PACE, None),
        ("421 4.7.28 unusual rate of unsolicited mail originating from you", Limit.PACE, None),
        ("451 4.7.1 Sending too fast, try again in 40 seconds", Limit.PACE, 40.0),
        ("421 4.7.0 Too many connections at once", Limit.CONNECTIONS, None),
        ("421 4.3.2 The maximum number of concurrent connections has exceeded a limit", Limit.CONNECTIONS, None),
        ("432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", Limit.CONNECTIONS, None),
        ("554 - Too many concurrent SMTP connections; retry in 2 minutes", Limit.CONNECTIONS, 120.0),
        ("421 4.7.0 Connection rate limit exceeded", Limit.CONNECTIONS, None),
        ("421 4.7.0 Too many messages on this connection", Limit.LETTERS, None),
        ("421 - Max message per connection reached, closing transmission channel", Limit.LETTERS, None),
        ("452 4.5.3 Too many messages in this session", Limit.LETTERS, None),
    ],
)
def test_too_much_of_something_is_nobodys_refusal(stage: str, line: str, limit: Limit, wait: float | None) -> None:
    """The letter is untried whatever the code; what there is to be less of, and for how long, is told apart."""
    outcome = judge(answer(stage, line))

    assert (outcome.kind, outcome.limit, outcome.wait_seconds) == (U, limit, wait)
    assert outcome.concern is (ACCT if limit is Limit.PACE else CONN)


@pytest.mark.parametrize(
    ("stage", "line", "limit"),
    [
        ("greeting", "554 5.7.0 Too many connections from your host", Limit.CONNECTIONS),
        ("ehlo", "550 - Too many sessions", Limit.CONNECTIONS),
        ("auth", "454 4.7.0 Too many concurrent sessions", Limit.CONNECTIONS),
        ("greeting", "421 4.4.2 connection timeout exceeded", None),
        ("mail", "421 4.4.2 session timeout exceeded", None),
    ],
)
def test_too_many_connections_are_known_by_the_words(stage: str, line: str, limit: Limit | None) -> None:
    """A host with too many connections is not one that the relay does not serve, and a timeout is no limit."""
    outcome = judge(answer(stage, line))

    assert (outcome.kind, outcome.concern, outcome.limit) == (U, CONN, limit)


@pytest.mark.parametrize(
    ("lost", "kind", "concern"),
    [
        (Lost(Stage.CONNECT, "connection refused"), U, CONN),
        (Lost(Stage.GREETING, "no reply within 300 s"), U, CONN),
        (Lost(Stage.EHLO, "malformed reply"), U, CONN),
        (Lost(Stage.STARTTLS, "relay.example offers no STARTTLS"), U, RUN),
        (Lost(Stage.STARTTLS, "connection reset"), U, CONN),
        (Lost(Stage.AUTH, "the relay offers no login that we know (PLAIN or LOGIN), none at all"), U, RUN),
        (Lost(Stage.AUTH, "connection reset"), U, CONN),
        (Lost(Stage.MAIL, "connection reset"), U, CONN),
        (Lost(Stage.RCPT, "connection reset"), U, CONN),
        (Lost(Stage.DATA, "connection reset"), U, CONN),
        (Lost(Stage.BODY, "connection reset"), U, CONN),
        (Lost(Stage.DOT, "connection reset"), U, CONN),
        (Lost(Stage.DOT, "connection reset", dot_written=True), X, CONN),
        (Lost(Stage.BODY, "connection reset", dot_written=True), X, CONN),
    ],
)
def test_silence_is_doubt_only_after_the_dot(lost: Lost, kind: Kind, concern: Concern) -> None:
    """A loss is untried, unless the dot may have been read; what the relay does not offer ends the run."""
    outcome = judge(lost)

    assert (outcome.kind, outcome.concern) == (kind, concern)


@given(
    st.sampled_from([s for s in Stage if s not in (Stage.CONNECT, Stage.RSET, Stage.QUIT)]),
    st.integers(200, 599),
    st.sampled_from(["", "4.0.0", "5.0.0", "5.7.1", "5.9.999"]),
    st.text(max_size=40),
)
def test_every_reply_has_an_outcome(stage: Stage, code: int, enhanced: str, text: str) -> None:
    """No reply is without a rule, no 4xx fails for good, and none but the dot's leaves doubt."""
    outcome = judge(Reply(stage, code, enhanced, text))

    assert not (400 <= code < 500 and outcome.kind in (F, A, X))
    assert outcome.kind is not X or stage in (Stage.DOT, Stage.BODY)
    assert (outcome.kind is A) <= (stage in LETTER_STAGES and (code < 300 or code == 354))


def test_a_wrong_certificate_or_port_ends_the_run() -> None:
    """Neither gets better by trying again, and the mismatch is told in its own words."""
    lost = Lost(Stage.CONNECT, "no TLS on this port")

    untrusted = judge_connect(lost, certificate=True)
    mismatch = judge_connect(lost, tls_mismatch="use starttls")

    assert (untrusted.kind, untrusted.concern) == (U, RUN)
    assert mismatch == Outcome(U, RUN, "use starttls", lost)


def test_the_relays_hint_is_kept() -> None:
    """A deferral carries the time that the relay names, a failure none."""
    assert judge(answer("rcpt", "450 4.7.1 Greylisted for 300 seconds")).wait_seconds == 300.0
    assert judge(answer("rcpt", "450 4.7.1 not now")).wait_seconds is None
    assert judge(answer("rcpt", "550 5.1.1 try again in 5 minutes")).wait_seconds is None


@pytest.mark.parametrize(
    ("stage", "line", "expected"),
    [
        ("dot", "554 5.7.1 spam", True),
        ("dot", "550 - no", True),
        ("body", "554 5.6.0 malformed", True),
        ("dot", "451 4.7.1 maybe spam", False),
        ("dot", "550 5.1.1 who?", False),
        ("rcpt", "550 5.1.1 who?", False),
        ("mail", "552 5.3.4 too big", False),
    ],
)
def test_content_refusals_are_recognised(stage: str, line: str, expected: bool) -> None:
    """Only a letter that fails once its text was seen, whoever gets it, speaks against the next ones."""
    assert refuses_content(judge(answer(stage, line))) is expected


# --- envelopes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roles", "rcpts", "data", "expected"),
    [
        ("t", [OK], GO_ON, "ready ."),
        ("tc", [OK, REFUSED], GO_ON, "ready .F"),
        ("tcb", [OK, LATER, OK], GO_ON, "ready .D."),
        ("tc", [REFUSED, OK], None, "FF"),
        ("tc", [REFUSED, LATER], None, "FF"),
        ("tc", [REFUSED, REFUSED], None, "FF"),
        ("tc", [LATER, OK], None, "DD"),
        ("tc", [LATER, REFUSED], None, "DF"),
        ("tt", [OK, REFUSED], None, "FF"),
        ("tt", [LATER, REFUSED], None, "FF"),
        ("tt", [OK, LATER], None, "DD"),
        ("tcc", [OK, HANGS_UP, None], None, "DDD"),
        ("tcc", [OK, GONE, None], None, "UUU"),
        ("tcc", [REFUSED, GONE, None], None, "FFF"),
        ("tc", [LATER, GONE], None, "UU"),
        ("tc", [QUOTA, OK], None, "UU"),
        ("tc", [OK, QUOTA], GO_ON, "ready .U"),
        ("cc", [REFUSED, REFUSED], None, "FF"),
        ("cc", [REFUSED, LATER], None, "FD"),
        ("tc", [OK, None], None, "UU"),
        ("tc", [OK, REFUSED], Reply(Stage.DATA, 451, "", "later"), "DF"),
        ("tc", [OK, LATER], Reply(Stage.DATA, 554, "", "no"), "FF"),
        ("tc", [OK, REFUSED], Lost(Stage.DATA, "connection reset"), "UU"),
        ("tc", [OK, QUOTA], LATER, "DD"),  # the copy met a limit of ours, and then the letter has to wait
    ],
)
def test_an_envelope_comes_to(roles: str, rcpts: list[Answer | None], data: Answer | None, expected: str) -> None:
    """Unless a To is refused the letter goes; otherwise nobody gets it, and each one's outcome follows from why."""
    names = {"t": Role.TO, "c": Role.CC, "b": Role.BCC}
    letters = {None: ".", D: "D", F: "F", U: "U"}

    verdict = judge_envelope(EnvelopeAnswers(MAIL_OK, tuple(rcpts), data), roles=[names[r] for r in roles])

    shown = "".join(letters[outcome.kind if outcome else None] for outcome in verdict.outcomes)
    assert f"{'ready ' if verdict.ready else ''}{shown}" == expected
    assert verdict.untried == (set(shown) == {"U"})


@pytest.mark.parametrize(
    ("mail", "kind"),
    [
        (Reply(Stage.MAIL, 451, "", "later"), D),
        (Reply(Stage.MAIL, 550, "", "no"), U),
        (Reply(Stage.MAIL, 552, "5.3.4", "too big"), F),
        (Lost(Stage.MAIL, "connection reset"), U),
    ],
)
def test_an_answer_to_mail_is_for_all(mail: Answer, kind: Kind) -> None:
    """When MAIL is not accepted every recipient shares its outcome."""
    verdict = judge_envelope(EnvelopeAnswers(mail, (None, None), None), roles=[Role.TO, Role.CC])

    assert [outcome.kind for outcome in verdict.outcomes if outcome] == [kind, kind]
    assert not verdict.ready


def test_who_waits_for_another_is_told_so() -> None:
    """A copy that was accepted, but whose To was refused, says that it was not its own refusal."""
    roles = [Role.TO, Role.CC]
    refused = judge_envelope(EnvelopeAnswers(MAIL_OK, (REFUSED, OK), None), roles=roles).outcomes
    deferred = judge_envelope(EnvelopeAnswers(MAIL_OK, (LATER, OK), None), roles=roles).outcomes

    assert [outcome.reason for outcome in refused if outcome] == [
        "no such mailbox",
        "not sent, because its To was refused",
    ]
    assert [outcome.reason for outcome in deferred if outcome] == [
        "refused for now",
        "waits, because another recipient was refused for now",
    ]


def test_the_widest_concern_is_found() -> None:
    """Of several outcomes the one that stops most is the one to act on."""
    outcomes = [judge(LATER), judge(QUOTA), judge(HANGS_UP)]

    assert widest(outcomes) == outcomes[1]
    assert widest([]) is None
