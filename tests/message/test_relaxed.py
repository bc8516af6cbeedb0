"""Relaxed canonicalisation comes to what another implementation makes of the same octets."""

from __future__ import annotations

import pytest
from dkim.canonicalization import Relaxed  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from outreach.message.relaxed import relaxed_body, relaxed_field

_BODIES = st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"a", b"b.", "é".encode()]), max_size=30).map(b"".join)
_VALUES = st.lists(st.sampled_from([b" ", b"\t", b"\r\n ", b"\r\n\t", b"a", b":", "가".encode()]), max_size=20).map(
    b"".join
)


def signed(body: bytes) -> bytes:
    """The body as it is signed, of a message that has blanks and tabs in its headers."""
    head = b"Subject:\t a  \r\n\r\n"
    return bytes(relaxed_body(head + body, len(head)))


@given(_BODIES)
def test_body_is_what_dkimpy_makes_of_it(body: bytes) -> None:
    """Runs of blanks, blanks at line ends and empty lines at the end, in any order."""
    body += b"\r\n"  # it does not add the one that RFC 6376, 3.4.4 asks for

    assert signed(body) == Relaxed.canonicalize_body(body)


@given(_VALUES)
def test_field_is_what_dkimpy_makes_of_it(value: bytes) -> None:
    """Folded anywhere, with blanks anywhere."""
    [(name, expected)] = Relaxed.canonicalize_headers([(b"Subject", value + b"\r\n")])

    assert relaxed_field(b"SuBject \t:" + value) + b"\r\n" == name + b":" + expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", b""),
        (b"\r\n\r\n", b""),
        (b" \t\r\n \r\n", b""),
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),  # the example of RFC 6376, 3.4.5
        (b"no line end", b"no line end\r\n"),
        (b"a" + b"\r\n" * 20000, b"a\r\n"),
        (b"a" + b" \t" * 20000 + b"b\r\n", b"a b\r\n"),
    ],
)
def test_body_of_the_rfc(body: bytes, expected: bytes) -> None:
    """The cases that the RFC names, and long ones."""
    assert signed(body) == expected


def test_field_of_the_rfc() -> None:
    """The example of RFC 6376, 3.4.5."""
    assert relaxed_field(b"A: X") == b"a:X"
    assert relaxed_field(b"B : Y\t\r\n\tZ  ") == b"b:Y Z"
