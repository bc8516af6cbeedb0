"""The ledger of a run: in a process beside this one where that pays, else in this one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from outreach.errors import LedgerUnwritable
from outreach.ledger.beside import SETUP, LedgerBeside
from outreach.ledger.interface import Ledger, RunLedger
from outreach.processes.service import ServiceLost, open_service


@asynccontextmanager
async def run_ledger(ledger: Ledger, *, beside: bool) -> AsyncIterator[RunLedger]:
    """The ledger for one run; `beside`: statements and the waiting for the disk in another process, if one starts."""
    reopening = ledger.reopening() if beside else None
    async with AsyncExitStack() as stack:
        if reopening is None:
            yield ledger
            return
        try:
            service = await stack.enter_async_context(open_service(SETUP, reopening.path, reopening.handles))
            there = LedgerBeside(service.ask)
            await there.greet()
        except (OSError, ServiceLost):
            await stack.aclose()
            yield ledger  # nothing was asked of the other one
            return

        async def ask(what: object) -> Any:  # noqa: ANN401 - LedgerBeside knows what comes back
            try:
                return await service.ask(what)
            except ServiceLost as lost:
                raise LedgerUnwritable(
                    f"{reopening.path}: the process that wrote the ledger is gone ({lost})",
                    "Run the same command again; what is not known of a letter then stands as unsure.",
                ) from lost

        yield LedgerBeside(ask)
