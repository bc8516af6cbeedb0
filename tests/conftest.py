"""Which tests are quick: all but those that wait for sockets or for other processes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("quick", max_examples=20)  # for `make unit`; `make test` tries five times as many
_WIRE = ("smtp", "sink")  # every test there speaks over real sockets


@pytest.fixture
def seoul(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The test runs on a machine in Seoul, nine hours ahead of UTC."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "KST-9")
        time.tzset()
        yield
    time.tzset()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of whole folders."""
    here = Path(__file__).parent
    for item in items:
        if item.path.relative_to(here).parts[0] in _WIRE:
            item.add_marker(pytest.mark.wire)
