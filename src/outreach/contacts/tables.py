"""Tables: what stands under [data], read as a whole for the letter to use."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO

from outreach.contacts.formats import open_rows
from outreach.contacts.rows import Row, Source
from outreach.errors import ContentError


def parse_table(name: str, content: bytes, *, shown: str, encoding: str) -> tuple[Mapping[str, str], ...]:
    """The rows of the table `name`, from the content of the file `shown`, whose ending tells the format.

    ContentError for the first thing that is wrong with it, SettingsError for a format or an encoding
    that does not exist.
    """
    source = Source(shown, f"the table {name}", encoding, setting="data_encoding", section="data")
    rows: list[Mapping[str, str]] = []
    for row in open_rows(BytesIO(content), source).rows:
        if not isinstance(row, Row):
            raise ContentError(row)
        rows.append(row.cells)
    return tuple(rows)
