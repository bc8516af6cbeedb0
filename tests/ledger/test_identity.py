"""Contract: where a campaign lives, which letter it sends, and what it was sealed with before."""

from __future__ import annotations

from dataclasses import replace

from outreach.ledger.campaign_values import Bundle, PlanRequest, Readdressed, SentElsewhere, SourceFile
from outreach.ledger.interface import Ledger
from outreach.ledger.run_values import Refusal
from outreach.model import Kind, State
from tests.ledger.making import (
    NOW,
    contact,
    contacts,
    intent_for,
    plan,
    plan_request,
    result_for,
    send,
    start,
    states,
    suppression,
    taken,
)

LETTER = "e" * 64


def with_letter(name: str, *, text: str = "a" * 64, amend: bool = False) -> PlanRequest:
    """A request to plan a campaign with this letter."""
    request = plan_request(name, text=text, amend=amend)
    return replace(request, bundle=replace(request.bundle, letter_digest=LETTER), folder=f"/campaigns/{name}")


async def test_a_campaign_is_found_by_its_id_and_knows_its_folder(ledger: Ledger) -> None:
    """The ledger names the folder that a campaign was last planned from."""
    campaign = await plan(ledger, contacts(1), with_letter("first"))
    await plan(ledger, contacts(1), replace(with_letter("first"), folder="/moved"))

    found = await ledger.campaign_by_id(campaign.id)

    assert campaign.folder == "/campaigns/first"
    assert found == replace(campaign, folder="/moved")
    assert await ledger.campaign_by_id("0" * 32) is None


async def test_who_has_the_letter_from_another_campaign_is_found(ledger: Ledger) -> None:
    """A To of another campaign with the same letter whose letter has left, or may have; not one that waits."""
    first = await plan(ledger, [*contacts(4), contact(5, to=["a@x.example", "b@x.example"])], with_letter("first"))
    await start(ledger, first)
    deliveries = (await taken(ledger)).deliveries
    await send(ledger, deliveries[0], State.ACCEPTED)
    await send(ledger, deliveries[1], State.UNSURE)
    await send(ledger, deliveries[2], State.FAILED)
    await send(ledger, deliveries[4], State.ACCEPTED)

    async with ledger.roster() as roster:
        await roster.add([*contacts(4), contact(7, to=["B@x.example"]), contact(8)])
        total, listed = await roster.sent_elsewhere("second", LETTER, limit=2)
        same = await roster.sent_elsewhere("first", LETTER, limit=9)
        other = await roster.sent_elsewhere("second", "f" * 64, limit=9)
        unknown = await roster.sent_elsewhere("second", "", limit=9)
        before = (await roster.compare("second", due_by=NOW)).rows_digest
        await roster.sent_elsewhere("second", LETTER, limit=1)
        dropped = await roster.drop_sent_elsewhere()
        after = await roster.compare("second", due_by=NOW)

    assert total == 3
    assert listed == (
        SentElsewhere(1, "person1@example.org", "first"),
        SentElsewhere(2, "person2@example.org", "first"),
    )
    assert same == (1, (SentElsewhere(7, "B@x.example", "first"),))  # from the same campaign, in another row
    assert other == unknown == (0, ())
    assert dropped == 3
    assert (after.new, after.total) == (3, 3)
    assert after.rows_digest != before


async def test_what_was_sent_here_already_is_no_matter(ledger: Ledger) -> None:
    """A row that is not sent again anyway is not reported, whoever else has sent it too."""
    for name in ("first", "second"):
        request = with_letter(name) if name == "first" else plan_request(name)
        campaign = await plan(ledger, contacts(1), request)
        await start(ledger, campaign)
        await send(ledger, (await taken(ledger)).deliveries[0], State.ACCEPTED)

    async with ledger.roster() as roster:
        await roster.add(contacts(1))

        assert await roster.sent_elsewhere("second", LETTER, limit=9) == (0, ())


async def test_an_intent_is_refused_when_another_campaign_was_faster(ledger: Ledger) -> None:
    """Two campaigns with one letter run at once: the second body to one address never leaves; the row is cancelled."""
    second = await plan(ledger, contacts(2), with_letter("second"))
    first = await plan(ledger, contacts(1), with_letter("first"))
    await start(ledger, first)
    await send(ledger, (await taken(ledger)).deliveries[0], State.ACCEPTED)
    await start(ledger, second, owner="desk:2:bb")
    deliveries = (await taken(ledger)).deliveries

    refusals = [await ledger.commit((), intent_for(delivery)) for delivery in deliveries]

    assert refusals == [Refusal.SENT_ELSEWHERE, None]
    assert await states(ledger, second) == {State.CANCELLED: 1, State.SENDING: 1}


async def test_another_id_makes_nobody_new(ledger: Ledger) -> None:
    """Ids that come, go or shift: who has the letter is found by address, at planning and at the intent."""
    campaign = await plan(ledger, contacts(2), with_letter("first"))
    await start(ledger, campaign)
    await send(ledger, (await taken(ledger)).deliveries[0], State.ACCEPTED)
    renumbered = [contact(1, key="1"), contact(2, to=["other@x.example", "person1@example.org"], key="2")]

    async with ledger.roster() as roster:
        await roster.add(renumbered)
        total, _ = await roster.sent_elsewhere("first", LETTER, limit=9)
        await roster.plan(with_letter("first"))
    await start(ledger, campaign, owner="desk:2:bb")
    refusals = [await ledger.commit((), intent_for(one)) for one in (await taken(ledger)).deliveries]

    assert total == 2
    assert refusals == [Refusal.SENT_ELSEWHERE, Refusal.SENT_ELSEWHERE]


async def test_what_was_amended_since_is_still_known(ledger: Ledger) -> None:
    """The letter that somebody got before an amendment is found under another name, too."""
    first = await plan(ledger, contacts(1), with_letter("first"))
    await start(ledger, first)
    await send(ledger, (await taken(ledger)).deliveries[0], State.ACCEPTED)
    other = replace(with_letter("first", text="b" * 64, amend=True))
    await plan(ledger, contacts(1), replace(other, bundle=replace(other.bundle, letter_digest="f" * 64)))

    async with ledger.roster() as roster:
        await roster.add(contacts(1))

        assert (await roster.sent_elsewhere("second", LETTER, limit=9))[0] == 1
        assert (await roster.sent_elsewhere("second", "f" * 64, limit=9))[0] == 0


async def test_a_row_whose_letter_left_to_somebody_else_is_told(ledger: Ledger) -> None:
    """The id is the same and its letter has left; the address that the row has now gets none."""
    campaign = await plan(ledger, [contact(1, key="1"), contact(2, key="2")], with_letter("first"))
    await start(ledger, campaign)
    await send(ledger, (await taken(ledger)).deliveries[0], State.ACCEPTED)

    async with ledger.roster() as roster:
        await roster.add([contact(1, to=["new@x.example"], key="1"), contact(2, to=["b@x.example"], key="2")])

        assert await roster.readdressed("first") == Readdressed(1, 1, "new@x.example")


async def test_an_attachment_that_was_amended_stays_with_the_letter_that_left(ledger: Ledger) -> None:
    """Other content under the same name makes another text of it."""
    request = with_letter("first")
    own = replace(request.bundle, files=(SourceFile("own.pdf", b"one"),))
    campaign = await plan(ledger, contacts(1), replace(request, bundle=own))
    await start(ledger, campaign)
    await send(ledger, (await taken(ledger)).deliveries[0], State.ACCEPTED)
    other = replace(own, files=(SourceFile("own.pdf", b"two"),))
    await plan(ledger, contacts(1), replace(request, bundle=other, amend=True))

    assert (await ledger.earlier_texts(campaign.id))[1].bundle.files == own.files


async def test_an_amended_campaign_keeps_what_left_with_the_letters_that_left(ledger: Ledger) -> None:
    """Deliveries that have left point to the earlier text, all others to the present one; both can be read."""
    campaign = await plan(ledger, [contact(1, cc=["chief@x.example"]), *contacts(3)[1:]], with_letter("first"))
    await start(ledger, campaign)
    deliveries = (await taken(ledger)).deliveries
    assert await ledger.commit((), intent_for(deliveries[0])) is None
    waiting = result_for(
        deliveries[0],
        State.DEFERRED,
        recipients=(State.ACCEPTED, State.DEFERRED),
        kind=Kind.DEFERRED,
        due_at=NOW,
    )
    await ledger.commit((waiting,))
    new = Bundle('{"new":1}', (SourceFile("letter.md", b"Hello\n"),), "b" * 64, LETTER)

    await plan(
        ledger,
        [contact(1, cc=["chief@x.example"]), *contacts(3)[1:]],
        replace(with_letter("first", amend=True), bundle=new, date="2023-12-01"),
    )

    earlier = await ledger.earlier_texts(campaign.id)
    assert list(earlier) == [1]
    assert earlier[1].bundle.files == (SourceFile("letter.md", b"Dear\n"),)
    assert (earlier[1].bundle.text_digest, earlier[1].date) == ("a" * 64, "2023-11-14")
    assert await ledger.bundle(campaign.id) == new
    await start(ledger, campaign, owner="desk:2:bb")
    again = (await taken(ledger)).deliveries
    assert [(one.contact.row, one.earlier_text) for one in again] == [(1, 1), (2, None), (3, None)]


async def test_planning_again_without_a_change_keeps_no_earlier_text(ledger: Ledger) -> None:
    """--amend out of habit leaves nothing behind; files of new rows are added to those that are kept."""
    campaign = await plan(ledger, contacts(1), with_letter("first"))
    request = with_letter("first")
    more = replace(request.bundle, files=(*request.bundle.files, SourceFile("own.pdf", b"%PDF")))
    await plan(ledger, contacts(2), replace(request, bundle=more))
    await plan(ledger, contacts(2), replace(request, bundle=more, amend=True))

    assert await ledger.earlier_texts(campaign.id) == {}
    assert (await ledger.bundle(campaign.id)).files == more.files


async def test_the_last_run_through_an_account_is_known(ledger: Ledger) -> None:
    """When an account was used last; planning and decisions are no runs."""
    campaign = await plan(ledger, contacts(1))
    assert await ledger.last_run("letters@relay.example:465") is None
    await start(ledger, campaign)
    await start(ledger, campaign, now=NOW + 7)

    assert await ledger.last_run("letters@relay.example:465") == NOW + 7
    assert await ledger.last_run("") is None


async def test_what_another_campaign_has_sent_is_cancelled_although_a_copy_is_suppressed(ledger: Ledger) -> None:
    """It must not come back for ever: what stands against it is not the copy that is left out already."""
    rows = [contact(1, cc=["stop@example.org"])]
    await ledger.suppress([suppression("stop@example.org")])
    first, second = [await plan(ledger, rows, with_letter(name)) for name in ("first", "second")]
    await start(ledger, first)
    await send(ledger, (await taken(ledger)).deliveries[0], State.ACCEPTED)
    await start(ledger, second)

    assert await ledger.commit((), intent_for((await taken(ledger)).deliveries[0])) is Refusal.SENT_ELSEWHERE
    assert await states(ledger, second) == {State.CANCELLED: 1}
