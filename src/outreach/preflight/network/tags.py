"""Records that are lists of tags: those of DKIM and DMARC (RFC 6376, 3.2; RFC 9989, 4.7)."""

from __future__ import annotations

from collections.abc import Mapping


def parse_tags(text: str) -> Mapping[str, str] | None:
    """The values by tag, with the blanks around them dropped; None where it is no such list or a tag repeats."""
    tags: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        name = name.strip(" \t\r\n")
        if not equals and not name:
            continue
        if not equals or not name or name in tags:
            return None
        tags[name] = value.strip(" \t\r\n")
    return tags
