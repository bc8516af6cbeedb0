"""`outreach dkim`: the keys that letters are signed with, and their records for the DNS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclopts import App

from outreach.cli.common import Common, read_settings
from outreach.cli.terminal import data, say, say_whole, talk

if TYPE_CHECKING:
    from outreach.config import Settings
    from outreach.message.signing import Signing

dkim = App(name="dkim", help="The keys that letters are signed with, as [dkim] names them.")


@dkim.command
def keygen(*, common: Common = Common()) -> int:  # noqa: B008 - frozen
    """Write the key that [dkim] names, never over another, and print its DNS record."""
    from outreach.message.dkim_key import write_keys

    settings = read_settings(common, campaign_needed=False)
    for path in write_keys(settings.dkim):
        say(talk(), f"Wrote a new private key to {path}; nobody else may read it.")
    _print_records(_signing(settings))
    return 0


@dkim.command
def show(*, common: Common = Common()) -> int:  # noqa: B008 - frozen
    """Print the DNS record of the key that [dkim] names."""
    _print_records(_signing(read_settings(common, campaign_needed=False)))
    return 0


def _signing(settings: Settings) -> Signing:
    from outreach.message.dkim_key import names_no_key, read_signing

    signing = read_signing(settings.dkim)
    if signing is None:
        raise names_no_key()
    return signing


def _print_records(signing: Signing) -> None:
    """One line for each key, last and alone on stdout."""
    from outreach.message.dkim_key import dns_record

    what = "this TXT record" if len(signing.keys) == 1 else "these TXT records"
    names = " and ".join(key.name.removesuffix(f".{signing.domain}") for key in signing.keys)
    say(talk(), f"Put {what} into the DNS of {signing.domain}, where that domain is managed, before you send.")
    say(talk(), f"A web form takes {names} as the name, and as the value what stands in quotes, in one piece.")
    for key in signing.keys:
        say_whole(data(), dns_record(key))
