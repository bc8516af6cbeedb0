"""Other processes, for what must hold between them."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

_HOME = Path(__file__).parents[2]


async def spawn(program: str, *arguments: str) -> Process:
    """Run a program in a Python of its own, until it says that it is ready."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, *arguments, stdin=PIPE, stdout=PIPE, cwd=_HOME
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process
