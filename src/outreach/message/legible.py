"""Texts of a message as they may be shown: what scripts need stays, what steers a terminal or hides is named."""

from __future__ import annotations

import unicodedata

# Joiners and marks that Persian, Indic and right-to-left texts need. They reorder nothing but what stands beside them,
# unlike embeddings, overrides and isolates, which reach as far as nobody sees.
_NEEDED = "\u200c\u200d\u200e\u200f\u061c\n"
_SOFT_HYPHEN = "\u00ad"  # nobody sees one but at the end of a line


def legible(text: str) -> str:
    """The text with blanks of every kind as blanks, and a code such as <U+202E> for what is not seen but obeyed."""
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable() or character in _NEEDED or character == "\u3000":
        return character
    if character == "\t":
        return "    "
    if character == _SOFT_HYPHEN:
        return ""
    return " " if unicodedata.category(character) == "Zs" else f"<U+{ord(character):04X}>"
