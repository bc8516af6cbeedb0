"""Line ends around tags."""

from __future__ import annotations

import pytest

from outreach.letter.tags import settle_line_ends
from tests.letter.support import render


@pytest.mark.parametrize(
    ("source", "settled"),
    [
        ("a {% if x %}b{% endif %}\nc", "a {% if x %}b{% endif +%}\nc"),
        ("{% if x %}\nb\n  {% endif %}\nc", "{% if x %}\nb\n  {% endif %}\nc"),
        ("{% if x %}  \nb\n{% endif %}", "{% if x %}\nb\n{% endif %}"),
        ("a {# note #}\nb", "a {# note +#}\nb"),
        ("a {%- endif -%}\nb", "a {%- endif -%}\nb"),
        ("{% if a\n and b %}\nb", "{% if a\n and b %}\nb"),
        ("{% raw %}a {% b %}\nc{% endraw %}", "{% raw %}a {% b %}\nc{% endraw %}"),
    ],
)
def test_protects_line_ends_after_text(source: str, settled: str) -> None:
    """A tag behind text keeps its line end, a tag alone on its line loses it with the blanks around."""
    assert settle_line_ends(source) == settled


def test_words_on_two_lines_are_not_glued() -> None:
    """An inline condition at the end of a line leaves the next line a line of its own."""
    letter = render("Dear {% if title %}Dr.{% endif %}\nfriend", title="x", ending=".txt")

    assert letter.text == "Dear Dr.\nfriend"
