"""What forbids a send although every row is good: it would not be what was approved, or not for the first time."""

from __future__ import annotations

from outreach.composing.sealed import unpack
from outreach.contacts.reserved import is_reserved
from outreach.errors import UnsafeError
from outreach.ledger.campaign_values import Bundle, CampaignRecord
from outreach.sending.difference import rows_difference, text_difference
from outreach.sending.options import SendRequest
from outreach.sending.parts import SendParts
from outreach.sending.prepare import Prepared
from outreach.sending.seal_file import read_seal_file
from outreach.sending.signing import refuse_other_key
from outreach.sending.standing import Standing, refuse_copies, refuse_strangers


async def refuse_unknown(parts: SendParts, request: SendRequest) -> None:
    """UnsafeError where folder, ledger and name do not belong together; told before anything is read."""
    if not parts.place.of_sink:
        record = await parts.ledger.campaign(parts.source.campaign.name)
        refuse_strangers(await _find_standing(parts, record), new_ledger=request.new_ledger)


async def refuse_unsafe(parts: SendParts, prepared: Prepared, request: SendRequest) -> None:
    """UnsafeError where sending could reach somebody twice, or would not be what was approved."""
    if not parts.place.of_sink and prepared.changes.outstanding:
        refuse_copies(await _find_standing(parts, prepared.record), moved=request.moved)
    refuse_reserved_sender(parts, prepared)
    if prepared.changes.outstanding:
        await refuse_other_key(parts.ledger, parts.source)
    refuse_other_seal(prepared, request)
    if prepared.record is not None and not request.amend:
        await _refuse_changes(parts, prepared, prepared.record)


def refuse_other_seal(prepared: Prepared, request: SendRequest) -> None:
    """UnsafeError where a seal was asked for, and letter or list are not what it stands for."""
    if request.seal is None or request.seal == prepared.seal:
        return
    text, _, rows = request.seal.partition("-")
    now_text, _, now_rows = prepared.seal.partition("-")
    changed = " and ".join(
        what for what, is_other in (("the letter", text != now_text), ("the list", rows != now_rows)) if is_other
    )
    raise UnsafeError(
        f"--seal {request.seal}: {changed} changed since; the seal is {prepared.seal} now.",
        "Look at outreach send --dry-run, and have the seal approved that it shows.",
    )


def refuse_reserved_sender(parts: SendParts, prepared: Prepared) -> None:
    """UnsafeError where answers or bounces of real letters would go to an address that nobody can have."""
    sender = prepared.checked.sealed.sender
    domains = {sender.from_.domain, sender.envelope_from.rpartition("@")[2].lower()}
    for domain in sorted(domains | {mailbox.domain for mailbox in sender.reply_to}):
        if is_reserved(domain) and not parts.terms.on_loopback:
            raise UnsafeError(
                f"The sender is at {domain}, which is reserved for examples: no answer can reach you.",
                "Put your own address in, under [sender].",
            )


async def _find_standing(parts: SendParts, record: CampaignRecord | None) -> Standing:
    """What seal file and ledger know of the campaign."""
    path = parts.source.seal_path
    seal = read_seal_file(path)
    return Standing(
        name=parts.source.campaign.name,
        seal_path=path,
        machine=parts.identity.machine,
        seal=seal,
        record=record,
        sealed_record=await parts.ledger.campaign_by_id(seal.id) if seal else None,
        records=await parts.ledger.last_record() if seal else 0,
        ledger=str(parts.place.path),
        ledger_in_folder=parts.place.in_folder,
    )


def amendments(prepared: Prepared) -> str:
    """What an amendment would change, in words; empty where nothing is amended."""
    record, changes = prepared.record, prepared.changes
    if record is None:
        return ""
    words = []
    if record.text_digest != prepared.checked.sealed.text_digest:
        words.append(f"the letter, sealed as {record.text_digest[:8]} before")
    if changes.changed:
        words.append("1 row" if changes.changed == 1 else f"{changes.changed} rows")
    return " and ".join(words)


async def _refuse_changes(parts: SendParts, prepared: Prepared, record: CampaignRecord) -> None:
    """UnsafeError where letter, rows or files are not what they were sealed as; it shows the difference."""
    bundle = await parts.ledger.bundle(record.id)
    now = prepared.checked.sealed
    if record.text_digest != now.text_digest:
        sealed = unpack(bundle.settings, {file.path: file.content for file in bundle.files})
        raise UnsafeError(
            f'The letter of "{record.name}" has changed since it was sealed as {record.text_digest[:8]}.',
            "Put the sealed text back, or say --amend to send the new one to those who have none yet.",
            details=text_difference(sealed, now),
        )
    _refuse_changed_files(prepared, bundle)
    if changed := prepared.changes.changed:
        rows = "1 row has changed since it was" if changed == 1 else f"{changed} rows have changed since they were"
        raise UnsafeError(
            f"{rows} planned.",
            "If that is meant, say --amend; what has left is never touched.",
            details=rows_difference(prepared.changes.changed_examples, changed),
        )


def _refuse_changed_files(prepared: Prepared, bundle: Bundle) -> None:
    """A contact's own attachment must stay what it was: the letters that left could not be shown otherwise."""
    sealed = {file.path: file.content for file in bundle.files}
    for path, content in prepared.checked.sealed.own_files.items():
        if path in sealed and sealed[path] != content:
            raise UnsafeError(
                f"{path} has changed since the campaign was sealed.",
                "Give the new file a new name, and name that in the list.",
            )
