"""Lines of text, one at a time and counted, however large the file is."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from outreach.contacts.encoding import find_encoding
from outreach.contacts.rows import Source

LONGEST_LINE = 1_000_000  # characters; what is longer is not a list


class Lines(Iterator[str]):
    """The lines of a stream as they stand there, with their ends.

    ContentError for an encoding that does not fit and for a line that is too long.
    """

    def __init__(self, stream: BinaryIO, source: Source) -> None:
        # newline="": line ends within quotes are the CSV reader's business.
        self._text = io.TextIOWrapper(stream, encoding=find_encoding(stream, source), newline="")
        self._source = source
        self.number = 0  # of the line given last
        self.is_over = False

    def __next__(self) -> str:
        """The next line."""
        if self.is_over:
            raise StopIteration
        line = self._text.readline(LONGEST_LINE)
        if not line:
            self.is_over = True
            self._text.detach()  # whoever opened the stream closes it
            raise StopIteration
        self.number += 1
        if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
            raise self._source.error(
                f"a line of more than {LONGEST_LINE:,} characters",
                "Save the list anew, a row to a line.",
                row=self.number,
            )
        return line
