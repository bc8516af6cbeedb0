"""Inputs that are nearly right: bytes flipped, lost, doubled, and texts with a meaning put where they do not belong."""

from __future__ import annotations

import random
from collections.abc import Sequence

_MOST_CHANGES = 6
_LONGEST_STRETCH = 40

TOKENS: Sequence[bytes] = (
    *(b"\r", b"\n", b"\r\n", b"\0", b"\t", b'"', b"'", b",", b";", b"\\", b"<", b">", b"@", b"=", b"-", b" "),
    *(b"\r\n.\r\n", b"\xc2\x85", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\xff", b"\x1b[2J"),
    *(b"+++\n", b"{{", b"}}", b"{%", b"%}", b"{#", b"[[", b"]]", b"'''", b'"""', b"#", b"\\ud800", b"\\u0000"),
    *(b"250 ", b"250-", b"421 4.7.0 ", b"550", b"999 ", b"5.1.1 ", b"sep=;\n", b"email", b"subject = "),
    *(b"1e999", b"-0", b"9" * 5000, b"a" * 5000, b"[" * 3000, b"(" * 300, b"\xf0\x9f\x95\x8a", b"\xd9\x85"),
)


def mutate(seed: bytes, chance: random.Random) -> bytes:
    """The seed with one to six changes."""
    changed = bytearray(seed)
    for _ in range(chance.randint(1, _MOST_CHANGES)):
        place = chance.randint(0, len(changed))
        end = min(len(changed), place + chance.randint(1, _LONGEST_STRETCH))
        match chance.randrange(6):
            case 0 if place < len(changed):
                changed[place] ^= 1 << chance.randrange(8)
            case 1:
                del changed[place:end]
            case 2:
                changed[place:place] = changed[place:end] * chance.choice((1, 2, 50))
            case 3:
                other = chance.randint(0, len(changed))
                changed[place:place] = changed[other : other + _LONGEST_STRETCH]
            case 4:
                changed[place:end] = chance.choice(TOKENS)
            case _:
                changed[place:place] = chance.choice(TOKENS)
    return bytes(changed)


def pieces(data: bytes, chance: random.Random) -> list[bytes]:
    """The same bytes in the pieces in which a network may bring them."""
    cuts = sorted(chance.randint(0, len(data)) for _ in range(chance.randrange(5)))
    return [data[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]
