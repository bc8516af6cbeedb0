"""The short road of a send: what has not changed since the campaign was planned is not read and checked again.

The ledger keeps what the last check depended on, as a digest, and what it found. Where anything could differ, there is
no short road: `prepare_unchanged` gives None, and all is read as for the first time.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from outreach.composing.sealed import Sealed, unpack
from outreach.contacts.formats import split_sheet
from outreach.errors import OutreachError, Problem
from outreach.ledger.campaign_values import CampaignRecord, CheckNote
from outreach.message.files import read_file_inside
from outreach.preflight.check import Checked
from outreach.preflight.finding import Findings
from outreach.preflight.letters import letter_paths
from outreach.preflight.sources import CampaignFolder
from outreach.sending.options import SendRequest
from outreach.sending.parts import SendParts
from outreach.sending.prepare import Prepared, gate_terms, refuse_small_quota, text_date
from outreach.sending.seal import is_moved
from outreach.sending.timing import foresee

_NUMBERS = ("rows", "bad_rows", "copies", "largest_bytes", "most_recipients", "subject", "one_subject", "reserved",
            "repeated", "expired", "next_expiry")  # fmt: skip


# What reads, checks, renders and composes: another version may find something else.
_PROGRAMS = ("outreach", "jinja2", "markdown-it-py", "css-inline", "email-validator", "idna", "babel")


async def prepare_unchanged(parts: SendParts, request: SendRequest) -> Prepared | None:
    """What `prepare` would give, from the ledger alone; None where something changed, or might have."""
    record = await parts.ledger.campaign(parts.source.campaign.name)
    if record is None or _asks_for_more(parts, request) or is_moved(parts, record):
        return None
    note = await parts.ledger.check_note(record.id)
    if note is None:
        return None
    found: dict[str, Any] = json.loads(note.value)
    date = text_date(parts.source, record, parts.clock).isoformat()
    now = parts.clock.now()
    a_basis_is_over = found["next_expiry"] <= max(now, request.start_at or 0.0)
    if a_basis_is_over or note.key != _key_now(parts, found["files"], date):
        return None
    due_by = (request.start_at or now) + request.wait_seconds
    changes = await parts.ledger.compare_unchanged(record.name, due_by=due_by)
    if changes is None:
        return None
    going = changes.outstanding
    if request.limit is not None and request.limit < going:
        if found["copies"]:
            return None  # which letters have them would have to be looked up
        going = request.limit
    refuse_small_quota(parts.terms, found["most_recipients"])
    return Prepared(
        await _checked(parts, record, found),
        record,
        changes,
        date,
        found["seal"],
        going,
        changes.outstanding_cc,
        changes.outstanding_bcc,
        await parts.ledger.quota_room(parts.terms.account, parts.terms.quotas, now),
        foresee(
            gate_terms(parts.source, parts.terms),
            now=now,
            start_at=request.start_at,
            letters=going,
            rate=parts.terms.rate,
        ),
        unchanged=True,
    )


def note_check(parts: SendParts, prepared: Prepared, lists: str | None) -> CheckNote | None:
    """What the ledger is to keep of this check; None where the next send has to check again.

    `lists`: what `digest_lists` gave before the list was read; one that changed meanwhile was read as we don't know.
    """
    checked, findings = prepared.checked, prepared.checked.findings
    if findings.errors or checked.bad_rows or checked.missing_only or checked.files_refused:
        return None
    if findings.levels.total() != len(findings.listed) or lists is None or lists != digest_lists(parts.source):
        return None
    found = {name: getattr(checked, name) for name in _NUMBERS}
    found["files"] = sorted(checked.sealed.files)
    found["own_files"] = sorted(checked.sealed.own_files)
    found["findings"] = [dataclasses.asdict(problem) for problem in findings.listed]
    found["seal"] = prepared.seal
    try:
        letters = letter_paths(parts.source.folder, parts.source.campaign)
    except OutreachError:
        return None
    return CheckNote(_key(parts, lists, checked.sealed.files, letters, prepared.date), json.dumps(found))


def digest_lists(source: CampaignFolder) -> str | None:
    """SHA-256 in hex over the list and the tables as they lie there; None where one can't be read."""
    shown = [source.contacts.file, *(shown for _, shown in sorted(source.tables.tables.items()))]
    try:
        return "\n".join(_digest_file(source.folder / split_sheet(file)[0]) for file in shown)
    except OSError:
        return None


def _digest_file(path: Path) -> str:
    if not path.is_file():  # to open a named pipe would wait for somebody to write into it
        raise FileNotFoundError(path)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, hashlib.sha256).hexdigest()


def _asks_for_more(parts: SendParts, request: SendRequest) -> bool:
    """Whether the flags ask for what only the full road does; a rehearsal at the sink always allows amendments."""
    amend = request.amend and not parts.place.of_sink
    return bool(amend or request.new_ledger or request.moved or request.skip_bad_rows or request.only)


def _key_now(parts: SendParts, paths: list[str], date: str) -> str | None:
    """The key for the files as they are; None where one can't be read, and the full road says why."""
    lists = digest_lists(parts.source)
    if lists is None:
        return None
    try:
        files = {path: read_file_inside(parts.source.folder, path, what="the attachment") for path in paths}
        letters = letter_paths(parts.source.folder, parts.source.campaign)  # a new language's among them
        return _key(parts, lists, files, letters, date)
    except OutreachError:
        return None


def _key(parts: SendParts, lists: str, files: Mapping[str, bytes], letters: tuple[str, ...], date: str) -> str:
    """SHA-256 in hex over all that a check depends on."""
    digest = hashlib.sha256()
    source = parts.source
    settings = (
        source.campaign,
        source.contacts,
        source.tables,
        source.sender,
        source.unsubscribe,
        source.keys,  # repr leaves out what is secret
        parts.terms.on_loopback,
        parts.terms.host,
        parts.terms.rate,
        parts.terms.quotas,
    )
    for part in (*map(version, _PROGRAMS), str(source.folder), repr(settings), date, repr(letters), lists):
        digest.update(f"{len(part)}:{part}\n".encode(errors="surrogatepass"))
    for path, content in sorted(files.items()):
        digest.update(f"{path}\n{hashlib.sha256(content).hexdigest()}\n".encode())
    return digest.hexdigest()


async def _checked(parts: SendParts, record: CampaignRecord, found: Mapping[str, Any]) -> Checked:
    """The check again, as it was found."""
    findings = Findings()
    for problem in found["findings"]:
        findings.add(Problem.from_fields(problem))
    numbers = {name: found[name] for name in _NUMBERS}
    return Checked(await _sealed(parts, record, found), findings, missing_only=(), **numbers)


async def _sealed(parts: SendParts, record: CampaignRecord, found: Mapping[str, Any]) -> Sealed:
    """The sealed value; the ledger may hold more files, of rows that were in earlier lists."""
    bundle = await parts.ledger.bundle(record.id)
    sealed = unpack(bundle.settings, {file.path: file.content for file in bundle.files})
    own = {path: sealed.own_files[path] for path in found["own_files"]}
    return dataclasses.replace(sealed, own_files=own)
