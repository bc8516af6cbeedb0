"""`outreach suppress add --token`: whoever unsubscribed is found by what came back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from outreach.cli.common import wait_for
from outreach.cli.terminal import say, talk
from outreach.errors import UsageError

if TYPE_CHECKING:
    from outreach.config import Settings
    from outreach.sending.unsubscribe import Owner
    from outreach.tokens import Reference, Signer


def take_back(settings: Settings, tokens: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """The addresses, by their keys, that these tokens are of: those of letters, and those that only the sink had.

    It says of each whose letter it was. UsageError where one is not whole, not ours, or of a letter that nobody knows.
    """
    from outreach.assembly.campaigns import unsubscribe_key
    from outreach.sending.unsubscribe import read_token
    from outreach.tokens import Signer

    signer = Signer(unsubscribe_key(settings))
    references = [read_token(token, signer) for token in dict.fromkeys(tokens)]
    owners, of_sink = wait_for(lambda: _find_owners(settings, references, signer))
    for owner in owners:
        say(talk(), f'{owner.address} had the letter of "{owner.campaign}".')
    for owner in of_sink:
        say(talk(), f'{owner.address} had the letter of "{owner.campaign}" at the test sink: left out there only.')
    return {owner.key: owner.address for owner in owners}, {owner.key: owner.address for owner in of_sink}


async def _find_owners(
    settings: Settings, references: Sequence[Reference], signer: Signer
) -> tuple[list[Owner], list[Owner]]:
    """Whose they are, by the ledger, and by that of the test sink for what was tried there."""
    from outreach.assembly.ledgers import opened_ledger, own_place, sink_place
    from outreach.sending.unsubscribe import find_owner

    found: list[list[Owner]] = []
    left = list(references)
    for place in (own_place(settings), sink_place(settings)):
        async with opened_ledger(settings, read_only=True, place=place) as ledger:
            owners = {reference: await find_owner(ledger, reference, signer) for reference in left}
        found.append([owner for owner in owners.values() if owner is not None])
        left = [reference for reference, owner in owners.items() if owner is None]
    if left:
        raise UsageError(
            f"--token: a good token, but of no letter in this ledger (campaign {left[0].campaign_id[:8]}…)",
            "It may be from a test letter, which takes nobody off the list, or from another ledger of yours.",
        )
    return found[0], found[1]
