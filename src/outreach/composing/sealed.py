"""What a campaign's text is made of, as one value that packs into a bundle for the ledger and comes back from it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from outreach.letter.options import SENT_ON_CONSENT, CampaignOptions
from outreach.message.list_headers import Unsubscribe
from outreach.message.options import UnsubscribeOptions
from outreach.message.sender import Sender
from outreach.model import Mailbox

Table = tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sealed:
    """Everything but the contact, the time and the campaign's id that the bytes of a message depend on."""

    campaign: str  # its name
    letter: str  # path of the letter
    default_lang: str
    line_breaks: str  # keep | join
    date: str  # ISO 8601 where the settings state one or the letter prints it, else empty
    purpose: str
    sender: Sender
    postal_address: str
    tables: Mapping[str, Table]
    attachments: tuple[str, ...]  # paths: to everyone
    shared_files: Mapping[str, bytes]  # letter, attachments to everyone, images: part of the text
    own_files: Mapping[str, bytes]  # attachments of single contacts: kept, not part of the text
    contact: str = ""  # for the footer; empty for where answers go
    reason: Mapping[str, str] = field(default_factory=dict)  # for the footer, by language
    ad_label: bool = False  # (광고) in front of the subject
    unsubscribe: Unsubscribe | None = None  # None where no letter offers it

    @property
    def files(self) -> dict[str, bytes]:
        """All files, by path."""
        return {**self.shared_files, **self.own_files}

    @property
    def text_digest(self) -> str:
        """SHA-256 in hex over all that is the same for everyone."""
        digest = hashlib.sha256(self.settings_json().encode())
        for path, content in sorted(self.shared_files.items()):
            digest.update(f"\n{path}\n{len(content)}\n".encode())
            digest.update(content)
        return digest.hexdigest()

    @property
    def letter_digest(self) -> str:
        """SHA-256 in hex over what is said: letter, tables and files, whatever they and the campaign are called.

        Two campaigns that differ only in name, date or sender have the same.
        """
        tables = json.dumps(sorted([list(row.items()) for row in rows] for rows in self.tables.values()))
        contents = sorted(hashlib.sha256(content).hexdigest() for content in self.shared_files.values())
        return hashlib.sha256("\n".join([tables, *contents]).encode()).hexdigest()

    def settings_json(self) -> str:
        """Canonical JSON of all that is not a file, and the names of the shared files."""
        more = {"contact": self.contact, "reason": dict(self.reason), "ad_label": self.ad_label}
        if self.unsubscribe is not None:
            more["unsubscribe"] = dataclasses.asdict(self.unsubscribe)
        return json.dumps(
            {
                # Only what is there, so that what was sealed before there were such settings keeps its digest.
                **{name: value for name, value in more.items() if value},
                "campaign": self.campaign,
                "letter": self.letter,
                "default_lang": self.default_lang,
                "line_breaks": self.line_breaks,
                "date": self.date,
                "purpose": self.purpose,
                "sender": dataclasses.asdict(self.sender),
                "postal_address": self.postal_address,
                "tables": {name: [dict(row) for row in rows] for name, rows in self.tables.items()},
                "attachments": list(self.attachments),
                "shared_files": sorted(self.shared_files),
            },
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        )


def unpack(settings: str, files: Mapping[str, bytes]) -> Sealed:
    """The sealed value again, from what `settings_json` gave and the files by path."""
    fields: dict[str, Any] = json.loads(settings)
    shared = set(fields.pop("shared_files"))
    sender = fields.pop("sender")
    tables = fields.pop("tables")
    unsubscribe = fields.pop("unsubscribe", None)
    return Sealed(
        **{**fields, "attachments": tuple(fields["attachments"])},
        sender=Sender(
            from_=Mailbox(**sender["from_"]),
            reply_to=tuple(Mailbox(**mailbox) for mailbox in sender["reply_to"]),
            envelope_from=sender["envelope_from"],
            organization=sender["organization"],
        ),
        tables={name: tuple(rows) for name, rows in tables.items()},
        unsubscribe=None if unsubscribe is None else Unsubscribe(**unsubscribe),
        shared_files={path: content for path, content in files.items() if path in shared},
        own_files={path: content for path, content in files.items() if path not in shared},
    )


def seal_campaign(
    options: CampaignOptions,
    sender: Sender,
    postal_address: str,
    *,
    tables: Mapping[str, Table],
    shared_files: Mapping[str, bytes],
    contact: str = "",
    unsubscribe: UnsubscribeOptions = UnsubscribeOptions(),  # noqa: B008 - frozen
) -> Sealed:
    """The value for these settings and files, without any single contact's attachments yet."""
    return Sealed(
        campaign=options.name,
        letter=options.letter,
        default_lang=options.default_lang,
        line_breaks=options.line_breaks,
        date=options.date.isoformat() if options.date else "",
        purpose=options.purpose,
        sender=sender,
        postal_address=postal_address,
        tables=tables,
        attachments=options.attachments,
        shared_files=shared_files,
        own_files={},
        contact=contact,
        reason=options.reason,
        ad_label=options.ad_label,
        unsubscribe=_unsubscribe(options, sender, unsubscribe),
    )


def offers_way_out(options: CampaignOptions, settings: UnsubscribeOptions) -> bool:
    """Whether the letters say how to get off the list: there is a way, and the purpose or the settings ask for it."""
    return settings.is_there and (settings.always or options.purpose in SENT_ON_CONSENT)


def _unsubscribe(options: CampaignOptions, sender: Sender, settings: UnsubscribeOptions) -> Unsubscribe | None:
    """How recipients get off the list, where the letters say so."""
    if not offers_way_out(options, settings):
        return None
    # The same for every campaign of this kind (RFC 2919, 3).
    list_id = settings.list_id or f"{options.purpose}.{sender.from_.domain}"
    return Unsubscribe(settings.url, settings.mailto, list_id)
