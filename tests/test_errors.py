"""Errors travel between processes as they are."""

from __future__ import annotations

import pickle

import pytest

from outreach.errors import ContentError, LedgerUnwritable, OutreachError, Problem, RelayUnreachable

PROBLEM = Problem("E09", "letter.md:4", "no such value", "Name one that is there.")


@pytest.mark.parametrize(
    "error",
    [
        LedgerUnwritable("the disk is full", "Free some space.", details=("a", "b")),
        RelayUnreachable("nobody answers", "Wait."),
        ContentError(PROBLEM),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_arrives_whole(error: OutreachError) -> None:
    """Its class, both lines and the details."""
    arrived = pickle.loads(pickle.dumps(error))

    assert type(arrived) is type(error)
    assert str(arrived) == str(error)
    assert vars(arrived) == vars(error)
