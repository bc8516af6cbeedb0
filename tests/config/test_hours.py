"""How moments, hours and days are written, and what is said of those that are wrong."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from outreach.config.hours import read_days, read_hours, read_moment, show_days, show_hours
from outreach.config.shown import shown_settings
from outreach.smtp.options import DailyHours
from tests.config.campaigns import SMALL, load, refusal, write_campaign

SEOUL = datetime.timezone(datetime.timedelta(hours=9))
NINE = datetime.datetime(2023, 10, 16, 9, tzinfo=SEOUL)


def test_a_moment_is_a_toml_time_or_the_same_as_text(tmp_path: Path) -> None:
    """not_before may be written either way, and is shown as TOML has it."""
    bare = load(write_campaign(tmp_path, '[campaign]\nname = "x"\nnot_before = 2023-10-16T09:00:00+09:00\n'))
    text = load(write_campaign(tmp_path, '[campaign]\nname = "x"\nnot_before = "2023-10-16T00:00Z"\n'))

    assert bare.require_campaign().not_before == text.require_campaign().not_before == NINE
    shown = {name: value for name, value, _ in shown_settings(bare)}
    assert shown["campaign.not_before"] == "2023-10-16T09:00:00+09:00"


@pytest.mark.parametrize(
    "written",
    [
        datetime.datetime(2023, 10, 16, 9),  # noqa: DTZ001 - the point
        datetime.date(2023, 10, 16),
        "2023-10-16T09:00:00",
        "tomorrow",
        5,
        "9999-12-31T00:00:00Z",
    ],
)
def test_other_moments_are_refused(written: object) -> None:
    """A time without an offset, or none at all, is refused with an example."""
    with pytest.raises(ValueError, match=r"such as 2023-10-16T09:00:00\+09:00"):
        read_moment(written)


@pytest.mark.parametrize(
    ("written", "hours"),
    [
        ("09:00-18:00 Asia/Seoul", DailyHours(540, 1080, "Asia/Seoul")),
        (" 9:00 – 18:30  Europe/Berlin ", DailyHours(540, 1110, "Europe/Berlin")),
        ("22:00-06:00 UTC", DailyHours(1320, 360, "UTC")),
        ("00:00-24:00 UTC", DailyHours(0, 1440, "UTC")),
    ],
)
def test_hours_are_read(written: str, hours: DailyHours) -> None:
    """A window of the day with its zone; what is shown of it reads as the same."""
    assert read_hours(written) == hours
    assert read_hours(show_hours(hours)) == hours


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("09:00-18:00", "with their time zone"),
        ("09-18 Asia/Seoul", "with their time zone"),
        (9, "with their time zone"),
        ("09:00-25:00 Asia/Seoul", "from 00:00 to 24:00"),
        ("09:00-24:01 Asia/Seoul", "from 00:00 to 24:00"),
        ("09:60-18:00 Asia/Seoul", "from 00:00 to 24:00"),
        ("24:00-06:00 Asia/Seoul", "from 00:00 to 24:00"),
        ("09:00-09:00 Asia/Seoul", 'the whole day is "00:00-24:00 Asia/Seoul"'),
        ("09:00-18:00 Asia/Soul", 'perhaps "Asia/Seoul" for Asia/Soul'),
        ("09:00-18:00 Nowhere", 'such as in "09:00-18:00 Asia/Seoul"'),
        ("09:00-18:00 ../../etc/passwd", "a time zone that exists"),
        ("09:00-18:00 Asia", "a time zone that exists"),
    ],
)
def test_other_hours_are_refused(written: object, words: str) -> None:
    """Hours without a zone, that no day has, that are none, or of no zone, are refused in words."""
    with pytest.raises(ValueError, match=r"such as|differ|exists") as caught:
        read_hours(written)

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("written", "days", "shown"),
    [
        ("Mon-Fri", (0, 1, 2, 3, 4), "Mon-Fri"),
        ("mon, WED,Friday", (0, 2, 4), "Mon,Wed,Fri"),
        ("Sat-Sun", (5, 6), "Sat-Sun"),
        ("Fri-Mon", (0, 4, 5, 6), "Mon,Fri-Sun"),
        ("Mon-Fri,Sun", (0, 1, 2, 3, 4, 6), "Mon-Fri,Sun"),
        ("tue", (1,), "Tue"),
    ],
)
def test_days_are_read(written: str, days: tuple[int, ...], shown: str) -> None:
    """Names in English, in any case, alone and in runs; what is shown of them reads as the same."""
    assert read_days(written) == days
    assert show_days(days) == shown
    assert read_days(shown) == days


@pytest.mark.parametrize("written", ["", "Mon-", "월-금", "Mon..Fri", "1-5", 3, "Mon,,Tue", "Mon-Tue-Wed"])
def test_other_days_are_refused(written: object) -> None:
    """What is no day is refused with examples."""
    with pytest.raises(ValueError, match='"Mon-Fri" or "Mon,Wed,Fri"'):
        read_days(written)


def test_hours_and_days_are_settings_of_the_relay(tmp_path: Path) -> None:
    """They arrive in the options, and are shown as they may be written."""
    campaign = write_campaign(tmp_path, SMALL + 'hours = "09:00-18:00 Asia/Seoul"\ndays = "mon-fri"\n')

    settings = load(campaign)

    assert settings.require_relay().hours == DailyHours(540, 1080, "Asia/Seoul")
    assert settings.require_relay().days == (0, 1, 2, 3, 4)
    shown = {name: value for name, value, _ in shown_settings(settings)}
    assert (shown["relay.hours"], shown["relay.days"]) == ('"09:00-18:00 Asia/Seoul"', '"Mon-Fri"')


def test_days_need_hours(tmp_path: Path) -> None:
    """Days without hours have no time zone; the error says what to write."""
    error = refusal(tmp_path, SMALL + 'days = "Mon-Fri"\n')

    assert error.what == 'outreach.toml:6: "days" under [relay] needs "hours" beside it, for the time zone'
    assert 'hours = "00:00-24:00 Asia/Seoul"' in error.remedy


def test_a_moment_without_an_offset_is_told_with_its_place(tmp_path: Path) -> None:
    """Two lines: where it stands and what it is; what to write."""
    error = refusal(tmp_path, '[campaign]\nname = "x"\nnot_before = 2023-10-16T09:00:00\n')

    assert error.what == 'outreach.toml:3: "not_before" under [campaign] can\'t be 2023-10-16T09:00:00'
    assert error.remedy == "Give a time with its offset from UTC, such as 2023-10-16T09:00:00+09:00."
