"""Number formats that make codes of numbers."""

from __future__ import annotations

import pytest

from outreach.contacts.number_formats import makes_codes, show_number

KOREAN_PHONE = "[<=999999]####-####;(0##) ####-####"
US_PHONE = "[<=9999999]###-####;(###) ###-####"


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (1234, "00000", "01234"),
        (123456, "00000", "123456"),
        (0, "00000", "00000"),
        (1234.0, "00000", "01234"),
        (1012345678, "000-0000-0000", "010-1234-5678"),
        (1012345678, r"0##\-####\-####", "010-1234-5678"),
        (212345678, KOREAN_PHONE, "(02) 1234-5678"),
        (5551234, US_PHONE, "555-1234"),
        (2125551234, US_PHONE, "(212) 555-1234"),
        (123456789, "00000-0000", "12345-6789"),
        (7, '"Nr. "000', "Nr. 007"),
        (7, "[Red][$-407]000_)", "007"),
        (0, '000;-000;"none"00', "none00"),
        (78051120, r"000\ 00\ 000", "780 51 120"),
    ],
)
def test_a_code_is_shown_with_its_zeros_and_signs(value: float, code: str, shown: str) -> None:
    """Digits fill their places from the right; zeros in front and signs in between come from the format."""
    assert makes_codes(code)
    assert show_number(value, code) == shown


@pytest.mark.parametrize(
    "code",
    [
        "General", "0", "#", "0.00", "#,##0", "#,##0.00", "0%", "0.00E+00", "# ??/??", "@", "", "yyyy-mm-dd",
        "[$€-407]0000", "[h]:mm", '0" kg"', "_-* #,##0_-", ";;;", '"unclosed',
    ],
)  # fmt: skip
def test_a_plain_number_stays_one(code: str) -> None:
    """Amounts, percentages, fractions and dates are no codes."""
    assert not makes_codes(code)
    assert show_number(1234, code) is None


@pytest.mark.parametrize("value", [-5, 1234.5])
def test_what_is_no_code_is_not_made_one(value: float) -> None:
    """A negative number and one with a fraction stay what they are, whatever the format."""
    assert show_number(value, "00000") is None
