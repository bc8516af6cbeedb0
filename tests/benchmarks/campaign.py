"""The campaign that is measured: the sample letter with its 28 signatories, to any number of people."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
COLUMNS = ("email", "name", "office", "salutation", "cc", "cc_office")
SENDER = "letters@coalition.example"
SUBJECT = "Call on China to stop forcibly repatriating North Korean escapees"
_SETTINGS = """\
[campaign]
name = "many"
[contacts]
file = "contacts.csv"
[data]
signatories = "signatories.csv"
[sender]
from = "Coalition <{sender}>"
[relay]
host = "127.0.0.1"
port = {port}
security = "{security}"
connections = {connections}
{more}[ledger]
url = "sqlite:///ledger.db"
"""


@dataclass(frozen=True, slots=True)
class RelayPlace:
    """Where the letters of a campaign go, and over how many connections; no rate is set."""

    port: int = 1  # nobody listens there: for what never connects
    connections: int = 20
    ca_file: Path | None = None  # with one: TLS


def addresses(contacts: int) -> Iterator[str]:
    """So many different addresses, at a thousand hosts."""
    return (f"person{number}@host{number % 997}.example" for number in range(contacts))


def write_campaign(folder: Path, contacts: int, relay: RelayPlace | None = None) -> None:
    """The sample letter, with its 28 signatories, to so many people."""
    (folder / "templates").mkdir(parents=True)
    write_settings(folder, relay or RelayPlace())
    shutil.copyfile(ROOT / "templates/letter.md", folder / "templates/letter.md")
    shutil.copyfile(ROOT / "contacts/signatories.csv", folder / "signatories.csv")
    with (folder / "contacts.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number, address in enumerate(addresses(contacts)):
            writer.writerow([address, f"Person {number}", "an office", "Dear friend", "", ""])


def write_settings(folder: Path, relay: RelayPlace) -> None:
    """The settings of a campaign that goes there; a planned one keeps its plan."""
    ca_file = f'ca_file = "{relay.ca_file}"\n' if relay.ca_file else ""
    settings = _SETTINGS.format(
        sender=SENDER,
        port=relay.port,
        security="tls" if relay.ca_file else "none",
        connections=relay.connections,
        more=ca_file,
    )
    (folder / "outreach.toml").write_text(settings)
