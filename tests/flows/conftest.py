"""A sink in a thread of its own, and a campaign folder to drive the command line in."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from outreach.sink.house import EXTENSIONS, SINK_KEYWORD
from outreach.sink.script import parse_script
from outreach.sink.server import Sink
from tests.flows.campaign import Campaign

StartSink = Callable[..., Sink]


@contextmanager
def sink_in_thread(*scripts: str, as_sink: bool = False, **options: Any) -> Iterator[Sink]:
    """A sink that serves while the test runs commands in the main thread; a relay like any other unless `as_sink`."""
    if not as_sink:
        options.setdefault("extensions", [extension for extension in EXTENSIONS if extension != SINK_KEYWORD])
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="sink", daemon=True)
    thread.start()
    sink = Sink(scripts=[parse_script(script) for script in scripts], **options)
    asyncio.run_coroutine_threadsafe(sink.__aenter__(), loop).result(timeout=10)
    try:
        yield sink
    finally:
        asyncio.run_coroutine_threadsafe(sink.__aexit__(None, None, None), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()


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
