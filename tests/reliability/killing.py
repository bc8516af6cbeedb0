"""What all tests that kill share: the tally, what is checked after each kill, and the end of a campaign."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from outreach.model import State
from tests.reliability.accounting import addresses_in, count_copies, disagreements
from tests.reliability.campaign import Campaign
from tests.reliability.relay import Relay

ASKED = "lost 0, sent twice 0, unsure ≤ connections per kill, each named by `resolve`; relay and ledger agree"


@dataclass(slots=True)
class Tally:
    """What came of the kills, over all campaigns."""

    connections: int
    kills: Counter[str] = field(default_factory=Counter)  # by where they hit
    letters: int = 0
    unsure: int = 0
    most_unsure: int = 0  # by one kill
    unsure_arrived: int = 0  # of the unsure, those that the relay had
    faults: list[str] = field(default_factory=list)
    lost: int = 0
    twice: int = 0

    def measured(self) -> str:
        """The figure."""
        counts = set(self.kills.values())
        if len(counts) == 1:
            hits = f"{counts.pop()} each {', '.join(self.kills)}"
        else:
            hits = ", ".join(f"{count} {where}" for where, count in self.kills.items())
        return (
            f"lost {self.lost}, sent twice {self.twice}; {self.unsure} unsure after {self.kills.total()} kills "
            f"({self.unsure_arrived} had arrived), at most {self.most_unsure} by one, all named; "
            f"{self.letters} letters, each once in the end. Kills: {hits}"
        )


def examine(campaign: Campaign, relay: Relay, tally: Tally, *, where: str) -> None:
    """After a kill: the relay and the ledger must agree on every letter, and few of them may be unsure by it."""
    relay.settle()
    tally.kills[where] += 1
    deliveries = campaign.deliveries()
    unsure = len(addresses_in(deliveries, State.SENDING))
    tally.most_unsure = max(tally.most_unsure, unsure)
    if unsure > tally.connections:
        tally.faults.append(f"{unsure} letters unsure by one kill ({where})")
    tally.faults += [f"after a kill ({where}): {line}" for line in disagreements(deliveries, relay.accepted())]


def finish(campaign: Campaign, relay: Relay, tally: Tally, *, letters: int) -> None:
    """Run the campaign to its end, decide what is unsure by what the relay has, and count every copy."""
    campaign.run("send", "--yes", "--quiet", codes=(0, 1))
    _compare(campaign, relay, tally, "at the end")
    _decide(campaign, relay, tally)
    campaign.run("send", "--yes", "--quiet")
    _compare(campaign, relay, tally, "after resolve")
    deliveries = campaign.deliveries()
    if len(addresses_in(deliveries, State.ACCEPTED)) != letters:
        tally.faults.append(f"not all accepted: {Counter(delivery.state for delivery in deliveries)}")
    copies = count_copies(relay.accepted())
    recipients = [one.mailbox.address for delivery in deliveries for one in delivery.recipients]
    lost = [address for address in recipients if not copies[address]]
    twice = [address for address, count in copies.items() if count > 1]
    tally.letters += letters
    tally.lost += len(lost)
    tally.twice += len(twice)
    tally.faults += [f"{address}: lost" for address in lost] + [f"{address}: sent twice" for address in twice]
    left_over = [path.name for path in campaign.folder.iterdir() if path.name.startswith(".outreach.seal")]
    tally.faults += [f"left over: {name}" for name in left_over]
    if not campaign.seal.exists():
        tally.faults.append("no seal at the end")


def _compare(campaign: Campaign, relay: Relay, tally: Tally, when: str) -> None:
    relay.settle()
    tally.faults += [f"{when}: {line}" for line in disagreements(campaign.deliveries(), relay.accepted())]


def _decide(campaign: Campaign, relay: Relay, tally: Tally) -> None:
    """What `outreach resolve` lists is decided as a person would who can look into the relay's log."""
    unsure = {one.address: one.message_id for one in campaign.deliveries() if one.state == State.UNSURE}
    listed = dict(re.findall(r"^(\S+@\S+) .*\n.*Message-ID (\S+)$", campaign.run("resolve"), re.MULTILINE))
    if listed != unsure:
        tally.faults.append(f"resolve lists {len(listed)} of {len(unsure)} unsure letters")
    has = {copy.message_id for copy in relay.accepted()}
    arrived = [address for address, message_id in unsure.items() if message_id in has]
    missing = [address for address in unsure if address not in arrived]
    tally.unsure += len(unsure)
    tally.unsure_arrived += len(arrived)
    if arrived:
        campaign.run("resolve", "--sent", *arrived)
    if missing:
        campaign.run("resolve", "--resend", *missing)
