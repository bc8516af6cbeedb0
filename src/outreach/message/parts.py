"""Parts: the pieces of a message in several parts, and how they are joined (RFC 2046, RFC 2183, RFC 2231)."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from urllib.parse import quote

from outreach.message.body import base64_lines, encode_text
from outreach.message.media_type import media_type
from outreach.message.stretches import holds_no_boundary
from outreach.model import Stretches

_PARAMETER_ROOM = 64  # what is left of 78 columns beside ` filename*NN*=` and `;`
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9 ._()+,\-]{0,59}(?<! )")
_RFC2231_SAFE = "!#$&+^`{}|~"  # attribute-char beside letters, digits and -._ (RFC 2231, 7)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a message: its own headers, each ended by CRLF, and its encoded body."""

    headers: str
    body: bytes


def text_part(subtype: str, text: str | Stretches) -> Part:
    """The text as text/plain or text/html; its line ends are LF. UnicodeEncodeError for half a character."""
    encoded = encode_text(text)
    return Part(
        f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoded.transfer_encoding}\r\n",
        encoded.content,
    )


def attachment_part(path: str, content: bytes) -> Part:
    """The file as an attachment under the last part of its path."""
    return _file_part(path, content, disposition="attachment", more="")


def image_part(path: str, content: bytes, *, content_id: str) -> Part:
    """The file as an image that HTML shows by `content_id`, given without brackets (RFC 2392)."""
    return _file_part(path, content, disposition="inline", more=f"Content-ID: <{content_id}>\r\n")


def join_parts(subtype: str, parts: Sequence[Part], *, boundary: str, parameters: str = "") -> Part:
    """The parts as one of type multipart/`subtype`; the boundary must not begin a line of any of them."""
    pieces: list[bytes] = []
    for part in parts:
        pieces += (f"--{boundary}\r\n{part.headers}\r\n".encode(), part.body, b"\r\n")
    pieces.append(f"--{boundary}--\r\n".encode())
    return Part(
        f'Content-Type: multipart/{subtype};{parameters}\r\n boundary="{boundary}"\r\n',
        b"".join(pieces),
    )


def derive_boundary(seed: str, *texts: str | Stretches) -> str:
    """A boundary that is the same for the same seed and occurs in none of the texts.

    Neither base64 nor quoted-printable can hold `=_` (RFC 2045, 6.7), so only unencoded text must be searched.
    """
    if not texts:
        return _boundary(seed, 0)
    searched = [str(text) for text in texts if not holds_no_boundary(text)]
    boundaries = (_boundary(seed, attempt) for attempt in count())
    return next(boundary for boundary in boundaries if not any(boundary in text for text in searched))


def _boundary(seed: str, attempt: int) -> str:
    return f"=_{hashlib.sha256(f'{attempt}:{seed}'.encode()).hexdigest()[:32]}"


def _file_part(path: str, content: bytes, *, disposition: str, more: str) -> Part:
    name = path.replace("\\", "/").rpartition("/")[2]
    file_name = ";\r\n ".join(_file_name(name))
    return Part(
        f"Content-Type: {_typed(name, content)}\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        f"{more}"
        f"Content-Disposition: {disposition};\r\n {file_name}\r\n",
        base64_lines(content),
    )


def _typed(name: str, content: bytes) -> str:
    """The media type, with the charset where it is text and certainly UTF-8."""
    type_ = media_type(name)
    if not type_.startswith("text/"):
        return type_
    try:
        content.decode()
    except UnicodeDecodeError:
        return type_
    return f"{type_}; charset=utf-8"


def _file_name(name: str) -> Iterator[str]:
    """The parameters that tell a file's name: RFC 2231 for any name, then ASCII for readers that know no other."""
    if _PLAIN_NAME.fullmatch(name):
        yield f'filename="{name}"'
        return
    # The full form comes first: readers that take the first of two then show the true name.
    values = _percent_encode(name)
    if len(values) == 1:
        yield f"filename*=utf-8''{values[0]}"
    else:
        yield f"filename*0*=utf-8''{values[0]}"
        yield from (f"filename*{number}*={value}" for number, value in enumerate(values[1:], 1))
    yield f'filename="{_ascii_name(name)}"'


def _percent_encode(name: str) -> list[str]:
    """The name percent-encoded, cut between characters so that each piece fits a line of its own."""
    values = [""]
    room = _PARAMETER_ROOM - len("utf-8''")
    for character in name:
        encoded = quote(character, safe=_RFC2231_SAFE, errors="surrogatepass")
        if len(values[-1]) + len(encoded) > room:
            values.append("")
            room = _PARAMETER_ROOM
        values[-1] += encoded
    return values


def _ascii_name(name: str) -> str:
    """A plain name that keeps what it can: accents go, other scripts go, the ending stays."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem, dot, ending = re.sub(r"[^A-Za-z0-9 ._()+,\-]", "_", ascii_name).rpartition(".")
    if not dot:
        stem, ending = ending, ""
    stem = stem.strip(" ._")[:40].rstrip() or "attachment"
    ending = ending.strip(" _")[:12]
    return f"{stem}.{ending}" if ending else stem
