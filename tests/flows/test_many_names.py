"""Five hundred names of the world arrive as they stand."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from outreach.model import Letter
from tests.flows.campaign import Campaign
from tests.flows.conftest import StartSink
from tests.flows.names import as_csv, offices
from tests.letter.support import shown_text
from tests.message.reading import decode_text, headers, parse, read_mailboxes

pytestmark = pytest.mark.flow

LETTER = """\
+++
subject = "To {{ name }}"
+++
{{ salutation }},

we call on **{{ name }}**님 to speak up.

- {{ name }}
"""


def test_each_of_500_contacts_gets_one_right_message(campaign: Campaign, start_sink: StartSink) -> None:
    """One message each, without defects for the standard library, with the right name, salutation, Cc and subject."""
    sink = start_sink()
    campaign.use_port(sink.port)
    rows = offices()
    campaign.write("contacts/officials.csv", as_csv(rows))
    campaign.write("templates/letter.md", LETTER)

    sent = campaign.run("send", "--confirm", "500", "--accept", "W10,W20", "--json")

    assert sent.json["counts"]["accepted"] == 500
    assert sink.count == 500
    assert set(sink.accepted_by_recipient().values()) == {1}
    by_address = {}
    for received in sink.messages:
        parsed = parse(received.content)
        by_address[parsed["To"].addresses[0].addr_spec] = (parsed, headers(received.content))
    for row in rows:
        parsed, raw = by_address[row.email]
        assert decode_text(raw["Subject"]) == f"To {row.name}"
        assert read_mailboxes(raw["To"]) == [(row.name, row.email)]
        assert body(parsed, "plain").startswith(f"{row.salutation},\n\nwe call on {row.name}님 to speak up.")
        assert f"we call on {row.name}님 to speak up." in shown_text(html_letter(body(parsed, "html")))
        assert ("Cc" in raw) is bool(row.cc)
        if row.cc:
            name, _, address = row.cc.rstrip(">").rpartition(" <")
            assert read_mailboxes(raw["Cc"]) == [(name, address)]


def html_letter(html: str) -> Letter:
    """The HTML part, for reading as a browser shows it."""
    return Letter(subject="", text="", html=html, lang="")


def body(parsed: EmailMessage, subtype: str) -> str:
    """The text of one part, with line ends as in Python."""
    part = parsed.get_body((subtype,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")
