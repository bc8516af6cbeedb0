"""What the measurements share: how many letters, where their campaigns lie, and what one round has measured already."""

from __future__ import annotations

import functools
import shutil
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tests.benchmarks import servers
from tests.benchmarks.campaign import RelayPlace, write_campaign, write_settings
from tests.benchmarks.peers.letter import PeerLetter, read_letter
from tests.benchmarks.watching import Watched, outreach, watch

_Value = TypeVar("_Value")

_STATE = ("ledger.db", "outreach.seal")  # what planning leaves in the folder

ROUND_TRIP = 0.05  # seconds, of the relay that is far away
FAR_CONNECTIONS = 10


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many letters each measurement takes; all of them follow the first."""

    letters: int = 200_000

    @property
    def peers(self) -> int:
        """For nodemailer and aiosmtplib, whose rate is the same for any number."""
        return max(10, self.letters // 10)

    @property
    def one_by_one(self) -> int:
        """For mailmerge, which sends one message at a time."""
        return max(10, self.letters // 100)

    @property
    def far(self) -> int:
        """Over the long round trip."""
        return max(20, min(3000, self.letters))

    @property
    def signed(self) -> int:
        """For signing, which takes seconds for some thousands."""
        return max(10, self.letters // 20)

    @property
    def many(self) -> int:
        """A million, for what must not grow with the campaign."""
        return 5 * self.letters

    @property
    def few(self) -> int:
        """Fifty thousand, to compare a million with."""
        return max(10, self.letters // 4)

    @property
    def left(self) -> int:
        """Of the many, those that have not left yet when the campaign is resumed."""
        return min(1000, self.many // 2)


@dataclass(slots=True)
class Bench:
    """One run of the benchmarks in a folder of its own."""

    folder: Path
    sizes: Sizes = Sizes()
    connections: int = 20
    send_seconds: float = 120.0  # how long a send is watched for its memory, where it takes longer
    _known: dict[str, object] = field(default_factory=dict)  # measured in this round
    _campaigns: int = 0

    def next_round(self) -> None:
        """Forget what was measured, so that all of it is measured again."""
        self._known.clear()
        shutil.rmtree(self.folder)
        self.folder.mkdir()

    def once(self, name: str, measure: Callable[[], _Value]) -> _Value:
        """What `measure` gives; several rows of one round share it."""
        if name not in self._known:
            self._known[name] = measure()
        return self._known[name]  # type: ignore[return-value]

    def campaign(self, contacts: int, relay: RelayPlace) -> Path:
        """A new campaign of so many contacts."""
        self._campaigns += 1
        folder = self.folder / f"campaign-{self._campaigns}"
        write_campaign(folder, contacts, relay)
        return folder

    @property
    def letter(self) -> PeerLetter:
        """The letter as the peers have it."""
        return _letter()

    def sent(self, port: int, letters: int, connections: int | None = None, ca_file: Path | None = None) -> float:
        """Seconds of `outreach send` after `outreach send --plan-only`: the whole command, its start included."""
        relay = RelayPlace(port, connections or self.connections, ca_file)
        folder = self.campaign(letters, relay)
        outreach(folder, "send", "--plan-only", "--yes", "-q")
        seconds = outreach(folder, "send", "--yes", "-q").seconds
        shutil.rmtree(folder)
        return seconds

    def sent_per_second(self) -> float:
        """Letters a second of ours to smtp-sink, for all rows of this round."""

        def measure() -> float:
            with servers.postfix_sink() as port:
                return self.sizes.letters / self.sent(port, self.sizes.letters)

        return self.once("sent", measure)

    def planned(self, contacts: int) -> tuple[Path, Watched]:
        """A planned campaign of so many contacts, and what planning it took; later rows send from it."""

        def measure() -> tuple[Path, Watched]:
            folder = self.campaign(contacts, RelayPlace(connections=self.connections))
            watched = watch(folder, "send", "--plan-only", "--yes", "-q")
            for name in _STATE:
                shutil.copyfile(folder / name, folder / f"{name}.planned")
            return folder, watched

        return self.once(f"planned {contacts}", measure)

    def resumed(self) -> float:
        """Seconds from the start of the command to the first letter, where nearly all letters have left before."""
        folder = self.planned(self.sizes.many)[0]
        for name in _STATE:  # as planned, whatever was sent from it since
            shutil.copyfile(folder / f"{name}.planned", folder / name)
        _accept_all_but(folder / "ledger.db", self.sizes.left)
        with servers.module("tests.benchmarks.first_letter") as sink:
            write_settings(folder, RelayPlace(int(servers.next_line(sink)), self.connections))
            began = time.monotonic()
            outreach(folder, "send", "--yes", "-q")
            return float(servers.next_line(sink)) - began


@functools.cache
def _letter() -> PeerLetter:
    return read_letter()


def _accept_all_but(ledger: Path, left: int) -> None:
    """As if all letters but the last ones had been accepted; the journal has no record of it, and sending asks none."""
    connection = sqlite3.connect(ledger)
    with connection:
        last = "(SELECT id FROM delivery ORDER BY id DESC LIMIT ?)"
        states = {"accepted": f"NOT IN {last}", "planned": f"IN {last}"}
        for state, which in states.items():
            connection.execute(f"UPDATE delivery SET state = '{state}', attempts = 0 WHERE id {which}", (left,))
        connection.execute("UPDATE slice SET due_at = NULL")
        connection.execute(
            "UPDATE slice SET due_at = 0 WHERE number IN (SELECT slice FROM delivery WHERE state = 'planned')"
        )
    connection.close()
