"""A sink in a thread of its own, and a campaign folder to drive the command line in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from outreach.sink.house import EXTENSIONS, SINK_KEYWORD
from outreach.sink.script import parse_script
from outreach.sink.server import Sink
from tests.flows.campaign import Campaign
from tests.support.loops import entered_in_thread

StartSink = Callable[..., Sink]


@contextmanager
def sink_in_thread(*scripts: str, as_sink: bool = False, **options: Any) -> Iterator[Sink]:
    """A sink that serves while the test runs commands in the main thread; a relay like any other unless `as_sink`."""
    if not as_sink:
        options.setdefault("extensions", [extension for extension in EXTENSIONS if extension != SINK_KEYWORD])
    with entered_in_thread(Sink(scripts=[parse_script(script) for script in scripts], **options), "sink") as sink:
        yield sink


@pytest.fixture
def start_sink() -> Iterator[StartSink]:
    """Start a sink with these scripts; it ends with the test."""
    with ExitStack() as stack:
        yield lambda *scripts, **options: stack.enter_context(sink_in_thread(*scripts, **options))


@pytest.fixture
def campaign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Campaign:
    """A campaign of three letters in a folder of its own, away from any settings of this machine."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setenv("COLUMNS", "80")
    folder = tmp_path / "campaign"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Campaign.written(folder, capsys)
