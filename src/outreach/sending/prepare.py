"""What comes before any connection: the list is read and checked, and compared with what the ledger holds."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from outreach.clock import Clock
from outreach.errors import ContentError, Problem, SettingsError, UsageError
from outreach.ledger.campaign_values import CampaignRecord, CheckNote, PlanChanges
from outreach.ledger.interface import Ledger, Roster
from outreach.ledger.run_values import Quota
from outreach.policy.hours import Hours
from outreach.preflight.check import Checked, check_campaign
from outreach.preflight.examine import CheckRequest
from outreach.preflight.sources import CampaignFolder
from outreach.sending.events import Listener, RowsChecked
from outreach.sending.gate import GateTerms
from outreach.sending.options import SendRequest
from outreach.sending.timing import Timing, foresee


@dataclass(frozen=True, slots=True)
class RelayTerms:
    """What of the relay matters before and beside connecting to it."""

    host: str
    port: int
    account: str  # as the relay names it; quotas belong to it
    on_loopback: bool
    rate: float | None  # letters per second
    per_domain: dict[str, float]
    quotas: tuple[Quota, ...]
    count_recipients: bool
    connections: int
    hours: Hours | None = None  # when letters may leave
    cores: int = 1  # processors of this machine

    @property
    def shown(self) -> str:
        """Where it is, in words."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A campaign that was checked and compared, with nothing changed yet."""

    checked: Checked
    record: CampaignRecord | None  # as the ledger knows it
    changes: PlanChanges
    date: str  # the day the text prints, ISO 8601
    seal: str  # TEXT-ROWS
    going: int  # letters that would go now
    going_cc: int  # of these
    going_bcc: int
    quota_left: int | None  # in the tightest window, in the units of the quota; None without one
    timing: Timing
    unchanged: bool = False  # nothing is new since the campaign was planned, and so nothing was read
    check: CheckNote | None = None  # for the next send, once this is planned

    def forbidden(self, request: SendRequest) -> bool:
        """Whether what was found forbids sending."""
        return self.has_errors(request) or bool(self.unaccepted(request))

    def has_errors(self, request: SendRequest) -> bool:
        """Whether rows have errors, and are not left out."""
        return bool(self.checked.findings.errors) and not request.skip_bad_rows

    def unaccepted(self, request: SendRequest) -> tuple[str, ...]:
        """The codes of the warnings that nobody has accepted."""
        return tuple(sorted(self.checked.findings.warned - request.accept))

    @property
    def text_seal(self) -> str:
        """The half of the seal that the campaign is bound to."""
        return self.seal.partition("-")[0]


async def prepare(
    source: CampaignFolder,
    terms: RelayTerms,
    request: SendRequest,
    *,
    ledger: Ledger,
    roster: Roster,
    clock: Clock,
    listener: Listener,
    on_problem: Callable[[Problem], None] | None = None,
    reserved_allowed: bool = False,
) -> Prepared:
    """Check and compare; UnsafeError or ContentError where that alone forbids sending. Findings are for the caller.

    `reserved_allowed`: rows at domains reserved for examples are good ones, since nobody there is written to.
    """
    record = await ledger.campaign(source.campaign.name)
    date = text_date(source, record, clock)
    check = CheckRequest(
        source,
        date=date,
        now=max(clock.now(), request.start_at or 0.0),
        reserved_allowed=reserved_allowed or terms.on_loopback,
        only=frozenset(request.only),
        on_loopback=terms.on_loopback,
        processes=terms.cores,
        relay_host=terms.host,
        rate=terms.rate,
        quotas=terms.quotas,
    )
    due_by = (request.start_at or clock.now()) + request.wait_seconds
    checked = await check_campaign(
        check, ledger, roster, on_progress=lambda rows: listener(RowsChecked(rows)), on_problem=on_problem
    )
    _refuse_useless(checked, source, request)
    changes = await roster.compare(source.campaign.name, due_by=due_by, only=request.only)
    seal = f"{checked.sealed.text_digest[:8]}-{_seal_of_rows(changes.rows_digest, checked.sealed.own_files)}"
    going, copies = changes.outstanding, (changes.outstanding_cc, changes.outstanding_bcc)
    if request.limit is not None and request.limit < going:
        going = request.limit
        copies = await roster.copies_of_first(source.campaign.name, going, due_by=due_by, only=request.only)
    refuse_small_quota(terms, checked.most_recipients)
    quota_left = await ledger.quota_room(terms.account, terms.quotas, clock.now())
    timing = foresee(
        gate_terms(source, terms), now=clock.now(), start_at=request.start_at, letters=going, rate=terms.rate
    )
    return Prepared(checked, record, changes, date.isoformat(), seal, going, *copies, quota_left, timing)


def _refuse_useless(checked: Checked, source: CampaignFolder, request: SendRequest) -> None:
    """ContentError or UsageError where what was found makes no send, whoever skips what."""
    if request.skip_bad_rows and checked.findings.whole:
        raise ContentError(checked.findings.whole[0])
    if checked.rows == 0:
        raise ContentError(
            Problem("E19", source.contacts.file, "no contacts", "Put at least one row below the header.")
        )
    if checked.missing_only and (request.skip_bad_rows or not checked.findings.errors):
        raise UsageError(f"--only {checked.missing_only[0]}: no such address in the list", "Look it up in the list.")


def _seal_of_rows(rows_digest: str, own_files: Mapping[str, bytes]) -> str:
    """The half of the seal that stands for the rows, with the files that single rows take along."""
    digest = hashlib.sha256(rows_digest.encode())
    for path, content in sorted(own_files.items()):
        digest.update(f"\n{path}\n{hashlib.sha256(content).hexdigest()}".encode())
    return digest.hexdigest()[:8] if own_files else rows_digest[:8]


def gate_terms(source: CampaignFolder, terms: RelayTerms) -> GateTerms:
    """When letters may leave, as the settings say."""
    not_before = source.campaign.not_before
    return GateTerms(not_before.timestamp() if not_before is not None else None, terms.hours)


def refuse_small_quota(terms: RelayTerms, most_recipients: int) -> None:
    """SettingsError where a letter has more recipients than any window allows."""
    smallest = min((quota.limit for quota in terms.quotas), default=None)
    if terms.count_recipients and smallest is not None and most_recipients > smallest:
        raise SettingsError(
            f"A letter has {most_recipients} recipients, and relay.quota allows {smallest} in a window.",
            "Raise the quota, or spread the copies over several rows.",
        )


async def recover_campaign(ledger: Ledger, name: str, *, owner: str, now: float) -> None:
    """Find out what a run that died has left behind; only for whoever holds the campaign's lock."""
    record = await ledger.campaign(name)
    if record is not None:
        await ledger.recover(record.id, owner=owner, now=now)


def text_date(source: CampaignFolder, record: CampaignRecord | None, clock: Clock) -> datetime.date:
    """The stated date, else the day the campaign was sealed, else today."""
    if source.campaign.date is not None:
        return source.campaign.date
    if record is not None:
        return datetime.date.fromisoformat(record.date)
    return datetime.datetime.fromtimestamp(clock.now(), datetime.UTC).astimezone().date()
