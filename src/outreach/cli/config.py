"""`outreach config`: every setting in force and where it came from."""

from __future__ import annotations

from outreach.cli.common import Common, read_settings
from outreach.cli.tables import Column, print_table
from outreach.cli.terminal import data, say


def config(*, common: Common = Common()) -> int:  # noqa: B008 - frozen
    """Print every setting in force and where it came from; secrets are masked."""
    from outreach.config import ledger_path, shown_settings, user_file

    settings = read_settings(common, campaign_needed=False)
    console = data()
    print_table(
        console,
        (Column("Setting", None), Column("Value"), Column("From")),
        [(key, value, (origin, "dim")) for key, value, origin in shown_settings(settings)],
    )
    say(console, f"The ledger is {ledger_path(settings)}.")
    say(console, f"Settings for all your campaigns may stand in {user_file()}.")
    return 0
