"""Inline images: what the HTML calls them, and the parts that hold them (RFC 2392)."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from outreach.message.parts import Part, image_part

# Only as the value of an attribute: text that merely mentions an image by this name stays as it is.
_REFERENCE = re.compile(r"""=(["'])cid:([^"']*)\1""")


@dataclass(frozen=True, slots=True)
class InlineImage:
    """An image inside the message."""

    path: str
    content_id: str  # without brackets
    part: Part


def inline_image(path: str, content: bytes, *, domain: str) -> InlineImage:
    """The image as a part whose Content-ID lies in `domain` and is the same for the same path and content."""
    # The path itself can't be the id: it may hold blanks and other scripts, and it lacks an @.
    digest = hashlib.sha256(path.encode(errors="surrogatepass") + b"\0" + content).hexdigest()
    content_id = f"{digest[:32]}@{domain}"
    return InlineImage(path, content_id, image_part(path, content, content_id=content_id))


def refer_to_images(html_text: str, images: Sequence[InlineImage]) -> str:
    """The HTML with every `cid:` and path of an image, as an attribute's value, turned into its Content-ID."""
    content_ids = {image.path: image.content_id for image in images}

    def refer(found: re.Match[str]) -> str:
        mark, reference = found.groups()
        content_id = content_ids.get(unquote(html.unescape(reference)))
        return found[0] if content_id is None else f"={mark}cid:{content_id}{mark}"

    return _REFERENCE.sub(refer, html_text)
