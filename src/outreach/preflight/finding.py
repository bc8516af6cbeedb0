"""Findings: the problems of a campaign, counted all, kept up to a bound, grouped for the reader."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from outreach.errors import Problem

LISTED = 1000
GROUPS = 100  # of one level; a list with more kinds of problems than this is no list
EXAMPLES = 3

_LEVELS = ("error", "warning", "info")


@dataclass(slots=True)
class FindingGroup:
    """Findings that are of one kind: the first few of them, and in how many places they are."""

    first: Problem
    examples: list[Problem] = field(default_factory=list)
    total: int = 0
    places: int = 0  # fewer than the findings where a row has several: two copies that are suppressed
    alike: bool = True  # whether all say the same
    _last_place: str | None = None

    def add(self, problem: Problem) -> None:
        """Take one in. Those of one place come one after the other."""
        self.total += 1
        self.alike = self.alike and problem.message == self.first.message
        self.places += problem.where != self._last_place
        self._last_place = problem.where
        if len(self.examples) < EXAMPLES:
            self.examples.append(problem)

    def add_uncounted(self, count: int) -> None:
        """Take in so many more of its kind, whose places were not asked for."""
        self.total += count
        self.places += count


@dataclass(slots=True)
class Findings:
    """What preflight found. Only the first thousand are kept, and so many kinds of them; all are counted."""

    listed: list[Problem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    levels: Counter[str] = field(default_factory=Counter)
    warned: set[str] = field(default_factory=set)  # the codes of the warnings
    whole: list[Problem] = field(default_factory=list)  # those of the campaign: no row can be left out to mend them
    _groups: dict[tuple[str, ...], FindingGroup] = field(default_factory=dict)
    _kinds: Counter[str] = field(default_factory=Counter)

    @property
    def errors(self) -> int:
        """How many of them stop a send."""
        return self.levels["error"]

    @property
    def warnings(self) -> int:
        """How many of them ask to be accepted."""
        return self.levels["warning"]

    def add(self, problem: Problem) -> None:
        """Take one in."""
        self.counts[problem.code] += 1
        self.levels[problem.level] += 1
        if problem.level == "warning":
            self.warned.add(problem.code)
        if len(self.listed) < LISTED:
            self.listed.append(problem)
        if group := self._group(problem):
            group.add(problem)

    def add_uncounted(self, like: Problem, count: int) -> None:
        """Take in so many more of the kind of one that was taken in."""
        self.counts[like.code] += count
        self.levels[like.level] += count
        if group := self._group(like):
            group.add_uncounted(count)

    def grouped(self) -> tuple[FindingGroup, ...]:
        """The kinds there are, errors first, else in the order in which they were found."""
        return tuple(sorted(self._groups.values(), key=lambda group: _LEVELS.index(group.first.level)))

    def _group(self, problem: Problem) -> FindingGroup | None:
        """The group it belongs to; None where there are too many already."""
        kind = (problem.level, problem.code, problem.several or problem.message)
        group = self._groups.get(kind)
        if group is None and self._kinds[problem.level] < GROUPS:
            self._kinds[problem.level] += 1
            group = self._groups[kind] = FindingGroup(problem)
        return group
