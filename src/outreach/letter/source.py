"""The source of a letter: its front matter, its body, and the line of the file where each piece stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from outreach.letter.complaints import nearest, shorten, source_error

_FENCE = "+++"
_KEYS = ("subject", "attachments", "lang")
_START = 'Begin the file with three lines: +++ · subject = "…" · +++'


class Kind(StrEnum):
    """How the body is written."""

    MARKDOWN = ".md"  # text and HTML come from one source
    HTML = ".html"  # text comes from the .txt beside it, or is taken from the HTML
    TEXT = ".txt"  # text only


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a file that is a template of its own."""

    path: str
    text: str
    line: int = 1  # where it begins in the file

    def where(self, line: int = 1) -> str:
        """The place of one of its lines, counted from 1: templates/letter.md:4."""
        return f"{self.path}:{self.line + line - 1}"


@dataclass(frozen=True, slots=True)
class LetterSource:
    """A letter as its file says it, before anyone's name is in it."""

    kind: Kind
    subject: Passage
    body: Passage
    attachments: tuple[Passage, ...] = ()
    lang: Passage | None = None
    only_lang: str = ""  # the language of the file, where each has its own; it is that of whoever gets it
    beside: Passage | None = None  # the text part that stands beside an HTML letter

    @property
    def path(self) -> str:
        """The file of the letter, as the settings name it."""
        return self.body.path

    @property
    def passages(self) -> tuple[Passage, ...]:
        """All templates of the letter."""
        single = tuple(passage for passage in (self.lang, self.beside) if passage is not None)
        return (self.subject, self.body, *self.attachments, *single)


def parse_source(path: str, content: bytes, *, text_beside: bytes | None = None, lang: str = "") -> LetterSource:
    """Take a letter apart. `text_beside` is the content of the .txt file of an .html letter.

    `lang` is the language that the name of the file says, where there is a file for each.

    ContentError (E18, E20) says what is wrong, at `path:line`.
    """
    kind = _kind(path)
    lines = _decode(path, content).split("\n")
    if lines[0].rstrip() != _FENCE:
        raise source_error(f"{path}:1", "the letter has no front matter, and so no subject", _START)
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if end is None:
        raise source_error(f"{path}:1", "the front matter is not closed", "Put a line +++ after its last setting.")
    front = _FrontMatter(path, lines[1:end])
    return LetterSource(
        kind,
        subject=front.subject(),
        body=_body(path, lines, start=end + 1),
        attachments=front.attachments(),
        lang=front.lang(),
        only_lang=lang,
        beside=_beside(path, text_beside) if kind is Kind.HTML and text_beside is not None else None,
    )


def _kind(path: str) -> Kind:
    for kind in Kind:
        if path.lower().endswith(kind.value):
            return kind
    raise source_error(
        path, "a letter ends in .md, .html or .txt", "Rename it, or name another letter in the settings."
    )


def _decode(path: str, content: bytes) -> str:
    """The text with LF line ends, without byte-order mark."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise source_error(f"{path}:{line}", "this line is not UTF-8", "Save the letter as UTF-8.") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise source_error(f"{path}:{line}", "this line holds a NUL character", "Save the letter as plain UTF-8 text.")
    return text


def _body(path: str, lines: list[str], *, start: int) -> Passage:
    """The lines from `start` (counted from 0) on, without blank ones at the beginning."""
    while start < len(lines) - 1 and not lines[start].strip():
        start += 1
    text = "\n".join(lines[start:])
    if not text.strip():
        raise source_error(f"{path}:{start + 1}", "the letter is empty", "Write it below the front matter.")
    return Passage(path, text, start + 1)


def _beside(path: str, content: bytes) -> Passage:
    beside = path[: -len(Kind.HTML.value)] + Kind.TEXT.value
    lines = _decode(beside, content).split("\n")
    if lines[0].rstrip() == _FENCE:
        hint = f"Keep it in {path} only; this file is nothing but its text."
        raise source_error(f"{beside}:1", "the text beside an HTML letter has no front matter", hint)
    return _body(beside, lines, start=0)


class _FrontMatter:
    """The settings between the +++ lines."""

    def __init__(self, path: str, lines: list[str]) -> None:
        self._path = path
        self._lines = lines
        self._settings = self._parse()
        for key in self._settings:
            if key not in _KEYS:
                hint = f"{nearest(key, _KEYS)}The front matter knows {', '.join(_KEYS)}."
                raise source_error(self._where(key), f'unknown setting "{shorten(key)}"', hint)

    def subject(self) -> Passage:
        """The subject, which every letter needs."""
        if "subject" not in self._settings:
            raise source_error(f"{self._path}:1", "the letter has no subject", _START, code="E18")
        subject = self._text("subject", self._settings["subject"])
        if not subject.text.strip():
            hint = "Write what the letter is about, in a few words."
            raise source_error(subject.where(), "the subject is empty", hint, code="E18")
        return subject

    def lang(self) -> Passage | None:
        """The language the letter is written in, if it says so."""
        return self._text("lang", self._settings["lang"]) if "lang" in self._settings else None

    def attachments(self) -> tuple[Passage, ...]:
        """The paths of the attachments: one, or a list."""
        value = self._settings.get("attachments", [])
        return tuple(self._text("attachments", path) for path in (value if isinstance(value, list) else [value]))

    def _parse(self) -> Mapping[str, object]:
        try:
            # The line in front stands for the opening +++, so that TOML counts lines as the file does.
            return tomllib.loads("\n".join(["", *self._lines, ""]))
        except tomllib.TOMLDecodeError as error:
            message, _, place = str(error).partition(" (at ")
            line = re.match(r"line (\d+)", place)
            where = f"{self._path}:{line[1] if line else len(self._lines) + 1}"
            hint = 'Write key = "value"; a value that holds " stands in single quotes, as in subject = \'…\'.'
            raise source_error(where, f"the front matter is not TOML: {message.lower()}", hint) from None
        except (RecursionError, ValueError):  # brackets in brackets, or a number of thousands of digits
            message = "the front matter holds what is nested too deeply, or a number that is too long"
            hint = f"It needs no more than {', '.join(_KEYS)}."
            raise source_error(f"{self._path}:1", message, hint) from None

    def _text(self, key: str, value: object) -> Passage:
        if not isinstance(value, str):
            raise source_error(self._where(key), f'"{key}" is not text', f'Put it in quotes: {key} = "…".')
        return Passage(self._path, value, self._line(key))

    def _line(self, key: str) -> int:
        """The line of the file that sets the key."""
        setting = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*[.=]|\s*\[+\s*{re.escape(key)}\b""")
        return next((number for number, line in enumerate(self._lines, 2) if setting.match(line)), 1)

    def _where(self, key: str) -> str:
        return f"{self._path}:{self._line(key)}"
