"""Contacts as JSON."""

from __future__ import annotations

import string
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from outreach.ledger.encoding import contact_from_json, contact_to_json, digest_contact
from outreach.model import Contact, Mailbox
from tests.ledger.making import contact

words = st.text(st.characters(codec="utf-8"), max_size=20)
mailboxes = st.builds(Mailbox, words, words, words)
several = st.lists(mailboxes, max_size=3).map(tuple)
people = st.builds(
    Contact,
    key=words,
    row=st.integers(1, 10**9),
    to=several,
    cc=several,
    bcc=several,
    lang=words,
    attachments=st.lists(words, max_size=2).map(tuple),
    fields=st.dictionaries(st.text(string.ascii_lowercase), words, max_size=4),
)


@given(people)
def test_a_contact_comes_back_as_it_was(person: Contact) -> None:
    """Whatever is in a contact, it is the same after the way to JSON and back."""
    assert contact_from_json(contact_to_json(person), row=person.row) == person


def test_the_digest_is_about_the_content() -> None:
    """Moving a row or its columns changes no digest; changing a value does."""
    one = contact(1, city="Seoul", office="Consul")
    moved = replace(one, row=9, fields=dict(reversed(list(one.fields.items()))))
    other = contact(1, city="Busan", office="Consul")

    digests = [digest_contact(contact_to_json(person)) for person in (one, moved, other)]

    assert digests[0] == digests[1] != digests[2]
