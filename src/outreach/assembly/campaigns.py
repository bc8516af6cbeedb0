"""A campaign as its folder and its settings describe it, and what its letters are signed with."""

from __future__ import annotations

import secrets
from pathlib import Path

from outreach.composing.keys import Keys
from outreach.composing.sealed import offers_way_out
from outreach.config import Settings, ledger_path, make_key_file, read_key
from outreach.errors import OutreachError, SettingsError
from outreach.ledger.campaign_values import CampaignRecord
from outreach.message.dkim_key import read_signing
from outreach.model import SecretReference
from outreach.preflight.sources import CampaignFolder
from outreach.sending.seal_file import read_seal_file
from outreach.sending.standing import ledger_lost
from outreach.tokens import STAND_IN_KEY


def campaign_folder(settings: Settings, *, for_sending: bool = False) -> CampaignFolder:
    """The campaign as its folder and its settings describe it; `for_sending`: what it needs is made, not stood in.

    SettingsError where a key to sign with can't be used.
    """
    return CampaignFolder(
        folder=settings.folder,
        campaign=settings.require_campaign(),
        contacts=settings.contacts,
        tables=settings.data,
        sender=settings.require_sender(),
        seal=_seal_name(settings),
        unsubscribe=settings.unsubscribe,
        keys=Keys(_signing_key(settings, for_sending=for_sending), read_signing(settings.dkim)),
    )


def _signing_key(settings: Settings, *, for_sending: bool) -> bytes:
    """The key for this campaign's links to unsubscribe; one that stands in where its letters need none, or don't leave.

    Then a key that a program gives is left alone.
    """
    options, path = settings.unsubscribe, key_path(settings)
    is_needed = offers_way_out(settings.require_campaign(), options)
    if is_needed and options.key is not None and (for_sending or options.key.kind in ("env", "file")):
        return unsubscribe_key(settings)
    if is_needed and options.key is None and for_sending:
        make_key_file(path, lambda: secrets.token_hex(32))
    return unsubscribe_key(settings) if options.key is None and path.exists() else STAND_IN_KEY


def unsubscribe_key(settings: Settings) -> bytes:
    """The key that signs links to unsubscribe; SettingsError where there is none."""
    reference = settings.unsubscribe.key or SecretReference("file", str(key_path(settings)))
    return read_key(reference, environ=settings.environment, folder=settings.folder)


def key_path(settings: Settings) -> Path:
    """Where the key is that was made for the ledger of these settings."""
    return ledger_path(settings).absolute().with_name("unsubscribe.key")


def _seal_name(settings: Settings) -> str:
    return f"{settings.file.stem if settings.file else 'outreach'}.seal"


def lost_ledger(settings: Settings, record: CampaignRecord | None) -> OutreachError | None:
    """What is wrong where the ledger knows no `record` of the campaign, and its seal file says that there was one."""
    name = settings.require_campaign().name
    if record is not None:
        return None
    try:
        seal = read_seal_file(settings.folder / _seal_name(settings))
    except SettingsError as error:
        return error
    return None if seal is None or seal.name != name else ledger_lost(name, seal, str(ledger_path(settings)))
