"""Letters that share stretches: the same bytes as without a skeleton, whatever stands in them and between them."""

from __future__ import annotations

from dataclasses import replace
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from outreach.message.compose import MessageComposer, OriginalHeader
from outreach.model import Contact, LetterInStretches, Message, Stretches
from outreach.smtp.commands import stuff_dots
from tests.message.samples import DATE, HARD_TEXTS, MESSAGE_ID, MINISTER, SENDER, contact, mailbox

_HARD = ["", ".", "..", "\n", "\n.", "From ", "F", "rom ", "From", "é", "=", "_", "=_", " ", "x" * 600, "\r", "\t", "."]
_PIECES = st.lists(st.sampled_from(["a", "Dear ", "a line\n", *_HARD]), max_size=4).map("".join)
_VALUES = st.lists(st.one_of(st.sampled_from(["Anna", "Frank", "office", *_HARD]), _PIECES), min_size=3, max_size=3)
_FIXED = st.lists(_PIECES, min_size=4, max_size=4).map(tuple)
_CONTACTS = [
    contact(),
    contact(mailbox("a@x.example", "Smith, John"), MINISTER, cc=(mailbox("b@x.example", "홍길동"),)),
    contact(mailbox("é@x.example", "Zoë"), bcc=(mailbox("c@x.example"),)),
]


def letter(text: Stretches, html: Stretches | None = None, *, subject: str = "A call") -> LetterInStretches:
    """A letter in English."""
    return LetterInStretches(subject, text, html, "en")


def plainly(sent: LetterInStretches, to: Contact, *originals: OriginalHeader) -> Message:
    """The message as it is made where nothing is known of what the letter was put together from."""
    composer = MessageComposer(SENDER, files={})
    return composer.compose(sent.letter, to, message_id=MESSAGE_ID, date=DATE, originals=originals)


def third(sent: LetterInStretches, to: Contact, *originals: OriginalHeader) -> tuple[Message, bool]:
    """The message of a letter whose like has been sent twice before, and whether it was made by skeleton."""
    composer = MessageComposer(SENDER, files={})
    like = letter(_alike(sent.text), None if sent.html is None else _alike(sent.html))
    for _ in range(2):
        composer.compose(like, to, message_id=MESSAGE_ID, date=DATE)
    made = composer.compose(sent, to, message_id=MESSAGE_ID, date=DATE, originals=originals)
    skeleton = composer._skeletons.find(sent, mock.Mock(), utf8=made.needs_smtputf8)
    return made, skeleton is not None


def _alike(text: Stretches) -> Stretches:
    return Stretches(text.fixed, ["x"] * len(text.values))


@settings(deadline=None)  # the machine may be busy
@given(_FIXED, _VALUES, st.one_of(st.none(), _FIXED), _VALUES, st.sampled_from(_CONTACTS))
@example(("", "", " b\n", "c"), ["", ".", "x"], None, ["", "", ""], _CONTACTS[0])
@example(("a\n", ".\n", "x", "\n"), ["", "x", "x"], ("<p>", "</p>\n", "", "\n"), ["x", ".", "x"], _CONTACTS[0])
@example(("a\n", "rom me", "x", "\n"), ["F", "x", "x"], None, ["", "", ""], _CONTACTS[0])
@example(("a =", "_", "x", "\n"), ["", "x", "x"], ("b", "c", "d", "e\n"), ["=", "_", ""], _CONTACTS[0])
@example(("a\n.b ", " c ", " d ", "\n"), ["x", "x", "x"], None, ["", "", ""], _CONTACTS[1])
@example(("a ", " b ", " c ", "\n"), ["x", "x", "x"], ("<p>", "</p>", "<p>", "</p>"), ["x", "y", "z"], _CONTACTS[2])
@example(("y" * 985, " end\n"), ["x"], None, [], _CONTACTS[0])
def test_a_message_by_skeleton_is_the_message(
    text: tuple[str, ...], values: list[str], html: tuple[str, ...] | None, html_values: list[str], to: Contact
) -> None:
    """It has the same bytes, and lines said to be plain are."""
    sent = letter(Stretches(text, values), None if html is None else Stretches(html, html_values))

    made, _ = third(sent, to)

    assert made == plainly(sent, to)
    assert not made.has_plain_lines or stuff_dots(made.content) == made.content


@pytest.mark.parametrize("subject", HARD_TEXTS)
def test_a_subject_of_its_own_stays(subject: str) -> None:
    """Subjects differ among letters that share a skeleton."""
    sent = letter(Stretches(("Dear ", ",\n"), ["Anna"]), subject=subject)

    made, by_skeleton = third(sent, contact())

    assert by_skeleton
    assert made == plainly(sent, contact())


@pytest.mark.parametrize("to", _CONTACTS)
def test_whom_it_would_go_to_otherwise_is_told(to: Contact) -> None:
    """The headers of a redirected message are its own."""
    sent = letter(Stretches(("Dear ", ",\n"), ["Anna"]), Stretches(("<p>", "</p>"), ["Anna"]))
    originals = (OriginalHeader("To", to.to), OriginalHeader("Reply-To", (MINISTER,)))

    made, _ = third(sent, contact(), *originals)

    assert made == plainly(sent, contact(), *originals)


@pytest.mark.parametrize("values", [["Anna", "an office"], ["Frank", "office."], ["A. B.", "a=b"]])
def test_usual_letters_are_made_by_skeleton(values: list[str]) -> None:
    """From the third on, with lines known to be plain."""
    fixed = ("", "\n", ".\n\nwe write to you.\n")
    sent = letter(Stretches(fixed, values), Stretches(("<p>", "<br>", "</p>\n"), values))

    made, by_skeleton = third(sent, contact())

    assert by_skeleton
    assert made.has_plain_lines


@pytest.mark.parametrize("values", [["From", "x"], ["", "x"], [".x", "x"], ["Zoë", "x"], ["a\nb", "x"], ["=_", "x"]])
def test_values_that_may_matter_go_the_long_way(values: list[str]) -> None:
    """Whatever could need encoding, begin a line with a dot, or look like a boundary."""
    fixed = ("", "\n", ".\n")
    in_text, in_html = letter(Stretches(fixed, values)), letter(Stretches(("a\n",), []), Stretches(fixed, values))

    for sent in (in_text, in_html):
        made, by_skeleton = third(sent, contact())

        assert not by_skeleton
        assert not made.has_plain_lines
        assert made == plainly(sent, contact())


def test_letters_of_the_same_stretches_in_two_languages_to_all_kinds_of_addresses_stay_apart() -> None:
    """Each has the headers that are its own, though one composer makes them all."""
    composer = MessageComposer(replace(SENDER, organization="단체"), files={})
    plain = MessageComposer(replace(SENDER, organization="단체"), files={})
    text = Stretches(("Dear ", ",\n"), ["Anna"])
    letters = [LetterInStretches("A call", text, None, lang) for lang in ("en", "ko", "")]

    for sent, to in [(sent, to) for _ in range(3) for sent in letters for to in _CONTACTS]:
        made = composer.compose(sent, to, message_id=MESSAGE_ID, date=DATE)

        assert made == plain.compose(sent.letter, to, message_id=MESSAGE_ID, date=DATE)


def test_a_line_that_begins_with_a_dot_is_no_secret() -> None:
    """Where it stands in what all letters share, the skeleton's lines are not called plain."""
    made, by_skeleton = third(letter(Stretches(("Dear ", ",\n.dot\n"), ["Anna"])), contact())

    assert by_skeleton
    assert not made.has_plain_lines
    assert stuff_dots(made.content) != made.content
