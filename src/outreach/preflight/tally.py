"""What adds up over the rows of a list, stretch by stretch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

from outreach.errors import Problem
from outreach.preflight.examine import CheckRequest, Examined
from outreach.preflight.finding import LISTED, Findings

_OF_MANY = ("W04", "W05")  # as infos: a personal letter to a few offices needs neither
_BULK = 5000  # letters from which on Gmail calls it bulk
_ALL = 1 << 31  # more rows than any list has


@dataclass(slots=True)
class Tally:
    """What adds up over the rows."""

    request: CheckRequest
    findings: Findings
    on_problem: Callable[[Problem], None] | None
    missing: set[str]
    rows: int = 0
    bad_rows: int = 0
    copies: int = 0
    largest_bytes: int = 0
    most_recipients: int = 0
    subject: str = ""
    one_subject: bool = True
    images: frozenset[str] = frozenset()
    reserved: int = 0
    expired: int = 0
    next_expiry: float = inf
    repeated: int = 0
    names_languages: bool = False  # whether any row has a column lang
    has_contacts: bool = False
    with_files: int = 0
    named: list[Problem] = field(default_factory=list)
    of_many: list[Problem] = field(default_factory=list)
    shared: set[Problem] = field(default_factory=set)  # told already: every process finds them

    def note(self, problem: Problem) -> None:
        """Take in a finding."""
        self.findings.add(problem)
        if self.on_problem is not None:
            self.on_problem(problem)

    def note_whole(self, problem: Problem) -> None:
        """Take in a finding about the campaign, unless it was told: no row can be left out to mend it."""
        if problem in self.shared:
            return
        self.shared.add(problem)
        if problem.code in _OF_MANY and problem.level == "info":
            self.of_many.append(problem)
            return
        self._note_whole(problem)

    def note_many(self) -> None:
        """Tell what matters only in mail to many, where this is some."""
        if self.rows > _BULK:
            for problem in self.of_many:
                self._note_whole(problem)

    def _note_whole(self, problem: Problem) -> None:
        self.note(problem)
        if problem.level == "error":
            self.findings.whole.append(problem)

    def note_rows(self, problems: list[Problem], total: int) -> None:
        """Take in problems that were found over all rows: the first of them, of so many."""
        for problem in problems:
            self.note(problem)
        self.findings.add_uncounted(problems[-1], total - len(problems))
        self.bad_rows += total

    @property
    def limit(self) -> int:
        """How many of such problems are asked for."""
        return LISTED if self.on_problem is None else _ALL

    def take(self, examined: Examined) -> None:
        """Take in the next rows."""
        for problem in examined.shared:
            self.note_whole(problem)
        for problem in examined.problems:
            self.note(problem)
        self.rows += examined.rows
        self.bad_rows += examined.bad_rows
        self.copies += examined.copies
        self.reserved += examined.reserved
        self.expired += examined.expired
        self.next_expiry = min(self.next_expiry, examined.next_expiry)
        self.largest_bytes = max(self.largest_bytes, examined.largest_bytes)
        self.most_recipients = max(self.most_recipients, examined.most_recipients)
        if examined.subject:
            self.subject = self.subject or examined.subject
            self.one_subject = self.one_subject and examined.one_subject and self.subject == examined.subject
        self.images |= examined.images
        self.missing -= examined.found
        self.names_languages = self.names_languages or examined.names_languages
        self.with_files += examined.with_files
        self.named += examined.named[: LISTED - len(self.named)]
        self.has_contacts = self.has_contacts or examined.has_contacts
