"""What must follow each fault at each stage: the table itself, and how docs/reactions.md tells it to people.

A half of a line is how the fault is met: once, by the second letter (before a letter is named: by the second
connection, the first having ended after its letter), or always. It says: the state of the letters that met it, the
attempts they are charged, the exit code of the run, and whether a connection that met it carried another letter. All
other letters are accepted at their first attempt, or planned where the run stopped (4 and 5).

*unplanned*: the run connects before it plans, so nothing has begun. Another column is another half of each line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "reactions.md"


class Meets(StrEnum):
    """How often the fault comes: a column of the table."""

    ONCE = "once"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Expected:
    """One half of a line."""

    state: str
    charged: int
    exit_code: int
    reused: bool


TABLE = """
# stage   fault   | once             | always
#                 | state  n exit re | state  n exit re
connect   4xx     | accepted  1 0 no  | unplanned 0 5 no
connect   5xx     | planned   0 5 no  | unplanned 0 5 no
connect   421     | accepted  1 0 no  | unplanned 0 5 no
connect   fin     | accepted  1 0 no  | unplanned 0 5 no
connect   rst     | accepted  1 0 no  | unplanned 0 5 no
connect   stall   | accepted  1 0 no  | unplanned 0 5 no
connect   drip    | accepted  1 0 no  | unplanned 0 5 no
connect   garbage | accepted  1 0 no  | unplanned 0 5 no
connect   flood   | accepted  1 0 no  | unplanned 0 5 no
connect   double  | accepted  1 0 no  | unplanned 0 5 no
connect   late    | accepted  1 0 no  | unplanned 0 5 no

greeting  4xx     | accepted  1 0 no  | unplanned 0 5 no
greeting  5xx     | planned   0 5 no  | unplanned 0 5 no
greeting  421     | accepted  1 0 no  | unplanned 0 5 no
greeting  fin     | accepted  1 0 no  | unplanned 0 5 no
greeting  rst     | accepted  1 0 no  | unplanned 0 5 no
greeting  stall   | accepted  1 0 no  | unplanned 0 5 no
greeting  drip    | accepted  1 0 no  | unplanned 0 5 no
greeting  garbage | accepted  1 0 no  | unplanned 0 5 no
greeting  flood   | accepted  1 0 no  | unplanned 0 5 no
greeting  double  | accepted  1 0 no  | unplanned 0 5 no
greeting  late    | accepted  1 0 no  | unplanned 0 5 no

ehlo      4xx     | accepted  1 0 no  | unplanned 0 5 no
ehlo      5xx     | accepted  1 0 no  | unplanned 0 5 no
ehlo      421     | accepted  1 0 no  | unplanned 0 5 no
ehlo      fin     | accepted  1 0 no  | unplanned 0 5 no
ehlo      rst     | accepted  1 0 no  | unplanned 0 5 no
ehlo      stall   | accepted  1 0 no  | unplanned 0 5 no
ehlo      drip    | accepted  1 0 no  | unplanned 0 5 no
ehlo      garbage | accepted  1 0 no  | unplanned 0 5 no
ehlo      flood   | accepted  1 0 no  | unplanned 0 5 no
ehlo      double  | accepted  1 0 no  | unplanned 0 5 no
ehlo      late    | accepted  1 0 no  | unplanned 0 5 no

starttls  4xx     | accepted  1 0 no  | unplanned 0 5 no
starttls  5xx     | accepted  1 0 no  | unplanned 0 5 no
starttls  421     | accepted  1 0 no  | unplanned 0 5 no
starttls  fin     | accepted  1 0 no  | unplanned 0 5 no
starttls  rst     | accepted  1 0 no  | unplanned 0 5 no
starttls  stall   | accepted  1 0 no  | unplanned 0 5 no
starttls  drip    | accepted  1 0 no  | unplanned 0 5 no
starttls  garbage | accepted  1 0 no  | unplanned 0 5 no
starttls  flood   | accepted  1 0 no  | unplanned 0 5 no
starttls  double  | accepted  1 0 yes | accepted  1 0 yes
starttls  late    | accepted  1 0 no  | unplanned 0 5 no

auth      4xx     | accepted  1 0 no  | unplanned 0 5 no
auth      5xx     | planned   0 4 no  | unplanned 0 4 no
auth      421     | accepted  1 0 no  | unplanned 0 5 no
auth      fin     | accepted  1 0 no  | unplanned 0 5 no
auth      rst     | accepted  1 0 no  | unplanned 0 5 no
auth      stall   | accepted  1 0 no  | unplanned 0 5 no
auth      drip    | accepted  1 0 no  | unplanned 0 5 no
auth      garbage | accepted  1 0 no  | unplanned 0 5 no
auth      flood   | accepted  1 0 no  | unplanned 0 5 no
auth      double  | accepted  1 0 no  | unplanned 0 5 no
auth      late    | accepted  1 0 no  | unplanned 0 5 no

mail      4xx     | deferred  1 1 yes | deferred  1 1 yes
mail      5xx     | planned   0 5 no  | planned   0 5 no
mail      421     | accepted  1 0 no  | planned   0 5 no
mail      fin     | accepted  1 0 no  | planned   0 5 no
mail      rst     | accepted  1 0 no  | planned   0 5 no
mail      stall   | accepted  1 0 no  | planned   0 5 no
mail      drip    | accepted  1 0 no  | planned   0 5 no
mail      garbage | accepted  1 0 no  | planned   0 5 no
mail      flood   | accepted  1 0 no  | planned   0 5 no
mail      double  | accepted  1 0 no  | planned   0 5 no
mail      late    | accepted  1 0 no  | planned   0 5 no

rcpt      4xx     | deferred  1 1 yes | deferred  1 1 yes
rcpt      5xx     | failed    1 1 yes | failed    1 1 yes
rcpt      421     | deferred  1 1 no  | deferred  1 1 no
rcpt      fin     | accepted  1 0 no  | deferred  1 1 no
rcpt      rst     | accepted  1 0 no  | deferred  1 1 no
rcpt      stall   | accepted  1 0 no  | deferred  1 1 no
rcpt      drip    | accepted  1 0 no  | deferred  1 1 no
rcpt      garbage | accepted  1 0 no  | deferred  1 1 no
rcpt      flood   | accepted  1 0 no  | deferred  1 1 no
rcpt      double  | accepted  1 0 no  | deferred  1 1 no
rcpt      late    | accepted  1 0 no  | deferred  1 1 no

data      4xx     | deferred  1 1 yes | deferred  1 1 yes
data      5xx     | failed    1 1 yes | failed    1 1 yes
data      421     | deferred  1 1 no  | deferred  1 1 no
data      fin     | accepted  1 0 no  | deferred  1 1 no
data      rst     | accepted  1 0 no  | deferred  1 1 no
data      stall   | accepted  1 0 no  | deferred  1 1 no
data      drip    | accepted  1 0 no  | deferred  1 1 no
data      garbage | accepted  1 0 no  | deferred  1 1 no
data      flood   | accepted  1 0 no  | deferred  1 1 no
data      double  | accepted  1 0 no  | deferred  1 1 no
data      late    | accepted  1 0 no  | deferred  1 1 no

body      4xx     | deferred  1 1 no  | deferred  1 1 no
body      5xx     | failed    1 1 no  | failed    1 1 no
body      421     | deferred  1 1 no  | deferred  1 1 no
body      fin     | accepted  1 0 no  | deferred  1 1 no
body      rst     | accepted  1 0 no  | deferred  1 1 no
body      stall   | accepted  1 0 no  | deferred  1 1 no
body      drip    | accepted  1 0 no  | deferred  1 1 no
body      garbage | accepted  1 0 no  | deferred  1 1 no
body      flood   | accepted  1 0 no  | deferred  1 1 no
body      double  | accepted  1 0 no  | deferred  1 1 no
body      late    | accepted  1 0 no  | deferred  1 1 no

dot       4xx     | deferred  1 1 yes | deferred  1 1 yes
dot       5xx     | failed    1 1 yes | failed    1 1 yes
dot       421     | deferred  1 1 no  | deferred  1 1 no
dot       fin     | unsure    1 1 no  | unsure    1 1 no
dot       rst     | unsure    1 1 no  | unsure    1 1 no
dot       stall   | unsure    1 1 no  | unsure    1 1 no
dot       drip    | unsure    1 1 no  | unsure    1 1 no
dot       garbage | unsure    1 1 no  | unsure    1 1 no
dot       flood   | unsure    1 1 no  | unsure    1 1 no
dot       double  | unsure    1 1 no  | unsure    1 1 no
dot       late    | unsure    1 1 no  | unsure    1 1 no

rset      4xx     | failed    1 1 no  | failed    1 1 no
rset      5xx     | failed    1 1 no  | failed    1 1 no
rset      421     | failed    1 1 no  | failed    1 1 no
rset      fin     | failed    1 1 no  | failed    1 1 no
rset      rst     | failed    1 1 no  | failed    1 1 no
rset      stall   | failed    1 1 no  | failed    1 1 no
rset      drip    | failed    1 1 no  | failed    1 1 no
rset      garbage | failed    1 1 no  | failed    1 1 no
rset      flood   | failed    1 1 no  | failed    1 1 no
rset      double  | failed    1 1 no  | failed    1 1 no
rset      late    | failed    1 1 no  | failed    1 1 no

quit      4xx     | accepted  1 0 no  | accepted  1 0 no
quit      5xx     | accepted  1 0 no  | accepted  1 0 no
quit      421     | accepted  1 0 no  | accepted  1 0 no
quit      fin     | accepted  1 0 no  | accepted  1 0 no
quit      rst     | accepted  1 0 no  | accepted  1 0 no
quit      stall   | accepted  1 0 no  | accepted  1 0 no
quit      drip    | accepted  1 0 no  | accepted  1 0 no
quit      garbage | accepted  1 0 no  | accepted  1 0 no
quit      flood   | accepted  1 0 no  | accepted  1 0 no
quit      double  | accepted  1 0 no  | accepted  1 0 no
quit      late    | accepted  1 0 no  | accepted  1 0 no
"""

_Line = tuple[str, str, tuple[Expected, ...]]


def lines() -> Iterator[_Line]:
    """Stage, fault, and what is expected in each column."""
    for line in TABLE.strip().splitlines():
        if line and not line.startswith("#"):
            names, *halves = line.split("|")
            stage, fault = names.split()
            yield stage, fault, tuple(_read(half) for half in halves)


def _read(half: str) -> Expected:
    state, charged, exit_code, reused = half.split()
    return Expected(state, int(charged), int(exit_code), reused == "yes")


def expected_reactions() -> dict[tuple[str, str, Meets], Expected]:
    """The table, by stage, fault and column."""
    return {
        (stage, fault, meets): expected
        for stage, fault, halves in lines()
        for meets, expected in zip(Meets, halves, strict=True)
    }


# --- for people -------------------------------------------------------------------------------------------------------

_FAULTS = {
    "4xx": "refuses for now (4xx)",
    "5xx": "refuses for good (5xx)",
    "421": "says 421 and closes",
    "fin": "closes without a word",
    "rst": "resets the connection",
    "stall": "says nothing",
    "drip": "answers one byte a second",
    "garbage": "answers garbage",
    "flood": "answers with 10 MB",
    "double": "answers twice at once",
    "late": "answers after the time limit",
}
_MOST_NAMED = 5  # where more faults than that have the same reaction, they are "anything else"
_NOTES = {
    "starttls": "What comes behind the answer that begins TLS is thrown away and never heard.",
    "body": "Here the server that says nothing reads no more, or one byte a second, or only after the time limit.\n"
    "The letter is larger than what fits between the two.",
    "rset": "The letter had failed before, with its recipient.",
}
_STAGES = {
    "connect": "The connection stands, and nothing has been said",
    "greeting": "In place of the greeting",
    "ehlo": "At EHLO",
    "starttls": "At STARTTLS",
    "auth": "At the login",
    "mail": "At MAIL, which names the sender",
    "rcpt": "At RCPT, which names a recipient",
    "data": "At DATA, which asks whether the letter may follow",
    "body": "While the letter is on its way",
    "dot": "After the final dot",
    "rset": "At RSET, which follows a refusal",
    "quit": "At QUIT, when all is said",
}
_HEAD = """\
# What we do when the mail server does this

Each line was tried: a small campaign was sent to a server that misbehaves so, once and then always.
`python -m tests.reliability.matrix` tries them all again, and writes this page with `--write`.

At any stage a server {faults}.

What the tables say:

- *Tried again at once*: the letter was not the cause and is not charged; it was accepted over the next connection.
- *Untried*: the letter is planned as before and not charged.
- *Nothing begun*: `send` connects before it plans, and could not.
- *Deferred*, *failed* and *unsure* are [states of a delivery](delivery-states.md); the letter is charged one attempt.
- The number is the exit code of the run; with 4 and 5 it stopped at once, and the next one goes on.

The other letters were accepted at their first attempt, or kept for the next run where this one stopped.
Nobody got a second copy.
A run that met a fault once ended within the time limit and two seconds.
A letter with which the connection is lost three times is put off.
A server that loses six connections before a letter is named ends the run.
[The policy](policy.md) says why.
"""


def document() -> str:
    """The page for people."""
    parts = [_HEAD.format(faults=_listed(list(_FAULTS.values())))]
    for stage, of_stage in groupby(lines(), key=lambda line: line[0]):
        parts.append(
            f"\n## {_STAGES[stage]}\n\n| the server | once | the connection | always |\n| --- | --- | --- | --- |\n"
        )
        by_reaction: dict[tuple[Expected, ...], list[str]] = {}
        for _, fault, halves in of_stage:
            by_reaction.setdefault(halves, []).append(_FAULTS[fault])
        for (once, always), faults in sorted(by_reaction.items(), key=lambda item: len(item[1])):
            does = (
                _listed(faults)
                if len(faults) < _MOST_NAMED
                else "does anything else"
                if len(by_reaction) > 1
                else "does any of this"
            )
            parts.append(
                f"| {does} | {_in_words(once, stage)}, {once.exit_code} | {_connection(once, stage)} "
                f"| {_in_words(always, stage)}, {always.exit_code} |\n"
            )
        if stage in _NOTES:
            parts.append(f"\n{_NOTES[stage]}\n")
    return "".join(parts)


def _listed(faults: Sequence[str]) -> str:
    *first, last = faults
    return f"{', '.join(first)} or {last}" if first else last


def _in_words(expected: Expected, stage: str) -> str:
    if expected.state == "accepted":
        return "accepted" if expected.reused or stage == "quit" else "tried again at once"
    return {"planned": "untried", "unplanned": "nothing begun"}.get(expected.state, expected.state)


def _connection(expected: Expected, stage: str) -> str:
    if stage == "quit":
        return "is over anyway"
    return "goes on" if expected.reused else "closed"
