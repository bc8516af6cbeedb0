"""The common style sheet: whoever can see little can read it, in the light and in the dark."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from outreach.report.page import render_page

CSS = (files("outreach") / "report" / "pages" / "page.css").read_text(encoding="utf-8")
LIGHT, DARK = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2]
PAIRS = [
    ("ink", "ground"), ("ink", "card"), ("quiet", "ground"), ("quiet", "card"), ("link", "ground"), ("link", "card"),
    *((kind, f"{kind}-ground") for kind in ("error", "warning", "info", "good")),
]  # fmt: skip


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("block", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_contrast_is_enough(block: str, ink: str, ground: str) -> None:
    """WCAG 2.2, 1.4.3 (AA) asks for 4.5 to 1."""
    named = colours(block)
    darker, lighter = sorted((luminance(named[ink]), luminance(named[ground])))

    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_a_template_must_be_given_all_it_shows() -> None:
    """What is missing is an error here, not a gap in the page."""
    with pytest.raises(Exception, match="opened"):
        render_page("preview.html.j2")
