"""Findings: the problems of a campaign, counted all, kept up to a bound, grouped for the reader."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from outreach.errors import Problem

LISTED = 1000


@dataclass(slots=True)
class Findings:
    """What preflight found. Only the first thousand are kept; all are counted."""

    listed: list[Problem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    errors: int = 0
    warnings: int = 0

    def add(self, problem: Problem) -> None:
        """Take one in."""
        self.counts[problem.code] += 1
        if problem.level == "error":
            self.errors += 1
        elif problem.level == "warning":
            self.warnings += 1
        if len(self.listed) < LISTED:
            self.listed.append(problem)


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """Findings that say the same of several places."""

    first: Problem
    places: tuple[str, ...]
    total: int  # of its code and message; more than the places where not all are listed


def grouped(findings: Findings) -> tuple[FindingGroup, ...]:
    """The findings with one message each, errors first, each with all places that are listed."""
    groups: dict[tuple[str, str, str], list[Problem]] = {}
    for problem in findings.listed:
        groups.setdefault((problem.level, problem.code, problem.message), []).append(problem)
    order = {"error": 0, "warning": 1, "info": 2}
    return tuple(
        FindingGroup(problems[0], tuple(problem.where for problem in problems), len(problems))
        for _, problems in sorted(groups.items(), key=lambda item: order[item[0][0]])
    )
