"""The alarm stops a run whose next letters will fare like the last ones, and no other."""

from __future__ import annotations

import pytest

from outreach.model import Lost, Outcome, Reply, Stage
from outreach.policy.outcome import judge
from outreach.sending.alarm import Alarm
from outreach.sending.stop import StopSignal

OK = judge(Reply(Stage.DOT, 250, "2.0.0", "queued"))
SPAM = judge(Reply(Stage.DOT, 554, "5.7.1", "spam"))
FORM = judge(Reply(Stage.DOT, 554, "5.6.0", "malformed"))
NO = judge(Reply(Stage.DOT, 550, "", "no"))
UNKNOWN = judge(Reply(Stage.RCPT, 550, "5.1.1", "who?"))
UNANSWERED = judge(Lost(Stage.DOT, "no reply within 600 seconds", dot_written=True))
LATER = judge(Reply(Stage.RCPT, 451, "4.7.1", "greylisted"))


def denied(text: str = "Access denied", *, code: int = 550, enhanced: str = "") -> Outcome:
    """A recipient refused in words that explain nothing."""
    return judge(Reply(Stage.RCPT, code, enhanced, text))


def heard(*outcomes: Outcome) -> StopSignal:
    """What an alarm makes of these, in this order."""
    stop = StopSignal()
    alarm = Alarm(stop)
    for outcome in outcomes:
        alarm.hear(outcome, left_at=0.0)
    return stop


@pytest.mark.parametrize(
    ("outcomes", "stops"),
    [
        ([SPAM] * 4, False),
        ([SPAM] * 5, True),
        ([NO] * 5, True),
        ([SPAM, OK] * 5, True),  # among the first letters, though never in a row
        ([SPAM, FORM, OK] * 3, True),
        ([NO, OK] * 30, False),  # a 5xx that does not say so may be about one recipient
        ([*[OK] * 50, *[SPAM, OK] * 30], False),  # later on a list may have its odd rows
        ([*[OK] * 50, *[SPAM] * 5], True),
    ],
)
def test_refused_content_stops_the_run_before_it_burns_the_list(outcomes: list[Outcome], stops: bool) -> None:
    """Five in a row, whenever; five in all among the first fifty letters, if the relay says that it is the content."""
    assert heard(*outcomes).is_set is stops


@pytest.mark.parametrize(
    ("outcomes", "stops"),
    [
        ([denied()] * 4, False),
        ([denied()] * 5, True),
        ([denied(f"<r{n}@x.example>: Access denied") for n in range(5)], True),  # the same but for the address
        ([denied(f"Access denied to room {n}") for n in range(5)], False),
        ([*[denied()] * 4, denied(code=551)], False),
        ([*[denied()] * 4, denied(enhanced="5.3.2")], False),
        ([OK, *[denied()] * 9], False),  # it takes letters from us
        ([*[denied()] * 4, LATER, denied()], False),
        ([*[denied()] * 4, OK, *[denied()] * 5], False),
        ([UNKNOWN] * 9, False),  # a bad list is no refusal of us
        ([denied("User unknown")] * 9, False),
    ],
)
def test_the_same_bare_refusal_of_everybody_stops_the_run(outcomes: list[Outcome], stops: bool) -> None:
    """Five recipients in a row, one text that does not speak of them, and none accepted in this run."""
    stop = heard(*outcomes)

    assert stop.is_set is stops
    assert stop.reason is None or (stop.reason.exit_code, "same words" in stop.reason.what) == (5, True)


@pytest.mark.parametrize(("left_at", "stops"), [([3.0] * 4, False), ([3.0] * 5, True), ([1.0] * 5, False)])
def test_lost_answers_stop_the_run_unless_a_letter_that_left_later_was_accepted(
    left_at: list[float], stops: bool
) -> None:
    """Answers that stay out are found lost together, long after; what was accepted meanwhile speaks for the relay."""
    stop = StopSignal()
    alarm = Alarm(stop)
    alarm.hear(OK, left_at=2.0)
    alarm.hear(OK, left_at=0.5)  # the order of the answers is not the order in which the letters left

    for left in left_at:
        alarm.hear(UNANSWERED, left_at=left)

    assert stop.is_set is stops
