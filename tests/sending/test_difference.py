"""What has changed since a campaign was sealed, as it is shown."""

from __future__ import annotations

from dataclasses import replace

from outreach.composing.sealed import Sealed
from outreach.ledger.campaign_values import ChangedRow
from outreach.message.sender import Sender
from outreach.model import Mailbox
from outreach.sending.difference import rows_difference, shorten, text_difference

FROM = Mailbox("Coalition", "letters@coalition.example", "letters@coalition.example")
SEALED = Sealed(
    campaign="letter",
    letter="letter.md",
    default_lang="en",
    line_breaks="keep",
    date="2023-10-16",
    purpose="advocacy",
    sender=Sender(FROM, (), FROM.wire, "Coalition"),
    postal_address="",
    tables={"signatories": ({"name": "One"}, {"name": "Two"})},
    attachments=(),
    shared_files={"letter.md": b"+++\n+++\nDear {{ name }},\n\nspeak up.\n", "head.pdf": b"%PDF-1"},
    own_files={},
)


def test_nothing_has_changed() -> None:
    """The same text differs in nothing."""
    assert text_difference(SEALED, SEALED) == ()


def test_each_kind_of_change_is_named() -> None:
    """Settings, sender, tables, letter, files: what it is, then what was and what is."""
    now = replace(
        SEALED,
        date="2023-10-17",
        sender=replace(SEALED.sender, reply_to=(FROM,)),
        tables={"signatories": ({"name": "One"}, {"name": "Three"}, {"name": "Four"})},
        shared_files={"letter.md": SEALED.shared_files["letter.md"].replace(b"speak", b"stand"), "head.pdf": b"%PDF-2"},
        attachments=("head.pdf",),
    )

    assert text_difference(SEALED, now) == (
        "date",
        "- 2023-10-16",
        "+ 2023-10-17",
        "attachments",
        "- nothing",
        "+ head.pdf",
        "[sender] reply_to",
        "- nothing",
        "+ Coalition <letters@coalition.example>",
        "[data] signatories",
        "- Two",
        "+ Three",
        "+ Four",
        "head.pdf: other content",
        "letter.md",
        "- speak up.",
        "+ stand up.",
    )


def test_files_that_come_and_go_are_named() -> None:
    """A file that is new, and one that is gone."""
    now = replace(SEALED, shared_files={"letter.md": SEALED.shared_files["letter.md"], "new.png": b"x"})

    assert text_difference(SEALED, now) == ("head.pdf: gone", "new.png: new")


def test_of_a_long_line_the_stretch_that_differs_is_shown() -> None:
    """A paragraph on one line is not repeated as a whole."""
    before = f"{'before ' * 30}old word{' after' * 30}"
    texts = [{"letter.md": text.encode()} for text in (before, before.replace("old word", "new words"))]

    shown = text_difference(replace(SEALED, shared_files=texts[0]), replace(SEALED, shared_files=texts[1]))

    assert shown == (
        "letter.md",
        "- …re before before before old word after after after after…",
        "+ …re before before before new words after after after after…",
    )


def test_a_long_difference_is_cut() -> None:
    """The first lines, and how many follow."""
    assert shorten([str(number) for number in range(30)], most=3) == ("0", "1", "… and 28 more lines")
    assert shorten(["a", "b", "c"], most=3) == ("a", "b", "c")


def test_rows_are_told_by_column() -> None:
    """Row, address, column, what was and what is; and how many more rows there are."""
    changed = (ChangedRow(3, "a@b.example", (("name", "A", "B"), ("cc", "", "c@d.example"))),)

    assert rows_difference(changed, 5) == (
        'row 3 (a@b.example): name "A" → "B"',
        'row 3 (a@b.example): cc "" → "c@d.example"',
        "… and 4 more rows",
    )
