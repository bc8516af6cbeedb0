"""What is to be said of a campaign as a whole: no row can be left out to mend it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from importlib.resources import files

from outreach.composing.sealed import Sealed
from outreach.errors import Problem
from outreach.letter.variants import find_variants, has_languages, in_words
from outreach.preflight.checks.attachments import MANY, many_attachments
from outreach.preflight.checks.domains import check_answerable, check_freemail, check_look
from outreach.preflight.checks.subject import check_name
from outreach.preflight.examine import CheckRequest


def missing_languages(sealed: Sealed, file: str) -> Iterator[Problem]:
    """A word where there are several letters, for a list that has no column `lang` to choose by."""
    if not has_languages(sealed.letter):
        return
    tags = find_variants(sealed.letter, sealed.shared_files).paths
    if len(tags) > 1:
        yield Problem(
            "E28",
            file,
            f"the letter is there in {in_words(tags)}, and the list has no column lang: "
            f"every row gets {sealed.default_lang}",
            'Name the column: columns = { lang = "언어" } under [contacts], or add one.',
            level="info",
        )


def starter_letters(sealed: Sealed) -> Iterator[Problem]:
    """An error for each letter that still holds the sentence which says what to write in its place."""
    sentences = _sentences()
    variants = find_variants(sealed.letter, sealed.shared_files).paths.values() if has_languages(sealed.letter) else ()
    for path in variants or (sealed.letter,):
        text = sealed.shared_files[path].decode("utf-8", errors="replace")
        if sentences.intersection(map(str.strip, text.splitlines())):
            yield Problem("E29", path, "is still the letter that outreach init wrote", "Write your own.")


def sender_problems(request: CheckRequest, sealed: Sealed) -> Iterator[Problem]:
    """What is wrong with who writes, as far as that can be told without asking anybody."""
    sender = sealed.sender
    if request.relay_host and not request.on_loopback:
        yield from check_freemail(sender.from_, request.relay_host)
    yield from check_answerable(sender.from_, sender.reply_to)
    yield from check_look(sender.from_.domain, "[sender] from")
    yield from check_name(sender.from_)


def too_many_files(letters: int, sealed: Sealed) -> Iterator[Problem]:
    """A warning where so many letters bring files along."""
    if letters > MANY:
        yield dataclasses.replace(many_attachments(letters), where=sealed.letter)


def _sentences() -> frozenset[str]:
    """In every language the line of the starter letter that tells to write here what happened."""
    letters = (files("outreach") / "starter" / "letters").iterdir()
    texts = (letter.read_text(encoding="utf-8") for letter in letters if letter.name.endswith(".md"))
    return frozenset(line.strip() for text in texts for line in text.splitlines() if re.search(r"\*\*.+\*\*", line))
