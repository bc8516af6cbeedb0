"""`outreach config`: every setting in force and where it came from."""

from __future__ import annotations

from outreach.cli.common import Common, read_settings
from outreach.cli.terminal import data, printable


def config(*, common: Common = Common()) -> int:  # noqa: B008 - frozen
    """Print every setting in force and where it came from; secrets are masked."""
    from rich.table import Table
    from rich.text import Text

    from outreach.config import ledger_path, shown_settings, user_file

    settings = read_settings(common, campaign_needed=False)
    table = Table("Setting", "Value", "From", box=None)
    for key, value, origin in shown_settings(settings):
        table.add_row(Text(key), Text(printable(value)), Text(origin, style="dim"))
    console = data()
    console.print(table)
    console.print(f"The ledger is {ledger_path(settings)}.", soft_wrap=True)
    console.print(f"Settings for all your campaigns may stand in {user_file()}.", soft_wrap=True)
    return 0
