"""Puts the layers over each other, turns what is written into options, and says of each setting where it is from."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from outreach.config.converting import convert
from outreach.config.layers import (
    CAMPAIGN_FILE,
    Layer,
    dotenv_layer,
    environment_layer,
    file_layer,
    find_campaign_file,
    flags_layer,
    user_file,
)
from outreach.config.oauth2 import with_secrets
from outreach.config.schema import MISSING, SECTIONS, TABLES, TABLES_ENCODING, Setting, known_settings, setting
from outreach.config.settings import Settings
from outreach.config.shown import as_toml
from outreach.contacts.options import TablesOptions
from outreach.errors import SettingsError
from outreach.message.options import DkimOptions
from outreach.model import SecretReference
from outreach.smtp.options import OAuth2Options, RelayOptions, is_loopback

# A secret in the wrong place must not be repeated.
SECRETS = ("relay.password", "relay.oauth2", "unsubscribe.key")
POLITE_RATE = 1.0  # messages per second, off loopback

_LOGIN_IN_URL = re.compile(r"//[^\s\"]*@")  # a user's name and password


def load_settings(
    *,
    config: Path | None,
    cwd: Path,
    environ: Mapping[str, str],
    flags: Mapping[str, object],
    campaign_needed: bool = True,
) -> Settings:
    """All settings in force. `config` names the campaign file; else the nearest outreach.toml from `cwd` upwards.

    `flags` maps names such as "relay.rate" to values; None is a flag that was not given. A campaign file must be
    there unless `campaign_needed` is false. SettingsError for whatever is unknown, wrong or unreadable.
    """
    file = find_campaign_file(config, cwd)
    if file is None and campaign_needed:
        raise SettingsError(
            f"No {CAMPAIGN_FILE} here or in any folder above",
            "Run outreach init to begin a campaign, or name its file with --config.",
        )
    folder = file.parent if file else cwd.resolve()
    # Without a campaign, a .env that lies here is not ours to read.
    dotenv, variables = dotenv_layer(folder) if file else (Layer(folder), {})
    layers = [file_layer(path, cwd=cwd) for path in (user_file(), file) if path and path.is_file()]
    layers += [dotenv, environment_layer(environ, folder), flags_layer(flags, cwd)]
    values, origins = _merge(layers)
    sections: dict[str, Any] = {section: _build(section, values) for section in SECTIONS}
    _refuse_days_alone(sections["relay"], origins)
    _refuse_half_a_signature(sections["dkim"], origins)
    return Settings(folder=folder, file=file, origins=origins, environment={**variables, **environ}, **sections)


def _merge(layers: list[Layer]) -> tuple[dict[str, Any], dict[str, str]]:
    """Each setting's value from the last layer that has it, ready for the options, and where that was."""
    values: dict[str, Any] = {}
    origins = dict.fromkeys(known_settings(), "default")
    for layer in layers:
        for name, written in layer.values.items():
            known = setting(name)
            if known is not None:
                values[name] = _read(name, known, written, layer)
                origins[name] = layer.places[name]
    return values, origins


def _read(name: str, known: Setting, written: object, layer: Layer) -> object:
    """The value that the options expect; SettingsError says what was given and what is expected."""
    try:
        value = convert(name, known, written)
    except ValueError as error:
        section, _, key = name.partition(".")
        given = "can't be used" if name in SECRETS else f"can't be {_LOGIN_IN_URL.sub('//…@', as_toml(written))}"
        raise SettingsError(f'{layer.places[name]}: "{key}" under [{section}] {given}', f"Give {error}.") from None
    if isinstance(value, Path):
        return layer.folder / value.expanduser()
    if isinstance(value, SecretReference):
        return _anchored(value, layer)
    return with_secrets(value, lambda secret: _anchored(secret, layer)) if isinstance(value, OAuth2Options) else value


def _anchored(secret: SecretReference, layer: Layer) -> SecretReference:
    """The reference with its file seen from the layer's folder."""
    if secret.kind != "file":
        return secret
    return dataclasses.replace(secret, value=str(layer.folder / Path(str(secret.value)).expanduser()))


def _build(section: str, values: Mapping[str, Any]) -> object:
    """The options of a section; None where a key that they can't do without is missing."""
    if section == TABLES:
        return _tables(values)
    attributes: dict[str, object] = {}
    for name, known in known_settings().items():
        if name.startswith(f"{section}."):
            value = values.get(name, known.default)
            if value is MISSING:
                return None
            attributes[known.attribute] = value
    if section == "relay" and "relay.rate" not in values and not is_loopback(values["relay.host"]):
        attributes["rate"] = POLITE_RATE
    return SECTIONS[section](**attributes)


def _refuse_days_alone(relay: RelayOptions | None, origins: Mapping[str, str]) -> None:
    """SettingsError for days without hours: without a zone nobody knows when a day begins."""
    if relay is not None and relay.days and relay.hours is None:
        raise SettingsError(
            f'{origins["relay.days"]}: "days" under [relay] needs "hours" beside it, for the time zone',
            'Write hours = "00:00-24:00 Asia/Seoul" for whole days.',
        )


def _refuse_half_a_signature(dkim: DkimOptions, origins: Mapping[str, str]) -> None:
    """SettingsError where something said about signing is missing, or meant for both keys: nobody would notice.

    `domain = ""` says in so many words that nothing is signed, whatever the user's own file says.
    """
    if not dkim.domain and origins["dkim.domain"] != "default":
        return
    needed = {"domain": dkim.domain, "selector": dkim.selector, "key_file": dkim.key_file}
    if dkim.ed25519_selector or dkim.ed25519_key_file:
        needed |= {"ed25519_selector": dkim.ed25519_selector, "ed25519_key_file": dkim.ed25519_key_file}
    missing = [key for key, value in needed.items() if not value]
    given = next((key for key, value in needed.items() if value), None)
    if given is not None and missing:
        raise SettingsError(
            f'{origins[f"dkim.{given}"]}: [dkim] says "{given}" and no "{missing[0]}"',
            f'Add "{missing[0]}" under [dkim], or write domain = "": then nothing is signed.',
        )
    if given is not None and dkim.ed25519_selector.lower() == dkim.selector.lower():
        raise SettingsError(
            f'{origins["dkim.ed25519_selector"]}: "ed25519_selector" under [dkim] is that of the other key',
            "Give each key a selector of its own: receivers look for one key under each.",
        )
    if given is not None and dkim.ed25519_key_file == dkim.key_file:
        raise SettingsError(
            f'{origins["dkim.ed25519_key_file"]}: "ed25519_key_file" under [dkim] is that of the other key',
            "Give each key a file of its own.",
        )


def _tables(values: Mapping[str, Any]) -> TablesOptions:
    prefix = f"{TABLES}."
    tables = {
        name.removeprefix(prefix): file
        for name, file in values.items()
        if name.startswith(prefix) and name != TABLES_ENCODING
    }
    return TablesOptions(tables, values.get(TABLES_ENCODING, ""))
