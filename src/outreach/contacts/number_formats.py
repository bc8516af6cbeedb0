"""Number formats of a workbook that make a code of a number: 00000 shows 1234 as 01234."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(
    r"""
      (?P<digit>[0#?])
    | "(?P<quoted>[^"]*)" | \\(?P<escaped>.) | (?P<bare>[-()+ :])
    | \[(?P<bracket>[^]]*)\]
    | _(?P<space>.) | \*(?P<fill>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_SECTIONS = re.compile(r'(?:[^;"\\]|"[^"]*"|\\.)+', re.DOTALL)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)")
_COLOUR = re.compile(r"black|blue|cyan|green|magenta|red|white|yellow|color ?\d+", re.IGNORECASE)
_LOCALE = re.compile(r"\$-[0-9A-Fa-f,]+")
_COMPARE = {
    "<=": operator.le, ">=": operator.ge, "<>": operator.ne, "<": operator.lt, ">": operator.gt, "=": operator.eq,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Section:
    """One of the up to four parts of a format, for numbers of one range."""

    tokens: tuple[tuple[str, str], ...]  # ("digit", "0") or ("text", "-")
    condition: tuple[str, float] | None

    @property
    def makes_code(self) -> bool:
        """Whether it adds something to a number: zeros in front, or signs among its digits."""
        digits = [text for kind, text in self.tokens if kind == "digit"]
        return len(digits) >= 2 and (digits.count("0") >= 2 or len(digits) < len(self.tokens))

    def holds_for(self, value: float) -> bool:
        """Whether the condition is met; without one it is."""
        return self.condition is None or bool(_COMPARE[self.condition[0]](value, self.condition[1]))

    def show(self, number: int) -> str:
        """The digits in their places, from the right; those that find no place stand at the first."""
        digits = str(number)
        shown: list[str] = []
        left = sum(kind == "digit" for kind, _ in self.tokens)
        for kind, text in reversed(self.tokens):
            if kind == "text":
                shown.append(text)
                continue
            left -= 1
            if not digits:
                shown.append({"0": "0", "?": " "}.get(text, ""))
            else:
                taken = digits if left == 0 else digits[-1]
                digits = digits[: -len(taken)]
                shown.append(taken)
        return "".join(reversed(shown))


def makes_codes(code: str) -> bool:
    """Whether the format shows some numbers as a code: a postal code, a phone number."""
    return any(section is not None and section.makes_code for section in _sections(code))


def show_number(value: float, code: str) -> str | None:
    """A number as the format shows it where that is a code; None where it is a plain number, a sum or a date."""
    if value < 0 or not float(value).is_integer():
        return None
    sections = _sections(code)
    conditional = any(section is not None and section.condition for section in sections)
    if conditional:
        section = next((one for one in sections if one is None or one.holds_for(value)), None)
    else:
        section = sections[2] if value == 0 and len(sections) > 2 else sections[0]
    return section.show(int(value)) if section is not None and section.makes_code else None


@lru_cache(maxsize=512)
def _sections(code: str) -> tuple[_Section | None, ...]:
    """The parts of a format; None for one that shows something else than a code."""
    return tuple(map(_parse, _SECTIONS.findall(code))) or (None,)


def _parse(text: str) -> _Section | None:
    tokens: list[tuple[str, str]] = []
    condition: tuple[str, float] | None = None
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            return None  # a decimal point, thousands, percent, an exponent, a fraction, a date, General
        position = match.end()
        kind, content = match.lastgroup or "", match[match.lastgroup or 0]
        if kind == "digit":
            tokens.append(("digit", content))
        elif kind in ("quoted", "escaped", "bare"):
            tokens.append(("text", content))
        elif kind == "bracket":
            if stated := _CONDITION.fullmatch(content):
                condition = (stated[1], float(stated[2]))
            elif not (_COLOUR.fullmatch(content) or _LOCALE.fullmatch(content)):
                return None  # a currency, or hours that go on beyond a day
        # `_x` leaves room and `*x` fills the cell: neither is part of what it says.
    return _Section(tuple(tokens), condition)
