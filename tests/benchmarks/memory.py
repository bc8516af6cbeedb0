"""How much memory planning and a dry run take: PSS, summed over the processes, sampled ten times a second.

Run it: .venv/bin/python -m tests.benchmarks.memory 200000
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.campaign import write_campaign
from tests.benchmarks.watching import Watched, watch


@dataclass(frozen=True, slots=True)
class Measured:
    """What one form of `outreach send` took."""

    flags: str
    watched: Watched


def measure_all(contacts: int) -> list[Measured]:
    """A dry run and a planning of so many contacts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "campaign"
        write_campaign(folder, contacts)
        forms = ("--dry-run", "--plan-only --yes")
        return [Measured(flags, watch(folder, "send", "-q", *flags.split())) for flags in forms]


if __name__ == "__main__":
    contacts = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    for measured in measure_all(contacts):
        print(
            f"{measured.flags}: {contacts} contacts, peak {measured.watched.peak_megabytes:.0f} MB (PSS), "
            f"{measured.watched.seconds:.1f} s"
        )
