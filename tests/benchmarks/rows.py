"""The figures of docs/performance.md: what each is, what is asked for, and how it is measured."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.benchmarks import servers
from tests.benchmarks.bench import FAR_CONNECTIONS, ROUND_TRIP, Bench
from tests.benchmarks.campaign import ROOT, RelayPlace, write_settings
from tests.benchmarks.peers import running
from tests.benchmarks.plain_planning import plan_rows, validate_alone
from tests.benchmarks.signing import openssl_signatures, signatures
from tests.benchmarks.watching import command, outreach, run, watch

_STARTS = 20


@dataclass(frozen=True, slots=True)
class Pair:
    """What one round gave: ours, and what it is measured by (1 for a figure that stands alone)."""

    ours: float
    theirs: float = 1.0


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: the ratio of the medians, ours to theirs."""

    what: str
    asked: float
    unit: str  # of ours and theirs
    measure: Callable[[Bench], Pair]
    shown: str = "{:.2f}"  # how the ratio is written
    at_most: bool = False  # less is better
    every_round: bool = True
    peer: str = ""  # what must be installed: Postfix and this
    needs_peer: bool = True

    def holds(self, ratio: float) -> bool:
        """Whether that is what is asked for."""
        return ratio <= self.asked if self.at_most else ratio >= self.asked


def send(bench: Bench) -> Pair:
    """Letters a second after planning, against blank messages of the same size from the C load generator."""
    return Pair(bench.sent_per_second(), _smtp_source(bench))


def whole(bench: Bench) -> Pair:
    """The same from an empty ledger: checking, planning and sending in one command."""
    with servers.postfix_sink() as port:
        folder = bench.campaign(bench.sizes.letters, RelayPlace(port, bench.connections))
        seconds = outreach(folder, "send", "--yes", "-q").seconds
    shutil.rmtree(folder)
    return Pair(bench.sizes.letters / seconds, _smtp_source(bench))


def nodemailer(bench: Bench) -> Pair:
    """Against nodemailer's pool."""
    letters = bench.sizes.peers
    with servers.postfix_sink() as port:
        folder = bench.campaign(letters, RelayPlace(port))
        seconds = running.send_with_nodemailer(folder, port, bench.connections, bench.letter)
    return Pair(bench.sent_per_second(), letters / seconds)


def aiosmtplib(bench: Bench) -> Pair:
    """Against aiosmtplib with EmailMessage."""
    with servers.postfix_sink() as port:
        theirs = _aiosmtplib(bench, port, bench.sizes.peers, bench.connections)
    return Pair(bench.sent_per_second(), bench.sizes.peers / theirs)


def mailmerge(bench: Bench) -> Pair:
    """Against mailmerge, which opens a connection for each message."""
    letters = bench.sizes.one_by_one
    with servers.postfix_sink() as port:
        folder = bench.campaign(letters, RelayPlace(port))
        seconds = running.send_with_mailmerge(folder, port, bench.letter)
    return Pair(bench.sent_per_second(), letters / seconds)


def delay(bench: Bench) -> Pair:
    """Letters a second where a round trip takes 50 ms, against one for each round trip and connection."""
    return Pair(_far(bench), FAR_CONNECTIONS / ROUND_TRIP)


def delay_aiosmtplib(bench: Bench) -> Pair:
    """The same against aiosmtplib through the same proxy, over as many connections."""
    with servers.postfix_sink() as port, servers.delayed(port, ROUND_TRIP) as far:
        theirs = _steady(bench.sizes.far, lambda letters: _aiosmtplib(bench, far, letters, FAR_CONNECTIONS))
    return Pair(_far(bench), theirs)


def tls(bench: Bench) -> Pair:
    """Letters a second over TLS, against the same without; our sink on both sides."""
    letters = bench.sizes.few
    folder = bench.folder / "certificate"
    folder.mkdir(exist_ok=True)
    with servers.own_sink(folder) as port:
        encrypted = letters / bench.sent(port, letters, ca_file=folder / "ca.pem")
    with servers.own_sink() as port:
        return Pair(encrypted, letters / bench.sent(port, letters))


def dry(bench: Bench) -> Pair:
    """Letters a second of a dry run, which renders and composes all of them."""
    folder = bench.campaign(bench.sizes.letters, RelayPlace(connections=bench.connections))
    seconds = outreach(folder, "send", "--dry-run", "-q").seconds
    shutil.rmtree(folder)
    return Pair(bench.sizes.letters / seconds, _smtp_source(bench))


def planning(bench: Bench) -> Pair:
    """Contacts a second of `outreach send --plan-only`, which also renders and composes every letter."""
    return Pair(bench.sizes.many / bench.planned(bench.sizes.many)[1].seconds, _validating(bench))


def planning_rows(bench: Bench) -> Pair:
    """Contacts a second from the list to the ledger, each address validated, no letter composed."""
    folder = bench.campaign(bench.sizes.many, RelayPlace())
    seconds = plan_rows(folder)
    shutil.rmtree(folder)
    return Pair(bench.sizes.many / seconds, _validating(bench))


def dkim(bench: Bench) -> Pair:
    """Letters a second of CPU time that the composing processes sign, against bare signatures of openssl."""
    folder = bench.campaign(bench.sizes.signed, RelayPlace())
    rate = signatures(folder)
    shutil.rmtree(folder)
    return Pair(rate, openssl_signatures())


def memory(bench: Bench) -> Pair:
    """Megabytes at the most, of planning and of sending a million."""
    return Pair(_memory(bench, bench.sizes.many))


def memory_growth(bench: Bench) -> Pair:
    """Megabytes for a million, against those for fifty thousand."""
    return Pair(_memory(bench, bench.sizes.many), _memory(bench, bench.sizes.few))


def resume(bench: Bench) -> Pair:
    """Seconds from the command to the first letter, where all but a thousand of a million have left."""
    return Pair(bench.resumed())


def start(bench: Bench) -> Pair:
    """Milliseconds of `outreach --help`, against `import cyclopts` in the same interpreter: medians of twenty."""
    ours, theirs = [], []
    for _ in range(_STARTS if bench.sizes.letters > 1000 else 3):
        ours.append(run([*command(), "--help"], cwd=ROOT).seconds)
        theirs.append(run([sys.executable, "-c", "import cyclopts"], cwd=ROOT).seconds)
    return Pair(1000 * median(ours), 1000 * median(theirs))


def preflight(bench: Bench) -> Pair:
    """Seconds of CPU of a dry run with and without the checks of letters."""
    folder = bench.campaign(bench.sizes.letters, RelayPlace())
    ours, theirs = (float(_module(folder, which)) for which in ("checked", "plain"))
    shutil.rmtree(folder)
    return Pair(ours, theirs)


def _module(folder: Path, which: str) -> str:
    return run([sys.executable, "-m", "tests.benchmarks.plain_checking", str(folder), which], cwd=ROOT).said


def _smtp_source(bench: Bench) -> float:
    def measure() -> float:
        with servers.postfix_sink() as port:
            letters = bench.sizes.letters
            return letters / running.send_with_smtp_source(port, letters, bench.letter.size)

    return bench.once("smtp-source", measure)


def _aiosmtplib(bench: Bench, port: int, letters: int, connections: int) -> float:
    folder = bench.campaign(letters, RelayPlace(port))
    return running.send_with_aiosmtplib(folder, port, connections, bench.letter)


def _far(bench: Bench) -> float:
    def measure() -> float:
        with servers.postfix_sink() as port, servers.delayed(port, ROUND_TRIP) as far:
            return _steady(bench.sizes.far, lambda letters: bench.sent(far, letters, FAR_CONNECTIONS))

    return bench.once("far", measure)


def _steady(letters: int, send: Callable[[int], float]) -> float:
    """Letters a second without what starting and ending take: from the difference of a long run and a short one."""
    short = max(FAR_CONNECTIONS, letters // 10)
    return (letters - short) / max(1e-6, send(letters) - send(short))


def _validating(bench: Bench) -> float:
    return bench.once("validating", lambda: bench.sizes.many / validate_alone(bench.sizes.many))


def _memory(bench: Bench, contacts: int) -> float:
    def measure() -> float:
        folder, watched = bench.planned(contacts)
        with servers.postfix_sink() as port:
            write_settings(folder, RelayPlace(port, bench.connections))
            sent = watch(folder, "send", "--yes", "-q", most_seconds=bench.send_seconds)
        return max(watched.peak_megabytes, sent.peak_megabytes)

    return bench.once(f"memory {contacts}", measure)


ROWS = {
    "send": Row("letters/s of `send` after planning, against `smtp-source`", 0.55, "letters/s", send),
    "whole": Row("the same with planning and checking included", 0.3, "letters/s", whole),
    "nodemailer": Row(
        "against nodemailer's pool with the same letters", 5, "letters/s", nodemailer, "{:.1f} ×", peer="nodemailer"
    ),
    "aiosmtplib": Row("against aiosmtplib and `EmailMessage`", 12, "letters/s", aiosmtplib, "{:.1f} ×"),
    "mailmerge": Row("against mailmerge", 15, "letters/s", mailmerge, "{:.1f} ×", peer="mailmerge"),
    "delay": Row(
        "50 ms round trip, 10 connections: of one letter per round trip and connection",
        0.95,
        "letters/s",
        delay,
        "{:.1%}",
    ),
    "delay_aiosmtplib": Row("the same against aiosmtplib", 3.5, "letters/s", delay_aiosmtplib, "{:.1f} ×"),
    "tls": Row("over TLS against the same without, our sink on both sides", 0.8, "letters/s", tls, needs_peer=False),
    "dry": Row("dry run, against `smtp-source`", 0.55, "letters/s", dry),
    "preflight": Row(
        "CPU time of a dry run with every check, against the same without the checks of letters, on one core",
        1.6,
        "s",
        preflight,
        at_most=True,
        needs_peer=False,
    ),
    "planning": Row(
        "planning a million contacts, each letter composed too, against a bare `validate_email`",
        0.6,
        "contacts/s",
        planning,
        needs_peer=False,
    ),
    "planning_rows": Row(
        "the same without composing: list, addresses, ledger",
        0.6,
        "contacts/s",
        planning_rows,
        needs_peer=False,
    ),
    "dkim": Row(
        "what the composing processes sign with RSA-2048, against `openssl speed rsa2048`, both by CPU time",
        0.6,
        "signatures/s",
        dkim,
        needs_peer=False,
    ),
    "memory": Row(
        "memory (PSS, all processes), a million contacts",
        350,
        "MB",
        memory,
        "{:.0f} MB",
        at_most=True,
        every_round=False,
    ),
    "memory_growth": Row("the same against fifty thousand", 1.2, "MB", memory_growth, at_most=True, every_round=False),
    "resume": Row(
        "resuming a million with all but 1,000 accepted: to the first letter",
        3,
        "s",
        resume,
        "{:.1f} s",
        at_most=True,
        every_round=False,
        needs_peer=False,
    ),
    "start": Row(
        '`outreach --help` against `python -c "import cyclopts"`', 1.5, "ms", start, at_most=True, needs_peer=False
    ),
}


def missing(row: Row) -> str:
    """What a row lacks on this machine, in words; empty where it can be measured."""
    return running.missing(row.peer) if row.needs_peer else ""
