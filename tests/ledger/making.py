"""Values for the ledger's tests, short to write."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from outreach.ledger.campaign_values import Bundle, CampaignRecord, PlanRequest, SourceFile
from outreach.ledger.interface import Ledger
from outreach.ledger.record_values import Decision, Suppression
from outreach.ledger.run_values import Intent, Quota, Result, RunRequest, TakenSlice
from outreach.model import (
    Answer,
    Concern,
    Contact,
    Delivery,
    Kind,
    Mailbox,
    Outcome,
    RecipientState,
    Reply,
    Stage,
    State,
)

NOW = 1_700_000_000.0
NAME = "repatriation"
ACCEPTED = Reply(Stage.DOT, 250, "2.0.0", "Ok: queued as 1A2B")
REFUSED = Reply(Stage.RCPT, 550, "5.1.1", "User unknown")
BUSY = Reply(Stage.RCPT, 451, "4.7.1", "Try again later")


def mailbox(address: str, name: str = "") -> Mailbox:
    """A mailbox whose address needs no normalising."""
    return Mailbox(name, address, address)


def contact(
    row: int,
    *,
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
    key: str = "",
    **fields: str,
) -> Contact:
    """A row of the list; by default to person<row>@example.org."""
    addresses = tuple(to) or (f"person{row}@example.org",)
    return Contact(
        key=key or addresses[0].casefold(),
        row=row,
        to=tuple(mailbox(address, f"Person {row}") for address in addresses),
        cc=tuple(mailbox(address) for address in cc),
        bcc=tuple(mailbox(address) for address in bcc),
        fields={"email": addresses[0], **fields},
    )


def contacts(count: int) -> list[Contact]:
    """The rows 1 to count."""
    return [contact(row) for row in range(1, count + 1)]


def bundle(text: str = "a" * 64) -> Bundle:
    """What a campaign is sealed with."""
    return Bundle('{"from":"letters@example.org"}', (SourceFile("letter.md", b"Dear\n"),), text)


def plan_request(
    name: str = NAME, *, size: int = 10, text: str = "a" * 64, amend: bool = False, not_before: float | None = None
) -> PlanRequest:
    """A request to plan."""
    return PlanRequest(
        name=name,
        bundle=bundle(text),
        date="2023-11-14",
        slice_size=size,
        now=NOW,
        who="ana@desk",
        amend=amend,
        new_id=sha256(name.encode()).hexdigest()[:32],
        not_before=not_before,
    )


async def plan(ledger: Ledger, rows: Sequence[Contact], request: PlanRequest | None = None) -> CampaignRecord:
    """Plan these rows."""
    async with ledger.roster() as roster:
        await roster.add(rows)
        return await roster.plan(request or plan_request())


async def start(
    ledger: Ledger,
    campaign: CampaignRecord,
    *,
    owner: str = "desk:1:aa",
    quotas: tuple[Quota, ...] = (),
    now: float = NOW,
) -> int:
    """Begin a run."""
    return await ledger.start_run(RunRequest(campaign.id, owner, "letters@relay.example:465", quotas, now))


async def taken(ledger: Ledger, *, now: float = NOW, only: Sequence[str] = ()) -> TakenSlice:
    """The next slice; there must be one."""
    found = await ledger.take_slice(now, only=only)
    assert found is not None
    return found


async def running(
    ledger: Ledger,
    rows: Sequence[Contact],
    *,
    size: int = 10,
    quotas: tuple[Quota, ...] = (),
) -> tuple[CampaignRecord, TakenSlice]:
    """Plan these rows, begin a run and take its first slice."""
    campaign = await plan(ledger, rows, plan_request(size=size))
    await start(ledger, campaign, quotas=quotas)
    return campaign, await taken(ledger)


def intent_for(delivery: Delivery, *, at: float = NOW, units: int = 1, attempt: int = 0) -> Intent:
    """The intent of the delivery's next attempt, naming everybody that is outstanding."""
    return Intent(
        delivery_id=delivery.id,
        slice=delivery.slice,
        epoch=delivery.epoch,
        attempt=attempt or delivery.attempt + 1,
        at=at,
        date=NOW,
        message_id=f"<{delivery.id}@example.org>",
        digest="d" * 64,
        named=tuple(index for index, one in enumerate(delivery.recipients) if one in delivery.outstanding),
        units=units,
    )


def result_for(
    delivery: Delivery,
    state: State,
    *,
    at: float = NOW,
    recipients: Sequence[State] = (),
    answer: Answer | None = ACCEPTED,
    kind: Kind | None = None,
    due_at: float = 0.0,
    had_intent: bool = True,
) -> Result:
    """What became of the delivery's next attempt; every recipient in the delivery's state unless told."""
    states = tuple(recipients) or (state,) * len(delivery.recipients)
    reply = answer if isinstance(answer, Reply) else None
    outcome_kind = kind or Kind(state.value)
    return Result(
        delivery_id=delivery.id,
        slice=delivery.slice,
        attempt=delivery.attempt + 1,
        at=at,
        state=state,
        recipients=tuple(
            RecipientState(one.role, one.mailbox, new, reply)
            for one, new in zip(delivery.recipients, states, strict=True)
        ),
        outcome=Outcome(outcome_kind, Concern.RECIPIENT, "as the relay said", answer),
        due_at=due_at,
        charged=outcome_kind is not Kind.UNTRIED,
        had_intent=had_intent,
    )


async def send(ledger: Ledger, delivery: Delivery, state: State, *, at: float = NOW, due_at: float = 0.0) -> None:
    """An intent and its result."""
    assert await ledger.commit((), intent_for(delivery, at=at)) is None
    await ledger.commit((result_for(delivery, state, at=at, due_at=due_at),))


def decision_for(
    campaign: CampaignRecord,
    to: State,
    *from_states: State,
    keys: Sequence[str] = (),
) -> Decision:
    """What a person decides."""
    return Decision(campaign.id, from_states, to, tuple(keys), "ana@desk", "resolve", NOW + 5, "she asked them")


def suppression(address: str) -> Suppression:
    """An entry of the suppression list."""
    return Suppression(address.casefold(), address, "asked us to stop", "ana@desk", NOW)


async def states(ledger: Ledger, campaign: CampaignRecord) -> dict[State, int]:
    """How many deliveries stand where, without the zeros."""
    balance = await ledger.balance(campaign.id)
    assert balance.total == sum(balance.counts.values())
    return {state: count for state, count in balance.counts.items() if count}
