"""A redirected letter says what the original says, to somebody else, and can't reach anyone it was meant for."""

from __future__ import annotations

import dataclasses

import pytest

from outreach.composing.composer import Composer
from outreach.composing.redirect import Redirect, RedirectComposer, original_contact, redirected_sender
from outreach.model import Contact, Mailbox, Message
from tests.composing.test_sealed import DATE, contact, sealed_campaign
from tests.message.reading import decode_text, headers, parse, read_mailboxes

YOU = Mailbox("", "you@home.example", "you@home.example")
OTHER = Mailbox("Ana", "ana@home.example", "ana@home.example")
SEAL = "3f9a1c2e-77b0d41a"
BCC = Mailbox("Archive", "archive@b.example", "archive@b.example")


def meant() -> Contact:
    """A contact with a Cc, a Bcc and an attachment of its own."""
    return dataclasses.replace(contact(), bcc=(BCC,))


def redirected(original: Contact, *to: Mailbox, rehearsal_id: str = "d" * 32) -> Message:
    """The test letter that stands for this contact."""
    redirect = Redirect(to or (YOU,), SEAL)
    composer = RedirectComposer(sealed_campaign(), redirect, date=DATE, rehearsal_id=rehearsal_id)
    return composer.message(redirect.contact(original), date=1_700_000_000.0)


def test_only_the_new_recipients_are_named_where_anybody_is_reached() -> None:
    """Envelope, To and Reply-To are the named addresses; there is no Cc and no Bcc."""
    message = redirected(meant(), YOU, OTHER)

    raw = headers(message.content)
    assert [one.mailbox for one in message.recipients] == [YOU, OTHER]
    assert read_mailboxes(raw["To"]) == read_mailboxes(raw["Reply-To"]) == [("", YOU.address), ("Ana", OTHER.address)]
    assert raw.keys() & {"Cc", "Bcc"} == set()


def test_the_originals_stand_in_headers_of_their_own() -> None:
    """Whom the letter would have reached, and who would have been answered to, can be read."""
    raw = headers(redirected(meant()).content)

    assert read_mailboxes(raw["X-Outreach-Original-To"]) == [("Min, A", "a@b.example")]
    assert read_mailboxes(raw["X-Outreach-Original-Cc"]) == [("Coalition", "letters@coalition.example")]
    assert read_mailboxes(raw["X-Outreach-Original-Bcc"]) == [("Archive", "archive@b.example")]
    assert read_mailboxes(raw["X-Outreach-Original-Reply-To"]) == [("Coalition", "letters@coalition.example")]
    assert decode_text(raw["Subject"]) == f"[TEST for a@b.example {SEAL}] To Min, A"


def test_the_letter_is_the_original_one() -> None:
    """Text, HTML and attachments are those of the real message."""
    real = Composer(sealed_campaign(), date=DATE, campaign_id="c" * 32).message(meant(), date=1_700_000_000.0)

    test = redirected(meant())

    parts = [
        [(part.get_content_type(), part.get_payload(decode=True)) for part in parse(message.content).walk()]
        for message in (real, test)
    ]
    assert parts[0] == parts[1]
    assert len(parts[0]) == 6


@pytest.mark.parametrize("rehearsal_id", ["d" * 32, "e" * 32])
def test_its_message_id_is_nobody_elses(rehearsal_id: str) -> None:
    """Neither the real message's, nor another rehearsal's."""
    real = Composer(sealed_campaign(), date=DATE, campaign_id="c" * 32).message(meant(), date=1.0)

    test = redirected(meant(), rehearsal_id=rehearsal_id)

    assert test.message_id not in {real.message_id, redirected(meant(), rehearsal_id="f" * 32).message_id}


def test_a_contact_comes_back_as_it_was() -> None:
    """Redirecting a contact loses nothing, and the letter sees no field more."""
    assert original_contact(Redirect((YOU,), SEAL).contact(meant())) == meant()


def test_several_are_counted_in_the_subject() -> None:
    """A letter to several says for whom first, and how many more."""
    several = dataclasses.replace(meant(), to=(*meant().to, YOU, OTHER))

    assert Redirect((YOU,), SEAL).subject(several, "A call") == f"[TEST for a@b.example and 2 more {SEAL}] A call"


def test_the_redirected_sender_is_answered_to_elsewhere() -> None:
    """Nothing but the Reply-To changes."""
    sealed = sealed_campaign()

    changed = redirected_sender(sealed, Redirect((YOU,), SEAL))

    assert changed.sender.reply_to == (YOU,)
    assert dataclasses.replace(changed, sender=sealed.sender) == sealed
