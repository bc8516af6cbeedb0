"""The time of --at: what is taken, and what is said of the rest."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from outreach.cli.start_time import read_start, timing_lines
from outreach.errors import UsageError
from outreach.policy.hours import Hours
from outreach.sending.gate import GateTerms
from outreach.sending.timing import foresee

NINE = 1_697_414_400.0  # Monday 2023-10-16 09:00 in Seoul
OPEN = GateTerms()
OFFICE = GateTerms(hours=Hours(540, 1080, ZoneInfo("Asia/Seoul"), frozenset(range(5)), "09:00-18:00 Asia/Seoul"))
LATER = GateTerms(not_before=NINE + 3600)
BOTH = GateTerms(NINE - 86400, OFFICE.hours)


@pytest.mark.parametrize("text", ["2023-10-16T09:00+09:00", "2023-10-16T00:00:00Z", " 2023-10-16 02:00:00+02:00 "])
@pytest.mark.parametrize("terms", [OPEN, OFFICE, BOTH], ids=["open", "office hours", "both"])
def test_a_time_with_its_offset_is_taken(text: str, terms: GateTerms) -> None:
    """ISO 8601 in any offset, at which letters may leave."""
    assert read_start(text, terms, now=NINE - 1) == NINE


@pytest.mark.parametrize(
    ("text", "terms", "what", "remedy"),
    [
        ("2023-10-16T09:00", OPEN, "the offset from UTC is missing", "Write it as --at 2023-10-16T09:00+09:00."),
        ("9 o'clock", OPEN, "not a time", "Write it as --at 2023-10-16T09:00+09:00."),
        ("9999-12-31T00:00", OPEN, "the offset from UTC is missing", "Write it as --at 2023-10-16T09:00+09:00."),
        ("9999-12-31T00:00Z", OPEN, "more than a year ahead", "Give a time such as 2023-10-16T09:00+09:00."),
        ("2023-10-15T07:59:59Z", OPEN, "that time has passed", "Give a time to come, or leave --at out to send now."),
        (
            "2023-10-16T09:00+09:00",
            LATER,
            "nothing may leave before 2023-10-16 10:00 (not_before under [campaign])",
            "Give a later time, from --at 2023-10-16T10:00+09:00 on.",
        ),
        (
            "2023-10-16T18:00+09:00",
            OFFICE,
            "outside of 09:00-18:00 Asia/Seoul (hours under [relay])",
            "Letters may leave next 2023-10-17 09:00: --at 2023-10-17T09:00+09:00",
        ),
    ],
)
def test_other_times_are_refused(text: str, terms: GateTerms, what: str, remedy: str, seoul: None) -> None:
    """What is not a time to come, with an offset, at which letters may leave, is refused with one that is."""
    with pytest.raises(UsageError) as caught:
        read_start(text, terms, now=NINE - 57600)

    assert caught.value.what == f"--at {text}: {what}"
    assert caught.value.remedy == remedy


def test_the_times_of_a_send_in_words(seoul: None) -> None:
    """What the question and the dry run say of a send that is to start tomorrow at nine."""
    now = NINE - 14 * 3600 - 12 * 60
    timing = foresee(BOTH, now=now, start_at=NINE, letters=3600, rate=1.0)

    assert timing_lines(timing) == [
        ("Not before", "2023-10-15 09:00"),
        ("Hours", "09:00-18:00 Asia/Seoul"),
        ("Starts", "2023-10-16 09:00, in 14 h 12 min"),
        ("Ends", "about 2023-10-16 10:00"),
    ]


def test_nothing_is_said_of_letters_that_go_at_once() -> None:
    """Without a time, hours or a pace there is nothing to say."""
    assert timing_lines(foresee(OPEN, now=NINE, start_at=None, letters=3, rate=None)) == []
