"""What docs/messages.py reads out of a source: every message, through whatever makes it, and what it can't read."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from docs.messages import written

ERRORS = """
class OutreachError(Exception):
    exit_code = 2
    def __init__(self, what, remedy, *, details=()): ...

class UsageError(OutreachError): ...

class UnsafeError(OutreachError):
    exit_code = 3

class Problem:
    code: str
    where: str
    message: str
    hint: str
    address: str = ""
    level: str = "error"

class Stop:
    ended: str
    exit_code: int
    what: str
    remedy: str

class UnfitError(Exception):
    def __init__(self, code, message, hint): ...
"""


def rows(folder: Path, source: str) -> tuple[list[str], list[str]]:
    """The rows of the tables for a package with this module, and what is not readable."""
    package = folder / "outreach"
    package.mkdir()
    (package / "errors.py").write_text(ERRORS)
    (package / "parts.py").write_text("from outreach.errors import Problem, Stop, UnsafeError, UsageError\n" + source)
    text, unread = written(package)
    return [line for line in text.splitlines() if line.startswith("| ") and "---" not in line][1:], unread


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('raise UsageError("It broke.", "Mend it.")', ["| 2 |  | It broke. | Mend it. |"]),
        (
            'def f(path, n):\n    raise UnsafeError(f"{path}: row {n + 1}", "Mend " + "it.")',
            ["| 3 |  | *path*: row *n* | Mend it. |"],
        ),
        (
            'def f(x):\n    raise UsageError("one" if x else f"{x} many", "Do.")',
            ["| 2 |  | *x* many | Do. |", "| 2 |  | one | Do. |"],
        ),
        (
            'def f(x):\n    what, hint = ("a wall", "Climb.") if x else ("a hole", "Jump.")\n'
            "    raise UsageError(what, hint)",
            ["| 2 |  | a hole | Jump. |", "| 2 |  | a wall | Climb. |"],
        ),
        (
            'def f(x):\n    hint = "Wait."\n    if x:\n        hint = "Run."\n    raise UsageError("smoke", hint)',
            ["| 2 |  | smoke | Run.<br>Wait. |"],
        ),
        (
            'def refuse(message, hint, *, code="E20"):\n    return Problem(code, "", message, hint)\n'
            'def f(x):\n    refuse("a", f"Do {x}.")\n    refuse("b", "Do.", code="E09")',
            ["| 3 | `E09` | b | Do. |", "| 3 | `E20` | a | Do *x*. |"],
        ),
        (
            "class Source:\n    def error(self, message, hint):\n        return self.problem(message, hint)\n"
            '    def problem(self, message, hint):\n        return Problem("E19", "x", message, hint)\n'
            'def f(source):\n    raise source.error("bad", "Mend it.")',
            ["| 3 | `E19` | bad | Mend it. |"],
        ),
        (
            'HINT = "Wait."\ndef advice(x) -> str:\n    if x:\n        return "Go."\n    return HINT\n'
            'def f(x):\n    return Stop("stopped", 5, "full", advice(x))',
            ["| 5 |  | full | Go.<br>Wait. |"],
        ),
        (
            'class _Odd(ValueError): ...\ndef g():\n    raise _Odd("too deep")\n'
            'def f():\n    try:\n        g()\n    except _Odd as error:\n        raise UsageError(str(error), "Do.")',
            ["| 2 |  | too deep | Do. |"],
        ),
        (
            'def f():\n    return Problem("E11", "", "told only", "Nothing.", level="info")',
            ["| – | `E11` | told only | Nothing. |"],
        ),
        ('def f():\n    raise UsageError("a|b *c* <d>", "Do.")', [r"| 2 |  | a\|b \*c\* \<d\> | Do. |"]),
        ("def f(error):\n    raise UsageError(error.what, error.remedy)", []),
    ],
    ids=[
        "plain", "f_string", "either_or", "pairs", "reassigned", "helper", "methods", "advice", "reasons", "info",
        "markdown", "passed_on",
    ],
)  # fmt: skip
def test_messages_are_read_through_what_makes_them(tmp_path: Path, source: str, expected: list[str]) -> None:
    """One row for each message, with what is known only later in italics, and remedies that belong to it."""
    found, unread = rows(tmp_path, source)

    assert found == expected
    assert unread == []


@pytest.mark.parametrize(
    "source",
    [
        'def f(box):\n    raise UsageError(box.open(), "Do.")',
        'def f(words):\n    raise UsageError("It broke.", words[0])',
        'def refuse(message):\n    raise UsageError(message, "Do.")\ncall = refuse',
    ],
    ids=["what", "remedy", "a_helper_that_nobody_calls"],
)
def test_what_can_not_be_read_is_told(tmp_path: Path, source: str) -> None:
    """A message is never left out in silence."""
    found, unread = rows(tmp_path, textwrap.dedent(source))

    assert found == []
    assert len(unread) == 1
    assert "outreach.parts" in unread[0]
