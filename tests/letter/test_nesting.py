"""Letters that no parser can take."""

from __future__ import annotations

import pytest

from outreach.errors import ContentError
from tests.letter.support import BODY_LINE, make_template


@pytest.mark.parametrize(
    "body",
    [
        "{{" * 60 + " a",
        "{{ " + "[" * 300 + "a" + "]" * 300 + " }}",
        "{{ a" + " | upper" * 2000 + " }}",
        "{% if a %}" * 150 + "x" + "{% endif %}" * 150,
        "{{ " + "9" * 5000 + " }}",
        "{% " + "a" * 5000 + " %}",
    ],
)
def test_what_is_nested_too_deeply_is_refused_in_words(body: str) -> None:
    """Neither Jinja's limits nor Python's come out as a crash, and the message stays short."""
    with pytest.raises(ContentError) as caught:
        make_template(body)

    assert (caught.value.problem.code, caught.value.problem.where) == ("E20", f"templates/letter.md:{BODY_LINE}")
    assert len(caught.value.what) < 500
