"""What a letter prints: rows, blocks and values; each printed value is kept aside, and a mark takes its place."""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from jinja2 import Undefined, pass_context

from outreach.letter.complaints import EmptyError, UnfitError, shorten
from outreach.letter.context import RenderContext
from outreach.letter.filters import write_date
from outreach.letter.footer import Footer
from outreach.letter.marks import Marks


class Row:
    """A row of a table, or the sender: `row.name` and `row["name"]` are its columns, whatever they are called."""

    __slots__ = ("cells",)

    def __init__(self, cells: Mapping[str, str]) -> None:
        self.cells = cells


class Block:
    """What a `{% set %}` block or a macro wrote: printed as it was written, text with its values to all else."""

    __slots__ = ("_marks", "_printed", "marked")

    def __init__(self, marked: str, marks: Marks, printed: list[str]) -> None:
        self.marked = marked
        self._marks = marks
        self._printed = printed

    def __str__(self) -> str:
        return self._marks.fill(self.marked, self._printed)

    def __len__(self) -> int:
        return len(str(self))

    def __iter__(self) -> Iterator[str]:
        return iter(str(self))

    def __getitem__(self, place: int | slice) -> str:
        return str(self)[place]

    def __contains__(self, part: object) -> bool:
        return str(part) in str(self)

    def __eq__(self, other: object) -> bool:
        return str(self) == (str(other) if isinstance(other, Block) else other)

    def __hash__(self) -> int:
        return hash(str(self))


class Nothing:
    """Stands for nothing where the letter has asked whether there is anything."""

    def __str__(self) -> str:
        return ""


NOTHING = Nothing()


def printer(marks: Marks) -> Callable[[RenderContext, object], str]:
    """The function that every `{{ … }}` passes: it keeps the value and writes a mark."""
    mark = marks.mark

    @pass_context
    def keep(context: RenderContext, value: object) -> str:
        if type(value) is str:
            text = value
        elif type(value) is Block:
            return value.marked
        elif type(value) is Footer:
            return value.write(lambda text: keep(context, text))
        elif value is NOTHING or type(value) is Undefined:  # the latter: an inline if without else
            return ""
        else:
            text = _in_words(value, context.language)
        if not text.isprintable():
            text = _clean(text)
        elif not text:
            raise EmptyError
        printed = context.printed
        printed.append(text)
        return mark(len(printed) - 1)

    return keep


def _in_words(value: object, language: str) -> str:
    """A value that is not a string, as the letter prints it."""
    match value:
        case str() | int() | float() | Decimal() | Undefined():
            return str(value)
        case None:
            return ""
        case datetime.date():
            return write_date(value, "long", language)
        case _:
            hint = "Print one of its columns, as in {{ s.name }}, or loop over it with {% for %}."
            raise UnfitError("E20", "the letter prints a whole table, row or function", hint)


def _clean(text: str) -> str:
    """The text with LF line ends; UnfitError where it holds characters that no letter may hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for character in text:
        if character not in "\n\t" and unicodedata.category(character) in ("Cc", "Cs"):
            shown = ascii(shorten(text))[1:-1]
            message = f'"{shown}" holds the control character U+{ord(character):04X}'
            hint = "Type that word anew in the contact's row."
            raise UnfitError("E08", message, hint, several="hold a control character")
    return text
