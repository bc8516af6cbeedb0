"""The headings by which a list that exists already calls our columns, in Korean and English."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

# By our name; as a header is normalised: small letters, blanks as "_". What has our name already needs no word.
_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "name": ("이름", "성명", "full_name"),
    "lang": ("언어", "language"),
    "cc": ("참조", "copy_to"),
    "bcc": ("숨은참조", "숨은_참조", "blind_copy_to", "blind_copy"),
    "salutation": ("호칭", "form_of_address"),
    "id": ("아이디", "식별자", "identifier"),
}
_OF_ADDRESSES = ("cc", "bcc")


def recognise(columns: Sequence[str], email: str, *, holds_addresses: Callable[[str], bool]) -> Mapping[str, str]:
    """Ours to theirs, for the columns that mean something under another name; `email` is the one of the addresses.

    A column of copies must hold addresses: a note about something may have the same heading.
    """
    mapped = {"email": email} if email else {}
    for ours, headings in _HEADINGS.items():
        if ours in columns:
            continue
        for theirs in headings:
            if theirs in columns and theirs != email and (ours not in _OF_ADDRESSES or holds_addresses(theirs)):
                mapped[ours] = theirs
                break
    return mapped
