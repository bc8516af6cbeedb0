"""A pseudo-terminal with a command on it: what is typed goes in, what stands on the screen comes out."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.cells import cell_len

# The terminal becomes the one that Ctrl-C comes from.
_START = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); from outreach.cli import main; main()"
_PATIENCE = 5.0  # seconds for a command to end, on a busy machine
_SEQUENCE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])")


class Screen:
    """What stands on a terminal, with what scrolled away above. An escape sequence that is not known is an error."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.widest = 0
        self._lines: list[str] = [""]
        self._row = 0
        self._at_start = False

    @property
    def lines(self) -> list[str]:
        """The lines, without blanks at their ends."""
        return [line.rstrip() for line in self._lines]

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.lines)

    def show(self, text: str) -> None:
        """Take in what a program writes."""
        position = 0
        while position < len(text):
            if text[position] == "\x1b":
                found = _SEQUENCE.match(text, position)
                assert found is not None, f"not an escape sequence that is known: {text[position : position + 10]!r}"
                self._obey(found[1], found[2])
                position = found.end()
            else:
                self._put(text[position])
                position += 1

    def _obey(self, parameters: str, what: str) -> None:
        match what, parameters:
            case ("m", _) | ("h" | "l", "?25"):  # colours; the cursor's looks
                pass
            case "A", number:
                self._row = max(0, self._row - int(number or 1))
            case "K", "2":
                self._lines[self._row] = ""
            case _:
                raise AssertionError(f"not an escape sequence that is known: {parameters}{what}")

    def _put(self, character: str) -> None:
        if character == "\r":
            self._at_start = True
        elif character == "\n":
            self._row += 1
            self._at_start = False
            if self._row == len(self._lines):
                self._lines.append("")
        elif character == "\x07":
            pass
        else:
            assert character.isprintable(), f"a control character on the terminal: {character!r}"
            if self._at_start:
                self._lines[self._row] = ""
                self._at_start = False
            self._lines[self._row] += character
            self.widest = max(self.widest, cell_len(self._lines[self._row]))


class Terminal:
    """A command that runs on a pseudo-terminal."""

    def __init__(self, arguments: tuple[str, ...], *, cwd: Path, columns: int, environ: Mapping[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self._child = subprocess.Popen(
            [sys.executable, "-c", _START, *arguments],
            cwd=cwd,
            env=dict(environ),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._columns = columns
        self.written = b""

    @property
    def screen(self) -> Screen:
        """What stands on it now."""
        screen = Screen(self._columns)
        screen.show(self.written.decode(errors="ignore"))
        return screen

    def wait_for(self, text: str, *, seconds: float = 20.0) -> None:
        """Return when the text stands on the screen, wherever its lines are broken."""
        ends = time.monotonic() + seconds
        while text not in " ".join(self.screen.text.split()):
            assert time.monotonic() < ends, f"{text!r} did not come: {self.screen.text}"
            assert self._read(), f"{text!r} did not come: {self.screen.text}"

    def type(self, text: str) -> None:
        """What a person types."""
        os.write(self._ours, text.encode())

    def interrupt(self) -> None:
        """Ctrl-C; once more where the first came in the moment before the command began to read."""
        self.type("\x03")
        ends = time.monotonic() + _PATIENCE
        while self._child.poll() is None:
            self._read()
            if time.monotonic() > ends:
                self.type("\x03")
                ends += _PATIENCE

    def wait(self, *, seconds: float = 20.0) -> int:
        """Read until the command has ended; its exit code."""
        ends = time.monotonic() + seconds
        while self._read():
            assert time.monotonic() < ends, self.screen.text
        return self._child.wait(timeout=seconds)

    def _read(self) -> bool:
        """Take in what was written; False when the command has closed its side."""
        if not select.select([self._ours], [], [], 0.2)[0]:
            return self._child.poll() is None
        try:
            read = os.read(self._ours, 65536)
        except OSError:  # how Linux says it
            return False
        self.written += read
        return bool(read)

    def close(self) -> None:
        """End the command if it still runs."""
        self._child.kill()
        self._child.wait()
        os.close(self._ours)


@contextlib.contextmanager
def on_terminal(
    *arguments: str, cwd: Path, columns: int = 80, term: str = "xterm-256color", no_color: bool = False
) -> Iterator[Terminal]:
    """The command on a terminal of 24 lines; it is ended with the block."""
    environ = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    environ |= {"TERM": term, **({"NO_COLOR": "1"} if no_color else {})}
    terminal = Terminal(arguments, cwd=cwd, columns=columns, environ=environ)
    try:
        yield terminal
    finally:
        terminal.close()
