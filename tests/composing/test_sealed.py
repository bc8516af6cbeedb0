"""A sealed campaign rebuilds every letter byte for byte."""

from __future__ import annotations

import dataclasses
import datetime

from outreach.composing.composer import Composer
from outreach.composing.sealed import Sealed, seal_campaign, unpack
from outreach.letter.options import CampaignOptions
from outreach.message.sender import Sender
from outreach.model import Contact, Mailbox

LETTER = b"""+++
subject = "To {{ name }}"
attachments = ["{{ file }}"]
+++
{{ salutation }}, on {{ date | date }}:

{% for s in signatories %}
- {{ s.name }}
{% endfor %}
"""
FROM = Mailbox("Coalition", "letters@coalition.example", "letters@coalition.example")
DATE = datetime.date(2023, 10, 16)


def sealed_campaign() -> Sealed:
    """A campaign with a table, an attachment to all and one of a contact's own."""
    sealed = seal_campaign(
        CampaignOptions(name="spring", attachments=("all.pdf",)),
        Sender(FROM, (FROM,), "bounces@coalition.example", "Coalition"),
        "1 Street",
        tables={"signatories": ({"name": "홍길동 <b>"}, {"name": "Z"})},
        shared_files={"templates/letter.md": LETTER, "all.pdf": b"%PDF all"},
    )
    return dataclasses.replace(sealed, own_files={"own.pdf": b"%PDF own"})


def contact() -> Contact:
    """A contact with its own attachment."""
    to = Mailbox("Min, A", "a@b.example", "a@b.example")
    fields = {"email": "a@b.example", "name": "Min, A", "salutation": "Excellency", "file": "own.pdf"}
    return Contact("a@b.example", 2, (to,), cc=(FROM,), fields=fields)


def test_what_comes_back_from_the_bundle_composes_the_same_bytes() -> None:
    """Packed and unpacked, the campaign gives the same message for the same contact and time."""
    sealed = sealed_campaign()

    again = unpack(sealed.settings_json(), sealed.files)

    first = Composer(sealed, date=DATE, campaign_id="c" * 32).message(contact(), date=1_700_000_000.0)
    second = Composer(again, date=DATE, campaign_id="c" * 32).message(contact(), date=1_700_000_000.0)
    assert again == sealed
    assert second == first
    assert first.content.count(b"application/pdf") == 2


def test_the_digest_is_of_the_text_and_not_of_single_contacts_files() -> None:
    """A changed letter, sender or common attachment changes the digest; a contact's own attachment does not."""
    sealed = sealed_campaign()
    digest = sealed.text_digest

    own = dataclasses.replace(sealed, own_files={"other.pdf": b"x"})
    letter = dataclasses.replace(sealed, shared_files={**sealed.shared_files, "templates/letter.md": LETTER + b"!"})
    common = dataclasses.replace(sealed, shared_files={**sealed.shared_files, "all.pdf": b"%PDF other"})
    sender = dataclasses.replace(sealed, postal_address="2 Street")

    assert own.text_digest == digest
    assert len({digest, letter.text_digest, common.text_digest, sender.text_digest}) == 4


def test_message_ids_differ_by_contact_and_campaign_only() -> None:
    """The Message-ID is the same on every attempt, and nobody else's."""
    sealed = sealed_campaign()
    composer = Composer(sealed, date=DATE, campaign_id="c" * 32)
    other_contact = dataclasses.replace(contact(), key="other")

    first = composer.message(contact(), date=1.0).message_id
    later = composer.message(contact(), date=2.0).message_id
    other = composer.message(other_contact, date=1.0).message_id
    elsewhere = Composer(sealed, date=DATE, campaign_id="d" * 32).message(contact(), date=1.0).message_id

    assert first == later
    assert len({first, other, elsewhere}) == 3
