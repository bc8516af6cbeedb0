"""Signing: what it adds to a letter in the composing processes, and what openssl takes for a bare signature.

Both are counted by CPU time, that of the processes with the way there and back, so that other load changes little.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from outreach.composing.keys import Keys
from outreach.message.dkim_key import read_signing, write_keys
from outreach.message.options import DkimOptions
from outreach.message.signing import Signing
from outreach.processes.pool import cores, open_pool
from outreach.sending import orders
from outreach.sending.orders import Made, Order
from tests.benchmarks.plain_planning import DATE, Opened, contacts_of, open_campaign

_BATCH = 25
_AHEAD = 3  # batches that each process has before it
_OPENSSL_SECONDS = 3
_SIGNATURES = re.compile(r"^rsa 2048 bits .* ([\d.]+) +[\d.]+$", re.MULTILINE)  # the last column but one

Timed = tuple[list[Made | None], int, float]  # what became of the batch, in which process, its CPU time at the end


def setup(argument: orders.Setup) -> Callable[[Sequence[Order]], Timed]:
    """What composes orders in the other process, as a send has it, and looks at that process's clock."""
    make = orders.setup(argument)
    return lambda batch: (make(batch), os.getpid(), time.process_time())


def signatures(folder: Path) -> float:
    """Letters of this campaign that all cores together sign in a second of CPU time, composing them left out."""
    options = DkimOptions("coalition.example", "s1", folder / "dkim.pem")
    write_keys(options)
    opened = open_campaign(folder)
    plain, signed = (asyncio.run(_seconds_a_letter(opened, signing)) for signing in (None, read_signing(options)))
    return cores() / (signed - plain)


def openssl_signatures() -> float:
    """RSA-2048 signatures that `openssl speed` makes on as many cores in a second of their CPU time."""
    command = ["openssl", "speed", "-seconds", str(_OPENSSL_SECONDS), "rsa2048"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = _SIGNATURES.search(done.stdout)
    assert found, done.stdout
    return cores() * float(found[1])


async def _seconds_a_letter(opened: Opened, signing: Signing | None) -> float:
    """CPU time of composing one in a child, as a mean over all letters of the campaign, each composed twice."""
    argument = (opened.sealed.settings_json(), opened.sealed.files, DATE, "c" * 32, Keys(signing=signing))
    whole = [orders.order(contact, time.time()) for contact in contacts_of(opened)]
    left = iter([whole[start : start + _BATCH] for start in range(0, len(whole), _BATCH)] * 2)
    first = b"DKIM-Signature: v=1; a=rsa-sha256;" if signing else b"From: "
    done: dict[int, list[tuple[float, int]]] = {}  # by process: CPU time and letters at the end of each batch

    async def work() -> None:
        for batch in left:
            made, process, cpu = await pool.run(batch)
            assert all(one[0].startswith(first) for one in made)
            done.setdefault(process, []).append((cpu, len(made)))

    async with open_pool(f"{__name__}:setup", argument, workers=cores()) as pool:
        await asyncio.gather(*(work() for _ in range(cores() * _AHEAD)))
    # The first batch of each holds what starting takes.
    letters = sum(count for times in done.values() for _, count in sorted(times)[1:])
    return sum(max(times)[0] - min(times)[0] for times in done.values()) / letters
