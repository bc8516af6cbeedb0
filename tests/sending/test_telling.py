"""The letters that a rehearsal shows tell most of what the campaign does."""

from __future__ import annotations

from collections.abc import Iterable

from outreach.model import Contact, Mailbox
from outreach.sending.telling import Telling


def contact(
    row: int,
    *,
    name: str = "Ann",
    lang: str = "",
    cc: bool = False,
    bcc: bool = False,
    attachments: tuple[str, ...] = (),
) -> Contact:
    """The contact of this row, in English without copies unless more is asked for."""
    address = f"person{row}@state.example"
    copy = (Mailbox("", "chief@state.example", "chief@state.example"),)
    return Contact(
        address,
        row,
        (Mailbox(name, address, address),),
        cc=copy if cc else (),
        bcc=copy if bcc else (),
        lang=lang,
        attachments=attachments,
    )


def rows_chosen(contacts: Iterable[Contact], most: int) -> list[int]:
    """The rows that are picked of these."""
    telling = Telling(most, "en")
    keys = {}
    for one in contacts:
        telling.hear(one)
        keys[one.key] = one.row
    return sorted(keys[key] for key in telling.chosen())


def test_each_thing_to_tell_has_its_letter() -> None:
    """Each language, the longest name, a copy and an attachment of its own are shown, wherever they stand."""
    contacts = [contact(row) for row in range(2, 500)]
    contacts[100] = contact(102, lang="ko")
    contacts[200] = contact(202, cc=True)
    contacts[300] = contact(302, name="A very long name indeed")
    contacts[400] = contact(402, attachments=("own.pdf",))

    assert rows_chosen(contacts, 5) == [2, 102, 202, 302, 402]


def test_one_letter_may_tell_several_things() -> None:
    """The letter that tells most is taken, and the first rows fill up what is left."""
    contacts = [
        contact(2),
        contact(3, lang="ko"),
        contact(4, bcc=True),
        contact(5, lang="ko", cc=True, attachments=("own.pdf",), name="A long name"),
        contact(6, attachments=("own.pdf",)),
    ]

    assert rows_chosen(contacts, 2) == [2, 5]
    assert rows_chosen(contacts, 4) == [2, 3, 4, 5]


def test_a_copy_that_nobody_sees_is_told_too() -> None:
    """A Bcc is a copy as a Cc is."""
    assert rows_chosen([contact(2), contact(3), contact(4), contact(5, bcc=True)], 2) == [2, 5]


def test_a_language_is_told_once_however_it_is_written() -> None:
    """No language in the row is the campaign's own, and how a tag is written makes no difference."""
    contacts = [
        contact(2),
        contact(3, lang="en"),
        contact(4, lang="EN"),
        contact(5, lang="pt-BR"),
        contact(6, lang="PT_br"),
        contact(7, lang="fr"),
    ]

    assert rows_chosen(contacts, 3) == [2, 5, 7]


def test_the_longest_name_is_told_even_among_letters_of_one_kind() -> None:
    """Where only the names differ, the longest is shown, and of two as long the first."""
    contacts = [contact(2), contact(3), contact(4, name="Longest"), contact(5, name="longest"), contact(6)]

    assert rows_chosen(contacts, 1) == [4]
    assert rows_chosen(contacts, 3) == [2, 3, 4]


def test_more_to_tell_than_letters_takes_the_first() -> None:
    """With more languages than letters, the earlier rows win; nothing is left to chance."""
    contacts = [contact(row, name="", lang=lang) for row, lang in enumerate(["fr", "de", "ko", "ar", "ja", "es"], 2)]

    assert rows_chosen(contacts, 4) == rows_chosen(contacts, 4) == [2, 3, 4, 5]


def test_a_short_list_is_taken_whole() -> None:
    """No more letters than rows; none for an empty list."""
    assert rows_chosen([contact(2), contact(3)], 5) == [2, 3]
    assert rows_chosen([], 5) == []
