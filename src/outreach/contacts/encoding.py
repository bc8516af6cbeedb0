"""Encodings: how the bytes of a list become text, without ever guessing somebody's name wrong.

Guessing from samples was tried: it reads cp1252 as mac_latin2 and cp1250 as cp1252, and nobody notices until a
minister reads a garbled name. So: a mark counts, then strict UTF-8, then what the settings state. If none of these
fits, the user is shown the first such line as the likely encodings would read it, and chooses.
"""

from __future__ import annotations

import codecs
import re
import sys
import unicodedata
from collections.abc import Iterator
from typing import BinaryIO

from outreach.contacts.characters import show
from outreach.contacts.rows import Source
from outreach.errors import ContentError, SettingsError

# UTF-32 first: its mark begins like that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LIKELY = ("cp949", "shift_jis", "gb18030", "cp1252", "cp1250", "cp1251")

_CHUNK = 1 << 18
_LONGEST_LINE = 1 << 20
_READINGS = 4  # shown to the user
_SHOWN = 16  # characters of a doubtful word
_WORD_ENDS = re.compile(r'[\s,;"]')


def find_encoding(stream: BinaryIO, source: Source) -> str:
    """The encoding that the whole stream can be read in; the stream is left at its start.

    ContentError where none fits or the mark is wrong, SettingsError where the stated encoding is unknown.
    """
    _refuse_unknown(source)
    head = stream.read(4)
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), "")
    for name in (marked,) if marked else ("utf-8", source.encoding):
        if name and _fits(stream, name):
            stream.seek(0)
            return name
    raise _misfit(stream, source, marked or source.encoding or "utf-8", is_marked=bool(marked))


def _refuse_unknown(source: Source) -> None:
    try:
        if source.encoding:
            b"-".decode(source.encoding, "replace")  # LookupError too for a codec that does not give text, as rot13
    except (LookupError, ValueError):
        raise SettingsError(
            f"{source.stated(source.encoding)}: no such encoding",
            "Write a name such as utf-8, cp949 or cp1252.",
        ) from None


def _fits(stream: BinaryIO, encoding: str) -> bool:
    """Whether all of the stream is text in this encoding."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        while chunk := stream.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _misfit(stream: BinaryIO, source: Source, encoding: str, *, is_marked: bool) -> ContentError:
    """The error that shows the first line which is not in the encoding."""
    wide = encoding.startswith(("utf-16", "utf-32"))  # their lines can't be told apart as bytes
    number, line = (0, b"") if wide else _first_misfit(stream, encoding)
    if is_marked:
        return source.error(
            f"marked as {encoding.removesuffix('-sig')}, but not in that encoding",
            "Save it anew as UTF-8, from the program it comes from.",
            row=number,
        )
    what = f"not in {encoding}" if source.encoding else "not in UTF-8"
    readings = _readings(line)
    if not readings:
        return source.error(what, "Save it anew as UTF-8, from the program it comes from.", row=number)
    shown = ", ".join(f"{reading} in {' or '.join(names)}" for reading, names in readings.items())
    example = next(iter(readings.values()))[0]
    return source.error(
        f"{what}; it says {shown}",
        f"If one is right: {source.stated(example)}. Else save it as UTF-8.",
        row=number,
    )


def _first_misfit(stream: BinaryIO, encoding: str) -> tuple[int, bytes]:
    """Number and bytes of the first line that can't be read; 0 where each line can."""
    for number, line in enumerate(_lines(stream), 1):
        try:
            line.decode(encoding)
        except UnicodeError:
            return number, line
    return 0, b""


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of the stream, ended by LF, CR or both."""
    stream.seek(0)
    while lines := stream.readline(_LONGEST_LINE):
        yield from lines.splitlines()


def _readings(line: bytes) -> dict[str, list[str]]:
    """How the likely encodings would read the doubtful word of a line, the least odd first, and which read it so."""
    readings: dict[str, list[str]] = {}
    for encoding in _LIKELY if line else ():
        try:
            text = line.decode(encoding)
        except UnicodeError:
            continue
        readings.setdefault(_doubtful_word(text), []).append(encoding)
    best = sorted(readings, key=_oddness)[:_READINGS]
    return {show(word): readings[word] for word in best}


def _doubtful_word(text: str) -> str:
    """The first word that is not plain ASCII, without the beginning of a long one."""
    doubtful = next((i for i, character in enumerate(text) if not character.isascii()), 0)
    begin = max((match.end() for match in _WORD_ENDS.finditer(text, 0, doubtful)), default=0)
    begin = max(begin, doubtful - _SHOWN // 2)
    end = _WORD_ENDS.search(text, doubtful)
    return text[begin : min(end.start() if end else len(text), begin + _SHOWN)]


def _oddness(word: str) -> int:
    """How little a reading looks like a word: signs among its letters, and letters of several scripts."""
    letters = [character for character in word if character.isalpha()]
    scripts = {unicodedata.name(letter, "?").split()[0].split("-")[0] for letter in letters}
    if scripts & {"HIRAGANA", "KATAKANA"}:
        scripts -= {"CJK", "KATAKANA"}
    return len(word) - len(letters) + max(0, len(scripts) - 1)


# --- written in the same encoding -------------------------------------------------------------------------------------


def written_as(stream: BinaryIO, encoding: str) -> tuple[bytes, str]:
    """The mark at the start of the stream and the encoding behind it, to write another file in the same way.

    `encoding` is what `find_encoding` gave; the stream is left at its start.
    """
    stream.seek(0)
    head = stream.read(4)
    stream.seek(0)
    mark = next((mark for mark, name in _MARKS if name == encoding and head.startswith(mark)), b"")
    if encoding == "utf-8-sig":
        return mark, "utf-8"
    if codecs.lookup(encoding).name in ("utf-16", "utf-32"):  # they write a mark of their own, in this machine's order
        little = sys.byteorder == "little" if not mark else mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF32_LE)
        return mark, f"{encoding}-{'le' if little else 'be'}"
    return mark, encoding
