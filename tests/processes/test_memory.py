"""Blocks as large as a batch of letters are kept when they are freed."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

_BLOCKS = """
import resource
from outreach.processes.memory import keep_freed_memory
keep_freed_memory()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
began = faults()
for _ in range(100):
    one = b"x" * 220_000
    other = one + b"y"
    del one, other
print(faults() - began)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs the GNU C library")
def test_freed_blocks_are_used_again() -> None:
    """A hundred times two blocks of 54 pages ask for few pages more than two."""
    ran = subprocess.run([sys.executable, "-c", _BLOCKS], capture_output=True, check=True, text=True)

    assert int(ran.stdout) < 200
