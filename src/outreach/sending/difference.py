"""What has changed between the text that a campaign was sealed with and the text as it is now, line by line."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from outreach.composing.sealed import Sealed, Table
from outreach.ledger.campaign_values import ChangedRow

_SETTINGS = ("letter", "default_lang", "line_breaks", "date", "purpose", "postal_address", "attachments")
_MOST_LINES = 24
_WHOLE = 72  # characters of a line that is shown as it is
_AROUND = 24  # characters that are shown on both sides of what differs in a line


def text_difference(sealed: Sealed, now: Sealed) -> tuple[str, ...]:
    """Lines that begin with - for what was and + for what is, below the name of what they are about."""
    return shorten([*_settings(sealed, now), *_tables(sealed.tables, now.tables), *_files(sealed, now)])


def rows_difference(changed: Sequence[ChangedRow], total: int) -> tuple[str, ...]:
    """A line for each column of the first rows that changed."""
    lines = [
        f'row {one.row} ({one.address}): {name} "{before}" → "{after}"'
        for one in changed
        for name, before, after in one.fields
    ]
    more = total - len(changed)
    return shorten(lines + ([f"… and {more} more rows"] if more > 0 else []))


def shorten(lines: Sequence[str], most: int = _MOST_LINES) -> tuple[str, ...]:
    """The first lines, and how many follow."""
    if len(lines) <= most:
        return tuple(lines)
    return (*lines[: most - 1], f"… and {len(lines) - most + 1} more lines")


def _settings(sealed: Sealed, now: Sealed) -> Iterator[str]:
    for name in _SETTINGS:
        yield from _pair(name, getattr(sealed, name), getattr(now, name))
    for field in dataclasses.fields(sealed.sender):
        name = field.name.removesuffix("_")
        yield from _pair(f"[sender] {name}", getattr(sealed.sender, field.name), getattr(now.sender, field.name))


def _pair(name: str, before: object, after: object) -> Iterator[str]:
    if before != after:
        yield name
        yield f"- {_shown(before)}"
        yield f"+ {_shown(after)}"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value)) or "nothing"
    name, address = getattr(value, "name", ""), getattr(value, "address", None)
    if address is not None:
        return f"{name} <{address}>" if name else str(address)
    return str(value) or "nothing"


def _tables(sealed: Mapping[str, Table], now: Mapping[str, Table]) -> Iterator[str]:
    for name in sorted({*sealed, *now}):
        before, after = _rows(sealed.get(name, ())), _rows(now.get(name, ()))
        yield from _lines(f"[data] {name}", before, after)


def _rows(table: Table) -> list[str]:
    return [", ".join(row.values()) for row in table]


def _files(sealed: Sealed, now: Sealed) -> Iterator[str]:
    for path in sorted({*sealed.shared_files, *now.shared_files}):
        before, after = sealed.shared_files.get(path), now.shared_files.get(path)
        if before == after:
            continue
        texts = [_text(path, content) for content in (before, after)]
        if before is None or after is None or None in texts:
            yield f"{path}: {'new' if before is None else 'gone' if after is None else 'other content'}"
        else:
            yield from _lines(path, *(text.splitlines() for text in texts if text is not None))


def _text(path: str, content: bytes | None) -> str | None:
    """The content as text, where it is the letter or another text; None for what is not."""
    if content is None or not path.lower().endswith((".md", ".html", ".txt", ".csv")):
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _lines(title: str, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """The lines that differ, without those around them; of long ones the stretch that does."""
    differing: list[str] = []
    for kind, *span in difflib.SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if kind != "equal":
            gone, new = list(before[span[0] : span[1]]), list(after[span[2] : span[3]])
            if len(gone) == len(new):
                pairs = [_crop(old, line) for old, line in zip(gone, new, strict=True)]
                gone, new = [old for old, _ in pairs], [line for _, line in pairs]
            differing += [f"- {line}" for line in gone] + [f"+ {line}" for line in new]
    if differing:
        yield title
        yield from differing


def _crop(before: str, after: str) -> tuple[str, str]:
    """Two lines without the stretches at both ends that they share, if they are long."""
    if max(len(before), len(after)) <= _WHOLE:
        return before, after
    start = _shared(before, after)
    end = min(_shared(before[::-1], after[::-1]), len(before) - start, len(after) - start)
    left, right = max(0, start - _AROUND), max(0, end - _AROUND)
    marks = ("…" if left else "", "…" if right else "")
    return (
        f"{marks[0]}{before[left : len(before) - right]}{marks[1]}",
        f"{marks[0]}{after[left : len(after) - right]}{marks[1]}",
    )


def _shared(one: str, other: str) -> int:
    """How many characters at the beginning are the same."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
