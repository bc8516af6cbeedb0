"""Line ends around the tags of the template language: a tag alone on its line leaves no line, others keep theirs."""

from __future__ import annotations

import re

# A raw block counts as one tag that is left alone: what looks like a tag in it is text.
_TAG = re.compile(r"(\{%[-+]?\s*raw\s*[-+]?%\}.*?\{%[-+]?\s*endraw\s*[-+]?%\}|\{%.*?%\}|\{#.*?#\})", re.DOTALL)


def settle_line_ends(source: str) -> str:
    """The template with its line ends protected where Jinja's `trim_blocks` would glue two lines of text together.

    `trim_blocks` drops the line end behind every tag, also where text stands before the tag on the same line.
    The number of lines stays the same.
    """
    pieces = _TAG.split(source)
    line_has_text = False
    for number, piece in enumerate(pieces):
        if number % 2:
            following = pieces[number + 1]
            if line_has_text and following.startswith("\n") and piece[-3] not in "+-":
                pieces[number] = f"{piece[:-2]}+{piece[-2:]}"
            elif not line_has_text:
                # Blanks after a lone tag would leave a blank line, which ends a table.
                pieces[number + 1] = re.sub(r"\A[ \t]+(?=\n)", "", following)
        elif "\n" in piece:
            line_has_text = bool(piece.rpartition("\n")[2].strip())
        else:
            line_has_text = line_has_text or bool(piece.strip())
    return "".join(pieces)
