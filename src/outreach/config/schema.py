"""The settings that exist: their sections, keys and types, as the options of the packages declare them."""

from __future__ import annotations

import dataclasses
import difflib
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from outreach.contacts.options import ContactsOptions, TablesOptions
from outreach.errors import SettingsError
from outreach.ledger.options import LedgerOptions
from outreach.letter.options import CampaignOptions
from outreach.message.options import DkimOptions, SenderOptions, UnsubscribeOptions
from outreach.policy.options import RetryOptions
from outreach.preflight.options import PreflightOptions
from outreach.smtp.options import RelayOptions

SECTIONS: Mapping[str, type] = {
    "campaign": CampaignOptions,
    "contacts": ContactsOptions,
    "data": TablesOptions,
    "sender": SenderOptions,
    "relay": RelayOptions,
    "retry": RetryOptions,
    "ledger": LedgerOptions,
    "unsubscribe": UnsubscribeOptions,
    "dkim": DkimOptions,
    "preflight": PreflightOptions,
}

TABLES = "data"  # the section whose keys are free names, for files
TABLES_ENCODING = "data.data_encoding"  # its one key with a meaning


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of one section."""

    attribute: str  # its name in the options
    type: Any  # what the options expect: any form of annotation
    default: object  # MISSING where it is required


MISSING = dataclasses.MISSING


@cache
def known_settings() -> Mapping[str, Setting]:
    """Every setting by its name, "relay.port"; of the free names of [data] only what stands beside them."""
    settings: dict[str, Setting] = {}
    for section, options in SECTIONS.items():
        if section == TABLES:
            continue
        types = typing.get_type_hints(options)
        for field in dataclasses.fields(options):
            # `from` can't be the name of an attribute, so its field is called `from_`.
            name = f"{section}.{field.name.removesuffix('_')}"
            settings[name] = Setting(field.name, types[field.name], _default(field))
    settings[TABLES_ENCODING] = Setting("encoding", str, "")
    return settings


def setting(name: str) -> Setting | None:
    """The setting of this name, a table of [data] included; None where there is none."""
    known = known_settings().get(name)
    if known is None and name.startswith(f"{TABLES}."):
        return Setting(name.removeprefix(f"{TABLES}."), str, MISSING)
    return known


def check_section(section: str, keys: object, place: str) -> None:
    """SettingsError where there is no such section, or where it is not one."""
    if section in SECTIONS and not isinstance(keys, dict):
        raise SettingsError(f'{place}: "{section}" is a section', f"Write [{section}] on a line, its keys below.")
    if section not in SECTIONS and not isinstance(keys, dict):
        raise SettingsError(
            f'{place}: "{section}" stands outside of any section', "Move it below its section, such as [relay]."
        )
    if section not in SECTIONS:
        raise SettingsError(f"{place}: there is no section [{section}]", _advice(section, list(SECTIONS)))


def check_key(section: str, key: str, place: str) -> None:
    """SettingsError where the section has no such key; it names the one that was probably meant."""
    if setting(f"{section}.{key}") is None:
        keys = [name.partition(".")[2] for name in known_settings() if name.startswith(f"{section}.")]
        raise SettingsError(f'{place}: there is no "{key}" under [{section}]', _advice(key, keys))


def _advice(word: str, known: Sequence[str]) -> str:
    """The nearest known word, else all of them."""
    matches = difflib.get_close_matches(word.lower(), known, n=1)
    return f'Did you mean "{matches[0]}"?' if matches else f"Known are: {', '.join(known)}."


def _default(field: dataclasses.Field[object]) -> object:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default
