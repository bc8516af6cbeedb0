"""The HTML part is framed with its own images, and without anything that would be fetched."""

from __future__ import annotations

import pytest

from outreach.message.opened import OpenedFile
from outreach.report.framed import frame
from tests.report.letters import ELSEWHERE, HOSTILE_HTML

IMAGES = {"a@b": OpenedFile("a.png", "image/png", b"PNG"), "v@b": OpenedFile("v.svg", "image/svg+xml", b"<svg/>")}
INSIDE = "data:image/png;base64,UE5H"


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        ('<img src="cid:a@b">', f'<img src="{INSIDE}">'),
        ("<IMG SRC='cid:a%40b' alt=\"x > y\">", f'<IMG SRC="{INSIDE}" alt="x > y">'),
        ("<img src=cid:v@b>", '<img src="data:image/svg+xml;base64,PHN2Zy8+">'),
        ('<td background="cid:a@b">', f'<td background="{INSIDE}">'),
        ('<p style="background:url(cid:a@b)">', f'<p style="background:url({INSIDE})">'),
        ("<style>p{background:url('cid:a@b')}</style>", f"<style>p{{background:url({INSIDE})}}</style>"),
        ('<img src="data:image/gif;base64,R0lG">', '<img src="data:image/gif;base64,R0lG">'),
        ("<p>src=cid:a@b AT&T 1 < 2 &lt;b></p>", "<p>src=cid:a@b AT&T 1 < 2 &lt;b></p>"),
        ('<a href="https://x.example/">x</a>', '<a href="https://x.example/">x</a>'),
        ('<img alt="y" src="https://x.example/a.png">', '<img alt="y">'),
        ('<img src="cid:nobody@b">', "<img>"),
        ("a<!-- <p> -->b<script>1</script>c", "abc"),
    ],
)
def test_images_come_from_the_message_alone(part: str, shown: str) -> None:
    """What the message holds is put in its place; what it does not hold is left out."""
    assert frame(part, IMAGES).document.partition('<body tabindex="0">')[2] == shown


def test_what_is_elsewhere_is_listed_once() -> None:
    """A reader is told what a mail program might load."""
    part = '<img src="https://x.example/a.png"><img src="https://x.example/a.png"><b style="background:url(//y/)">'

    assert frame(part, {}).elsewhere == ("https://x.example/a.png", "//y/")


def test_nothing_is_left_that_connects_ahead_of_need() -> None:
    """No policy covers preconnect, so such elements go; of the rest only links and what the policy stops name it."""
    document = frame(HOSTILE_HTML, {}).document

    left = {part.split(".")[0] for part in document.split("https://")[1:] if ELSEWHERE in part[:40]}
    assert left == {"link", "form", "svg"}


def test_height_grows_with_the_text_and_ends() -> None:
    """More text takes more lines, more of them on a phone; a hundred thousand characters do not make a tower."""
    short, long = (frame(f"<p>{'word ' * count}</p>", {}) for count in (50, 500))
    huge = frame(f"<p>{'word ' * 100_000}</p>", {})

    assert short.lines < long.lines < long.narrow_lines
    assert huge.lines == huge.narrow_lines == 4000
    assert frame(f"<p>{'W' * 100_000}</p>", {}).lines < 10
