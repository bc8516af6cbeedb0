"""The settings of the list and the tables: the sections [contacts] and [data]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class ContactsOptions:
    """Which list, and how to read it."""

    file: str = "contacts/officials.csv"  # relative to the campaign's folder; file.xlsx#Sheet
    encoding: str = ""  # only where it is neither marked nor UTF-8
    columns: Mapping[str, str] = field(default_factory=dict)  # our name: the list's column
    several_addresses: Literal["error", "together", "separately"] = "error"
    duplicates: Literal["error", "first"] = "error"


@dataclass(frozen=True, slots=True)
class TablesOptions:
    """The tables that the letter may use, by name."""

    tables: Mapping[str, str] = field(default_factory=dict)  # name: file, relative to the campaign's folder
    encoding: str = ""  # data_encoding
