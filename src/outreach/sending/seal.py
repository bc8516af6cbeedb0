"""Keeps the seal file in step with the ledger: written after the commit, written again where it is missing."""

from __future__ import annotations

from outreach.ledger.campaign_values import CampaignRecord
from outreach.sending.parts import SendParts
from outreach.sending.prepare import Prepared
from outreach.sending.seal_file import SealFile, read_seal_file, write_seal_file
from outreach.sending.standing import home_of


async def keep_seal(parts: SendParts, prepared: Prepared) -> None:
    """Write the seal file unless it says what is so. What goes to the test sink is not sealed: nobody gets it."""
    record = prepared.record
    if record is None or parts.place.of_sink or is_moved(parts, record):
        return
    path = parts.source.seal_path
    seal = SealFile(
        record.name,
        record.id,
        record.text_digest,
        float(int(record.created_at)),
        prepared.changes.total,
        await parts.ledger.last_record(),
    )
    if read_seal_file(path) != seal:
        write_seal_file(path, seal)


def is_moved(parts: SendParts, record: CampaignRecord) -> bool:
    """Whether the ledger knows the campaign in another folder."""
    return record.folder not in ("", home(parts))


def home(parts: SendParts) -> str:
    """Where the campaign is sent from now, as the ledger remembers it."""
    return home_of(parts.identity.machine, parts.source.folder)


def new_campaign_id(parts: SendParts) -> str:
    """A random id; where the ledger is lost, the one it had, so that second copies bear the same Message-ID.

    By that a receiver's mail program can recognise them, and show one.
    """
    seal = None if parts.place.of_sink else read_seal_file(parts.source.seal_path)
    return seal.id if seal is not None else parts.identity.new_id()
