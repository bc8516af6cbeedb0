"""Dates of a list's basis are read, or told."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from outreach.contacts.basis import expires_at, read_moment
from outreach.contacts.options import ContactsOptions
from outreach.contacts.reader import read_contacts
from outreach.errors import Problem
from outreach.model import Contact


def test_a_date_is_its_beginning_here_and_a_time_is_exact() -> None:
    """Where an offset stands, it counts."""
    assert read_moment("2023-10-16") == datetime.datetime(2023, 10, 16).astimezone().timestamp()
    assert read_moment("2023-10-16T09:00:00+09:00") == 1697414400.0
    assert read_moment("2023-10-16 00:00:00Z") == 1697414400.0
    assert expires_at({"expires_at": ""}) is expires_at({}) is None


@pytest.mark.parametrize("text", ["soon", "16.10.2023", "2023-02-30", "0001-01-01T00:00:00+14:00x", "9" * 50])
@pytest.mark.parametrize("column", ["obtained_at", "expires_at"])
def test_what_is_no_date_is_an_error_of_its_row(tmp_path: Path, text: str, column: str) -> None:
    """One row, one problem, under the name that the list has for the column; the rows around are good."""
    (tmp_path / "list.csv").write_text(f"email,When\na@b.example,\nc@d.example,{text}\ne@f.example,2023-10-16\n")
    options = ContactsOptions(file="list.csv", columns={column: "When"})

    first, second, third = read_contacts(tmp_path, options)

    assert isinstance(first, Contact)
    assert isinstance(third, Contact)
    assert isinstance(second, Problem)
    assert (second.code, second.where, second.address) == ("E31", "list.csv:3", "c@d.example")
    assert 'column "when"' in second.message
