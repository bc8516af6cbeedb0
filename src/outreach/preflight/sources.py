"""Reads what a campaign is made of from its folder: the letter, the tables, the sender, the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from outreach.composing.keys import NO_KEYS, Keys
from outreach.composing.sealed import Sealed, Table, offers_way_out, seal_campaign
from outreach.contacts.address import AddressError, parse_mailbox, parse_mailboxes
from outreach.contacts.options import ContactsOptions, TablesOptions
from outreach.contacts.tables import parse_table
from outreach.errors import ContentError, SettingsError
from outreach.letter.options import SENT_ON_CONSENT, CampaignOptions
from outreach.message.files import read_file_inside
from outreach.message.options import SenderOptions, UnsubscribeOptions
from outreach.message.sender import Sender
from outreach.model import Mailbox
from outreach.preflight.letters import letter_paths


@dataclass(frozen=True, slots=True)
class CampaignFolder:
    """A campaign as its folder and its settings describe it."""

    folder: Path
    campaign: CampaignOptions
    contacts: ContactsOptions
    tables: TablesOptions
    sender: SenderOptions
    seal: str = "outreach.seal"  # the name of its seal file
    unsubscribe: UnsubscribeOptions = field(default_factory=UnsubscribeOptions)
    keys: Keys = NO_KEYS  # no part of its text

    @property
    def offers_way_out(self) -> bool:
        """Whether its letters say how to get off the list."""
        return offers_way_out(self.campaign, self.unsubscribe)

    @property
    def seal_path(self) -> Path:
        """Where its seal file lies."""
        return self.folder / self.seal


@dataclass(slots=True)
class FolderFiles(Mapping[str, bytes]):
    """The files of the folder, read when first asked for and kept; ContentError for one that can't be used."""

    folder: Path
    read: dict[str, bytes] = field(default_factory=dict)
    refused: bool = False  # whether any could not be used

    def __getitem__(self, path: str) -> bytes:
        """The content of the file, from inside the folder only."""
        if path not in self.read:
            try:
                self.read[path] = read_file_inside(self.folder, path, what="the attachment")
            except ContentError:
                self.refused = True
                raise
        return self.read[path]

    def __contains__(self, path: object) -> bool:
        """Whether it may be asked for: any name may, the answer can be an error."""
        return isinstance(path, str)

    def __iter__(self) -> Iterator[str]:
        return iter(self.read)

    def __len__(self) -> int:
        return len(self.read)


def read_sources(source: CampaignFolder, files: FolderFiles) -> Sealed:
    """The campaign's text as the folder holds it now. ContentError or SettingsError where something is wrong."""
    _refuse_no_way_out(source)
    paths = (*letter_paths(source.folder, source.campaign), *source.campaign.attachments)
    shared = {path: _read_shared(files, path) for path in paths}
    return seal_campaign(
        source.campaign,
        read_sender(source.sender),
        source.sender.postal_address,
        tables=_read_tables(source.folder, source.tables),
        shared_files=shared,
        contact=source.sender.contact,
        unsubscribe=source.unsubscribe,
    )


def _refuse_no_way_out(source: CampaignFolder) -> None:
    """SettingsError where those who are written to on their consent could not take it back."""
    if source.campaign.purpose in SENT_ON_CONSENT and not source.unsubscribe.is_there:
        raise SettingsError(
            f'[campaign] purpose = "{source.campaign.purpose}": such letters need a way to unsubscribe; none is set',
            'Set url = "https://…" or mailto = "…@…" under [unsubscribe], better both.',
        )


def _read_shared(files: FolderFiles, path: str) -> bytes:
    """A file that [campaign] names; the problem says so."""
    try:
        return files[path]
    except ContentError as error:
        problem = replace(error.problem, message=f"{error.problem.message}, named under [campaign]")
        raise ContentError(problem) from error


def _read_tables(folder: Path, options: TablesOptions) -> dict[str, Table]:
    """Every [data] table, by name."""
    # Tables are sealed as parsed rows: their raw files are not part of the text.
    tables: dict[str, Table] = {}
    for name, shown in options.tables.items():
        path = shown.partition("#")[0]
        if not (folder / path).exists():
            raise SettingsError(f"{path}: no such file", f'Correct "{name}" under [data], or put the file there.')
        content = read_file_inside(folder, path, what="the table")
        tables[name] = parse_table(name, content, shown=shown, encoding=options.encoding)
    return tables


def read_sender(options: SenderOptions) -> Sender:
    """The sender's addresses, parsed; SettingsError names the setting that is wrong."""
    from_ = _mailbox(options.from_, "from")
    try:
        reply_to = parse_mailboxes(options.reply_to) if options.reply_to else ()
    except AddressError as error:
        raise SettingsError(
            f'[sender] reply_to = "{options.reply_to}": {error}', "Write it as Name <address>."
        ) from error
    envelope_from = _mailbox(options.envelope_from, "envelope_from").wire if options.envelope_from else from_.wire
    return Sender(from_=from_, reply_to=reply_to, envelope_from=envelope_from, organization=options.organization)


def _mailbox(text: str, key: str) -> Mailbox:
    try:
        return parse_mailbox(text)
    except AddressError as error:
        raise SettingsError(f'[sender] {key} = "{text}": {error}', "Write one address, as Name <address>.") from error
