"""The tutorial is true: walked as a new user would, it prints what it says."""

from __future__ import annotations

import pytest

from docs.tutorial import TUTORIAL, walk

pytestmark = pytest.mark.flow


def test_every_command_of_the_tutorial_prints_what_it_says() -> None:
    """Each command is typed on a terminal of 80 columns; `make tutorial` puts in what has changed."""
    _, differences = walk(TUTORIAL.read_text(encoding="utf-8"))

    assert differences == []


def test_a_tutorial_that_is_not_true_is_noticed() -> None:
    """A command that prints something else than the page says is told."""
    _, differences = walk("```console\n$ outreach --version\n0.0.0 of another program\n```")

    assert len(differences) == 1
