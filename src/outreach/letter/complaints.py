"""What is wrong with a letter, in words: errors of the template language become problems with a place and a remedy."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from types import TracebackType

from jinja2 import Template, TemplateSyntaxError
from jinja2.exceptions import UndefinedError

from outreach.errors import ContentError, Problem
from outreach.letter.options import LINK

_LONGEST_SAID = 300
_SHOWN = 40


class UnfitError(Exception):
    """A value that can't stand where the letter uses it. Raised while rendering; the place is added later."""

    def __init__(self, code: str, message: str, hint: str, *, several: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.several = several  # what is said of several rows that have it

    def problem(self, where: str) -> Problem:
        """The problem, at its place."""
        return Problem(self.code, where, self.message, self.hint, several=self.several)


class EmptyError(Exception):
    """The letter prints something empty without having asked whether it is."""


def source_error(where: str, message: str, hint: str, *, code: str = "E20") -> ContentError:
    """The error for a letter that can't be used as it is written."""
    return ContentError(Problem(code, where, message, hint))


def shorten(value: str) -> str:
    """The beginning of a value, on one line, for a message."""
    value = " ".join(value.split())
    return value if len(value) <= _SHOWN else value[:_SHOWN] + "…"


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence that names the known names most like this one; empty where none is."""
    found = difflib.get_close_matches(name, sorted(known), n=3)
    return f"Did you mean {' or '.join(found)}? " if found else ""


def syntax_problem(error: TemplateSyntaxError, where: str, filters: Iterable[str]) -> ContentError:
    """The error for a template that does not parse."""
    said = (error.message or "nobody knows why")[:_LONGEST_SAID]  # it may quote any length of the letter
    if missing := re.fullmatch(r"No filter named '(.+)'\.", said):
        hint = f"{nearest(missing[1], filters)}Filters of our own are date, count, join and listed."
        return source_error(where, f'there is no filter "{missing[1]}"', hint)
    message = f"this can't be read as a template: {said[0].lower()}{said[1:].rstrip('.')}"
    hint = "Every {{ needs its }}, every {% if %} its {% endif %}, every {% for %} its {% endfor %}."
    return source_error(where, message, hint)


def failing_line(template: Template, filename: str, traceback: TracebackType | None) -> int:
    """The line of the template that was being rendered when the error was raised; 1 where that can't be told."""
    line = 1
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == filename:
            line = template.get_corresponding_lineno(traceback.tb_lineno)
        traceback = traceback.tb_next
    return line


def render_problem(error: Exception, where: str, *, expression: str, known: Iterable[str]) -> Problem:
    """The problem behind an error while rendering; `expression` is what the letter was about to print."""
    if isinstance(error, UnfitError):
        return error.problem(where)
    if isinstance(error, EmptyError):
        return _empty(expression, where)
    if isinstance(error, UndefinedError):
        return _undefined(error.message or "", where, known)
    message = f"the letter can't be rendered here: {shorten(str(error)) or type(error).__name__}"
    return Problem("E20", where, message, "Correct what stands between {{ }} or {% %} on that line.")


def _empty(expression: str, where: str) -> Problem:
    name = expression or "a field"
    message = f'"{name}" is empty, and the letter prints it'
    shown = expression.partition("|")[0].strip() or "field"
    hint = f'Fill it in, or let the letter ask: {{% if {shown} %}}, or {{{{ {shown} | default("…", true) }}}}.'
    return Problem("E09", where, message, hint, several=f'lack "{name}"')


def _undefined(message: str, where: str, known: Iterable[str]) -> Problem:
    quoted = re.findall(r"'([^']+)'", message)
    if not quoted:
        hint = "Let the letter ask first whether there is anything, with {% if %}."
        return Problem("E09", where, f"nothing to print here: {message.rstrip('.').lower()}", hint)
    if quoted[-1] == LINK:
        missing = f'the letter uses "{LINK}", and its letters have no link to unsubscribe'
        hint = "Set always = true and a url or mailto under [unsubscribe], or a purpose such as subscribed."
        return Problem("E09", where, missing, hint, several=f'would print "{LINK}", and have no link to unsubscribe')
    owner = "the row has" if message.endswith("is undefined") else "the table has"
    missing = f'the letter uses "{quoted[-1]}", which {owner} no column for'
    hint = f"{nearest(quoted[-1], known)}Correct the name in the letter, or add the column."
    return Problem("E09", where, missing, hint, several=f'lack the column "{quoted[-1]}", which the letter uses')
