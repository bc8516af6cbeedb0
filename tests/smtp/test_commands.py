"""The commands, and what can't be smuggled into them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.smtp import commands


def test_commands_are_built() -> None:
    """MAIL names its parameters only where they are given; the empty return path is allowed."""
    assert commands.mail_from("a@x.example", size=None, smtputf8=False) == b"MAIL FROM:<a@x.example>\r\n"
    assert commands.mail_from("", size=7, smtputf8=True) == b"MAIL FROM:<> SIZE=7 SMTPUTF8\r\n"
    assert commands.rcpt_to("ü@x.example", smtputf8=True) == "RCPT TO:<ü@x.example>\r\n".encode()


@pytest.mark.parametrize("bad", ["\r", "\n", "\0", "\t", " ", "<", ">", "\x7f", "\x85", "\u2028", "\xa0"])
def test_an_address_holds_nothing_that_ends_it(bad: str) -> None:
    """Controls, blanks and brackets in an address are refused, before and behind the @."""
    for address in (f"a{bad}b@x.example", f"a@x{bad}.example", f"a@x.example{bad}"):
        with pytest.raises(ValueError, match="envelope address"):
            commands.rcpt_to(address, smtputf8=True)


@pytest.mark.parametrize("local", ['"john doe"', '"a<b>c"', '"a@b"', r'"a\"b\\"', '"> RCPT TO:<x@y.example"'])
def test_a_quoted_local_part_stands_as_it_is(local: str) -> None:
    """Its blanks and brackets end nothing."""
    assert commands.rcpt_to(f"{local}@x.example", smtputf8=False) == f"RCPT TO:<{local}@x.example>\r\n".encode()


@pytest.mark.parametrize(
    "address",
    ['"a b"c@x.example', '"a\r\nb"@x.example', '"a\0b"@x.example', '"a\\\r"@x.example', '"a" b@x.example',
     '"a"@x.example> x',
     '"a"b c"@x.example', '"a\x85b"@x.example', '"a\u2028b"@x.example', '"a b@x.example', 'x"a b"@x.example'],
)  # fmt: skip
def test_what_is_not_quoted_from_start_to_end_holds_no_blanks(address: str) -> None:
    """Nor does a quoted one hold a control character."""
    with pytest.raises(ValueError, match="envelope address"):
        commands.rcpt_to(address, smtputf8=True)


def test_a_non_ascii_address_needs_smtputf8() -> None:
    """Without SMTPUTF8 an address is ASCII."""
    with pytest.raises(ValueError, match="SMTPUTF8"):
        commands.rcpt_to("ü@x.example", smtputf8=False)


def test_an_endless_address_is_refused() -> None:
    """A command line has at most 512 octets."""
    with pytest.raises(ValueError, match="octets"):
        commands.rcpt_to("a" * 500 + "@x.example", smtputf8=False)


@given(st.lists(st.text(alphabet=".a\t", max_size=4), min_size=1, max_size=8))
def test_stuffed_letters_never_end_early(lines: list[str]) -> None:
    """No stuffed letter holds the end mark, and taking one dot off each line gives the letter back."""
    content = "".join(f"{line}\r\n" for line in lines).encode()

    stuffed = commands.stuff_dots(content)

    assert b"\r\n.\r\n" not in b"\r\n" + stuffed
    assert b"\r\n".join(line.removeprefix(b".") for line in stuffed.split(b"\r\n")) == content
