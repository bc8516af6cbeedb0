"""W09 and W19: subjects and names that pretend to be something else, and the label that Korean law asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outreach.errors import Problem
from outreach.model import Mailbox

_REPLY = re.compile(
    r"(?:re|fw|fwd|aw|wg|sv|vs|antw|tr|rv|res|enc|답장|회신|전달|رد|إعادة توجيه|回复|答复|转发)\s*(?:\[\d+\])?\s*[:：]",
    re.IGNORECASE,
)
_LABEL = "(광고)"
_DISGUISED = re.compile(
    r"[\[({<【〔（［]\s*광\W{0,3}고\s*[\])}>】〕）］]|^\s*[\[({<【〔（［]\s*(?:ad|advertisement)\s*[\])}>】〕）］]|^\s*광고\s*[:：]",
    re.IGNORECASE,
)
_PICTURE = re.compile("[\u2600-\u27bf\u2b50-\u2b55\U0001f000-\U0001faff]")
_LEAST_CAPITALS = 10


def check_subject(subject: str) -> Iterator[Problem]:
    """What a subject pretends."""
    if _REPLY.match(subject):
        message = "the subject looks like an answer or a forwarded letter, and this is neither"
        yield _warning("W09", message, "Begin it with what the letter is about.")
    if _shouts(subject):
        yield _warning("W09", "the subject is all in capitals", "Write it as a sentence.")


def check_label(subject: str, *, purpose: str, is_korean: bool) -> Iterator[Problem]:
    """The label of advertising (Network Act, 50; its decree, annex 6): as it is, at the beginning, and never else."""
    if subject.startswith(_LABEL):
        return
    if _DISGUISED.search(subject):
        message = f"the label of advertising is disguised: it must be {_LABEL}, at the beginning of the subject"
        yield _warning("W19", message, f"Begin the subject with {_LABEL}.")
    elif purpose == "commercial" and is_korean:
        message = f"advertising to Korea must begin its subject with {_LABEL}"
        yield _warning("W19", message, f"Begin the subject with {_LABEL}, if this is advertising.")


def check_name(from_: Mailbox) -> Iterator[Problem]:
    """What the sender's name holds beside a name."""
    if _PICTURE.search(from_.name):
        yield Problem(
            "W09", "[sender] from", "the sender's name holds a picture", "Write a name only.", level="warning"
        )
    elif _REPLY.match(from_.name) or ("@" in from_.name and from_.name.lower() != from_.address.lower()):
        message = "the sender's name looks like a subject, or like another address"
        yield Problem("W09", "[sender] from", message, "Write a name only.", level="warning")


def _shouts(subject: str) -> bool:
    cased = [character for character in subject if character.isupper() or character.islower()]
    return len(cased) >= _LEAST_CAPITALS and " " in subject.strip() and all(map(str.isupper, cased))


def _warning(code: str, message: str, hint: str) -> Problem:
    return Problem(code, "", message, hint, level="warning")
