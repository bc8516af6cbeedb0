"""Where settings come from: files, .env, environment, flags. Each is a layer of plain values with their places."""

from __future__ import annotations

import io
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from outreach.config.lines import line_of, locate_keys
from outreach.config.schema import check_key, check_section, known_settings, setting
from outreach.errors import SettingsError

CAMPAIGN_FILE = "outreach.toml"
_PREFIX = "OUTREACH_"


@dataclass(frozen=True, slots=True)
class Layer:
    """What one source says, by setting name."""

    folder: Path  # relative paths of this layer start here
    values: Mapping[str, object] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)  # "relay.port": "outreach.toml:12"


def system_environment() -> Mapping[str, str]:
    """The environment of this process."""
    return dict(os.environ)


def user_file() -> Path:
    """The user's own settings, common to all campaigns; it need not exist."""
    return platformdirs.user_config_path("outreach") / CAMPAIGN_FILE


def find_campaign_file(config: Path | None, cwd: Path) -> Path | None:
    """The file that was named, else the nearest outreach.toml upwards."""
    if config is not None:
        path = cwd / config
        if not path.is_file():
            raise SettingsError(f"{config}: no such file", "Name an outreach.toml, or run outreach init to write one.")
        return path.resolve()
    here = cwd.resolve()
    candidates = (folder / CAMPAIGN_FILE for folder in (here, *here.parents))
    return next((path for path in candidates if path.is_file()), None)


def file_layer(path: Path, *, cwd: Path) -> Layer:
    """What a settings file says; SettingsError where it can't be read or holds an unknown key."""
    shown = _shown(path, cwd)
    text = read_text(path, shown)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(str(error), shown, text) from error
    except (RecursionError, ValueError) as error:  # brackets in brackets, or a number of thousands of digits
        raise SettingsError(
            f"{shown}: it holds what is nested too deeply, or a number that is too long", "Take it out of the file."
        ) from error
    lines = locate_keys(text)

    def place(name: str) -> str:
        line = line_of(name, lines)
        return f"{shown}:{line}" if line else shown

    values: dict[str, object] = {}
    for section, keys in content.items():
        check_section(section, keys, place(section))
        for key, value in keys.items():
            name = f"{section}.{key}"
            check_key(section, key, place(name))
            values[name] = value
    return Layer(path.parent, values, {name: place(name) for name in values})


def dotenv_layer(folder: Path) -> tuple[Layer, dict[str, str]]:
    """The settings in the folder's .env, and all its variables. Nothing in it is expanded: a password may hold a $."""
    path = folder / ".env"
    if not path.is_file():
        return Layer(folder), {}
    from dotenv.parser import parse_stream

    variables: dict[str, str] = {}
    lines: dict[str, str] = {}
    for binding in parse_stream(io.StringIO(read_text(path, ".env"))):
        written = binding.original.string
        line = binding.original.line + written[: len(written) - len(written.lstrip())].count("\n")
        if binding.error or (binding.key and binding.value is None):
            raise SettingsError(
                f".env:{line}: not a NAME=value line", "Correct it; a value with blanks stands in quotes."
            )
        if binding.key:
            variables[binding.key] = binding.value or ""
            lines[binding.key] = f".env:{line}"
    return environment_layer(variables, folder, places=lines), variables


def environment_layer(variables: Mapping[str, str], folder: Path, *, places: Mapping[str, str] | None = None) -> Layer:
    """The settings among environment variables: OUTREACH_RELAY__PORT is [relay] port."""
    values: dict[str, object] = {}
    found: dict[str, str] = {}
    for variable, text in variables.items():
        if not variable.upper().startswith(_PREFIX):
            continue
        place = places[variable] if places else f"environment {variable}"
        name = _setting_of(variable, place)
        if name is not None:
            values[name] = _from_text(name, text, place)
            found[name] = place
    return Layer(folder, values, found)


def flags_layer(flags: Mapping[str, object], folder: Path) -> Layer:
    """The settings among the flags of the command line; None stands for a flag that was not given."""
    place = "command line"
    values: dict[str, object] = {}
    for name, value in flags.items():
        if value is not None:
            section, _, key = name.partition(".")
            check_section(section, {}, place)
            check_key(section, key, place)
            values[name] = _from_text(name, value, place) if isinstance(value, str) else value
    return Layer(folder, values, dict.fromkeys(values, place))


def read_text(path: Path, shown: str) -> str:
    """The text of a settings file; SettingsError where it can't be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{shown}: not UTF-8 (byte {error.start})", "Save the file as UTF-8.") from error
    except OSError as error:
        raise SettingsError(f"{shown}: {error.strerror}", "Make the file readable for you.") from error


def _shown(path: Path, cwd: Path) -> str:
    here = cwd.resolve()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _syntax_error(message: str, shown: str, text: str) -> SettingsError:
    """The parser's message with its place in front."""
    found = re.search(r" \(at line (\d+), column \d+\)", message)
    line = int(found[1]) if found else len(text.splitlines())
    what = re.sub(r" \(at [^)]*\)$", "", message)
    return SettingsError(
        f"{shown}:{line}: not valid TOML: {what}", 'A line reads key = "text", key = 5 or key = ["a", "b"].'
    )


def _setting_of(variable: str, place: str) -> str | None:
    """The setting that a variable names; None where it is not meant for us; SettingsError for a slip."""
    name = variable[len(_PREFIX) :].lower()
    section, separator, key = name.partition("__")
    if separator:
        check_section(section, {}, place)
        check_key(section, key, place)
        return f"{section}.{key}"
    # One underscore for two is the usual slip, and a setting without effect is worse than an error.
    meant = next((known for known in known_settings() if known.replace(".", "_") == name), None)
    if meant:
        right = _PREFIX + meant.replace(".", "__").upper()
        raise SettingsError(f"{place}: one underscore is missing", f"Write {right}, with two between section and key.")
    return None


def _from_text(name: str, text: str, place: str) -> object:
    """The text of a variable as a value: a list or a table is written as in TOML."""
    known = setting(name)
    if known is None or known.type is str or not text.lstrip().startswith(("[", "{")):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (RecursionError, ValueError):  # TOML's own error is a ValueError
        # The text itself is not repeated: it may be a secret in the wrong place.
        raise SettingsError(
            f"{place}: not a TOML list or table", 'Write a list as ["a", "b"] and a table as { key = "value" }.'
        ) from None
