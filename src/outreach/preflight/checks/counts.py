"""W23: a count in the text that disagrees with the list it counts: 28 organisations, and 27 names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from outreach.errors import Problem

_LEAST_ITEMS = 5  # of a list whose length a text states
_NOUNS = (
    "organi[sz]ations?|NGOs?|non-?governmental organi[sz]ations?|groups|associations|signator(?:ies|y)|undersigned"
    "|institutions|foundations|churches|unions|coalitions?|civil society organi[sz]ations|CSOs"
    "|Organisationen|Verb[äa]nde|Vereine|Gruppen|Unterzeichner(?:innen)?|Nichtregierungsorganisationen|NGOs"
    "|associations|signataires|ONG|organizaciones|asociaciones|firmantes|entidades"
    "|organiza[çc][õo]es|associa[çc][õo]es|signat[áa]rios|organizzazioni|associazioni|firmatari"
)
# A number and, with a few words in between that end no clause, what it counts.
_COUNT = re.compile(
    rf"(?<![\w.,:/–-])(\d{{1,4}})(?![\d.:/%])((?:[ \u00a0](?:[\w'’-]+,?)){{0,5}}?)[ \u00a0](?:{_NOUNS})(?!\w)"
    r"|(?<![\d.,])(\d{1,4})\s*개?\s*(?:(?:[가-힣·]+\s){0,3}?[가-힣·]*?)(?:단체|시민단체|기관|NGO|연대)"
    r"|(?<!\w)(\d{1,4})\s+(?:منظمة|منظمات|جمعية|جمعيات|هيئة)",
    re.IGNORECASE,
)
_ITEM = re.compile(r"^(?:(\d{1,3})\.|[-•*]) ", re.MULTILINE)


def check_counts(text: str, tables: Mapping[str, Sequence[Mapping[str, str]]]) -> Iterator[Problem]:
    """Told only where no count of such things in the letter agrees with the list: a letter may count others too."""
    counts = {int(found[1] or found[3] or found[4]): found[0] for found in _COUNT.finditer(text)}
    if not counts:
        return
    for what, length in _lists(text, tables):
        if length not in counts:
            _number, said = min(counts.items(), key=lambda one: abs(one[0] - length))
            message = f'the letter says "{said.strip()}", and {what} has {length}'
            hint = "Correct the one that is wrong; {{ table | count }} always agrees."
            yield Problem("W23", said, message, hint, level="warning")
            return


def _lists(text: str, tables: Mapping[str, Sequence[Mapping[str, str]]]) -> Iterator[tuple[str, int]]:
    """The tables that the letter prints whole; where there are none, the longest list in the text itself."""
    printed = [
        (f'the table "{name}"', len(rows))
        for name, rows in tables.items()
        if len(rows) >= _LEAST_ITEMS
        and all(_first_cell(row) in text for row in (rows[0], rows[len(rows) // 2], rows[-1]))
    ]
    if printed:
        yield from printed
    elif (longest := max(_runs(text), default=0)) >= _LEAST_ITEMS:
        yield "the list", longest


def _first_cell(row: Mapping[str, str]) -> str:
    return next((cell for cell in row.values() if cell), "")


def _runs(text: str) -> Iterator[int]:
    """How many items each list has that stands in the text."""
    length = 0
    for line in text.splitlines():
        if _ITEM.match(line):
            length += 1
        elif line.strip() and not line.startswith("  "):
            yield length
            length = 0
    yield length
