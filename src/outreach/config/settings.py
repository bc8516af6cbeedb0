"""The settings in force, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from outreach.config.converting import SQLITE
from outreach.contacts.options import ContactsOptions, TablesOptions
from outreach.errors import SettingsError
from outreach.ledger.options import LedgerOptions
from outreach.letter.options import CampaignOptions
from outreach.message.options import DkimOptions, SenderOptions, UnsubscribeOptions
from outreach.policy.options import RetryOptions
from outreach.preflight.options import PreflightOptions
from outreach.smtp.options import RelayOptions


@dataclass(frozen=True, slots=True)
class Settings:
    """Every section, read and checked. A section whose required key is missing is None: not every command needs it."""

    folder: Path  # the campaign's folder; without a campaign file, the folder the command was given in
    file: Path | None  # the campaign file
    campaign: CampaignOptions | None
    contacts: ContactsOptions
    data: TablesOptions
    sender: SenderOptions | None
    relay: RelayOptions | None
    retry: RetryOptions
    ledger: LedgerOptions
    unsubscribe: UnsubscribeOptions
    dkim: DkimOptions
    preflight: PreflightOptions
    origins: Mapping[str, str]  # "relay.port": "outreach.toml:12", "environment OUTREACH_RELAY__PORT", "default"
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)  # over .env; holds secrets

    def require_campaign(self) -> CampaignOptions:
        """The section [campaign]; SettingsError where it has no name."""
        if self.campaign is None:
            raise self._missing("campaign", "name", 'name = "climate-letter"')
        return self.campaign

    def require_sender(self) -> SenderOptions:
        """The section [sender]; SettingsError where nobody is named."""
        if self.sender is None:
            raise self._missing("sender", "from", 'from = "Our Coalition <letters@coalition.example>"')
        return self.sender

    def require_relay(self) -> RelayOptions:
        """The section [relay]; SettingsError where no host is named."""
        if self.relay is None:
            raise self._missing("relay", "host", 'host = "smtp.coalition.example"')
        return self.relay

    def _missing(self, section: str, key: str, example: str) -> SettingsError:
        where = self.file.name if self.file else "settings"
        return SettingsError(
            f'{where}: no "{key}" under [{section}]', f"Add it under [{section}], for example {example}."
        )


def ledger_path(settings: Settings) -> Path:
    """The file of the ledger: what [ledger] names, seen from the campaign's folder, else the user's own."""
    url = settings.ledger.url
    if not url:
        return platformdirs.user_data_path("outreach") / "ledger.db"
    return settings.folder / url.removeprefix(SQLITE)
