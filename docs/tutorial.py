"""Walks docs/tutorial.md as a new user would: writes its files, types its commands, compares what they print.

    python docs/tutorial.py           tells where the tutorial is not true any more; ends with 1 then
    python docs/tutorial.py --write   puts in what the commands print now

A block that begins with ```console holds commands behind `$ ` and what they print.
A comment in front of a block says what else there is to it: `<!-- file: PATH -->` writes the block into a file,
`<!-- answer: TEXT -->` is typed when a command asks, `<!-- list: mended -->` has somebody correct the list before.
Commands run on a terminal of 80 columns, in a folder and with a home of their own.
The mail server is a sink on this machine that takes itself for a relay.
What differs from run to run (times, ids, ports) is not compared.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import re
import select
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "src")]

from rich.cells import cell_len  # noqa: E402 - found by the line above

from docs.tutorial_list import correct_list, write_list  # noqa: E402
from outreach.sink.house import EXTENSIONS, SINK_KEYWORD  # noqa: E402
from outreach.sink.script import parse_script  # noqa: E402
from outreach.sink.server import Sink  # noqa: E402

TUTORIAL = Path(__file__).with_name("tutorial.md")
COLUMNS = 80
_SECONDS = 60.0  # for one command
_BLOCK = re.compile(
    r"(?P<notes>(?:<!-- (?:file|answer|list): [^\n]*? -->\n)*)```(?P<kind>\w+)\n(?P<body>.*?)\n```", re.DOTALL
)
_NOTE = re.compile(r"<!-- (file|answer|list): (.*?) -->")

# What is not compared, and what stands for it.
_VARYING = (
    (r"\b[0-9a-f]{32}\b", "ID"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{8}\b", "SEAL"),
    (r"\b[0-9a-f]{8}\b", "TEXT"),
    (r"<[a-z2-7]{32}@", "<ID@"),
    (r"\d{4}-\d\d-\d\d", "DAY"),
    (r"\b\d\d:\d\d(:\d\d)?\b", "TIME"),
    (r"127\.0\.0\.1:\d+", "RELAY"),
    (r"\d+\.\d+ s\b", "SECONDS"),
    (r"\d+\.\d/s", "SPEED"),
    (r"/tmp/[^\s/]+", "HOME"),
    (r"\w+@[\w-]+(?=[:)])", "WHO"),
)


@dataclass
class Walk:
    """One walk through the tutorial."""

    home: Path
    relay_port: int
    folder: Path  # where commands are typed
    differences: list[str] = field(default_factory=list)
    seals: set[str] = field(default_factory=set)

    def block(self, match: re.Match[str]) -> str:
        """The block as it should stand."""
        notes = dict(_NOTE.findall(match["notes"]))
        body = match["body"]
        if "file" in notes:
            target = self.folder / notes["file"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(body.replace("port = 2587", f"port = {self.relay_port}") + "\n", encoding="utf-8")
            return match[0]
        if match["kind"] != "console":
            return match[0]
        if "list" in notes:
            self.seals.clear()
            correct_list(self.folder / "contacts" / "offices.xlsx", notes["list"])
        printed = self._play(body, notes.get("answer", ""))
        self.seals.update(re.findall(r"\b[0-9a-f]{8}-[0-9a-f]{8}\b", printed))
        self.differences += [f"wider than the terminal: {line}" for line in printed.split("\n") if _too_wide(line)]
        if _settled(printed) != _settled(body):
            self.differences.append(f"--- the tutorial says\n{body}\n+++ and this is printed\n{printed}\n")
        return f"{match['notes']}```console\n{printed}\n```"

    def _play(self, body: str, answer: str) -> str:
        lines: list[str] = []
        for command in [line[2:] for line in body.split("\n") if line.startswith("$ ")]:
            lines.append(f"$ {command}")
            words = shlex.split(command)
            if words[0] == "cd":
                self.folder = (self.folder / words[1]).resolve()
                continue
            lines += self._run(words, answer).rstrip("\n").split("\n")
        return "\n".join(line.rstrip() for line in lines).rstrip("\n")

    def _run(self, words: list[str], answer: str) -> str:
        """What a command prints on a terminal."""
        program = [sys.executable, "-m", "outreach", *words[1:]] if words[0] == "outreach" else words
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("OUTREACH_", "XDG_"))},
            "HOME": str(self.home),
            "NO_COLOR": "1",
            "TERM": "dumb",
            "PYTHONPATH": str(Path(__file__).parents[1] / "src"),
        }
        environment.pop("COLUMNS", None)
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
        with subprocess.Popen(
            program, cwd=self.folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
        ) as child:
            os.close(theirs)
            try:
                return _converse(ours, answer).replace(f":{self.relay_port}", ":2587")
            finally:
                os.close(ours)
                child.wait(_SECONDS)


def _converse(terminal: int, answer: str) -> str:
    """Read until the command ends, and answer once when it asks."""
    said = b""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                piece = os.read(terminal, 1 << 16)
            except OSError:
                break
            if not piece:
                break
            said += piece
        elif answer and said.endswith(b": "):
            os.write(terminal, answer.encode() + b"\n")
            answer = ""
    return said.decode("utf-8", "replace").replace("\r\n", "\n")


def _too_wide(line: str) -> bool:
    """Whether a line that was printed does not fit; what was typed may be longer."""
    return not line.startswith("$ ") and cell_len(line) > COLUMNS


def _settled(text: str) -> str:
    """The text without what differs from run to run; how lines are broken does not count either."""
    for pattern, stands_for in _VARYING:
        text = re.sub(pattern, stands_for, text)
    return re.sub(r"\s+", " ", text)


@contextlib.contextmanager
def relay() -> Iterator[int]:
    """A sink that nobody can tell from a relay: one address is unknown to it, one answer gets lost."""
    scripts = ("reply:rcpt:*@closed.example:550:5.1.1 No such user here", "drop:dot:office217@*:keep:times=1")
    sink = Sink(
        keep="count",
        scripts=[parse_script(script) for script in scripts],
        extensions=[extension for extension in EXTENSIONS if extension != SINK_KEYWORD],
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(sink.__aenter__(), loop).result(timeout=10)
    try:
        yield sink.port
    finally:
        asyncio.run_coroutine_threadsafe(sink.__aexit__(None, None, None), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()


def walk(text: str) -> tuple[str, list[str]]:
    """The tutorial as it should stand, and what differs."""
    home = Path(tempfile.mkdtemp(prefix="tutorial-"))
    try:
        write_list(home / "offices.xlsx")
        with relay() as port:
            trip = Walk(home, port, home)
            written = _BLOCK.sub(trip.block, text)
            if len(trip.seals) > 1:
                trip.differences.append(f"more than one seal: {trip.seals}")
            return written, trip.differences
    finally:
        shutil.rmtree(home, ignore_errors=True)


def main() -> int:
    """Compare, or write."""
    text = TUTORIAL.read_text(encoding="utf-8")
    written, differences = walk(text)
    if "--write" in sys.argv and differences:
        # All of it, so that times and seals on the page are those of one walk.
        TUTORIAL.write_text(written, encoding="utf-8")
        return 0
    print("\n".join(differences) or "The tutorial is true.")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
