"""I03: what SpamAssassin on this machine makes of a letter. Nothing leaves the machine, and nobody is asked."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass

from outreach.errors import Problem, SettingsError

_PROGRAM = "spamassassin"
_MOST_SECONDS = 120.0
_RULE = re.compile(r"^ *(-?\d+\.\d+) (?:\w+ )??([A-Z][A-Z0-9_]+) +(.*)$", re.MULTILINE)
_REPORT = "Content analysis details:"


@dataclass(frozen=True, slots=True)
class Point:
    """A rule that a letter has met."""

    points: float
    rule: str
    about: str


def judge_letter(content: bytes) -> tuple[Point, ...]:
    """The rules that the message has met, without network tests. SettingsError where the program can't be used."""
    program = shutil.which(_PROGRAM)
    if program is None:
        raise SettingsError("spamassassin: not installed", "Install it: apt-get install spamassassin.")
    with tempfile.TemporaryDirectory() as home:  # it learns from what it judges, and our test is not to be learned
        try:
            done = subprocess.run(  # noqa: S603 - a fixed command; the letter goes to its stdin
                [program, "-L", "-t", f"--prefspath={home}/none"],
                input=content,
                capture_output=True,
                timeout=_MOST_SECONDS,
                check=False,
                env={"HOME": home, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"},
            )
        except subprocess.TimeoutExpired as error:
            raise SettingsError(
                f"spamassassin: no answer within {_MOST_SECONDS:.0f} s", "Try it by hand: spamassassin -L -t < FILE."
            ) from error
    report = done.stdout.decode("utf-8", errors="replace").rpartition(_REPORT)[2]
    if done.returncode != 0 or not report:
        said = done.stderr.decode("utf-8", errors="replace").strip().splitlines() or ["nothing"]
        raise SettingsError(f"spamassassin: {said[-1][:200]}", "Try it by hand: spamassassin -L -t < FILE.")
    return tuple(Point(float(points), rule, about.strip()) for points, rule, about in _RULE.findall(report))


def score_finding(points: tuple[Point, ...], where: str) -> Problem:
    """The sum, and the rules that cost or gain anything."""
    total = sum(point.points for point in points)
    costly = sorted((point for point in points if point.points), key=lambda point: -point.points)
    rules = ", ".join(f"{point.rule} {point.points:+.1f}" for point in costly)
    message = f"SpamAssassin gives it {total:.1f} points{f' ({rules})' if rules else ''}"
    hint = "Many receivers take 5.0 for spam; docs/deliverability.md explains the points."
    return Problem("I03", where, message, hint, level="info")
