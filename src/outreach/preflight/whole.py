"""What is to be said of a campaign as a whole: no row can be left out to mend it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files

from outreach.composing.sealed import Sealed
from outreach.errors import Problem
from outreach.letter.variants import find_variants, has_languages, in_words


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


def _sentences() -> frozenset[str]:
    """In every language the line of the starter letter that tells to write here what happened."""
    letters = (files("outreach") / "starter" / "letters").iterdir()
    texts = (letter.read_text(encoding="utf-8") for letter in letters if letter.name.endswith(".md"))
    return frozenset(line.strip() for text in texts for line in text.splitlines() if re.search(r"\*\*.+\*\*", line))
