"""The times that relays name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.policy.hints import wait_hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Greylisted for 300 seconds", 300.0),
        ("Greylisted, please try again in 5 minutes", 300.0),
        ("Graylisting: retry in 1 min.", 60.0),
        ("retry after 300 seconds", 300.0),
        ("Retry-After: 120", 120.0),
        ("Temporarily deferred, come back in 2 hours", 7200.0),
        ("try again in 1 hour 30 minutes", 5400.0),
        ("try again in 1 hour and 5 mins", 3900.0),
        ("please wait 90s", 90.0),
        ("greylisted, see help, try again in 00:04:30", 270.0),
        ("try again later", None),
        ("mailbox has 300 messages", None),
        ("you sent 20 messages in 5 minutes", None),
        ("try again in 0 seconds", None),
        ("try again in 99 days", None),
        ("try again in 300 metres", None),
        ("", None),
    ],
)
def test_a_hint_is_read_from_the_text(text: str, expected: float | None) -> None:
    """Only a time that the text asks us to wait counts, and only up to a week."""
    assert wait_hint(text) == expected


@given(st.text(alphabet="try again in 0123456789 seconds:,.", max_size=60))
def test_any_text_is_read(text: str) -> None:
    """Whatever a relay says, the hint is a time above zero or none."""
    hint = wait_hint(text)

    assert hint is None or 0 < hint <= 7 * 86400
