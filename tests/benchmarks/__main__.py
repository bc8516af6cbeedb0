"""`make bench`: measures `outreach` against its peers, all or some rows, and writes docs/performance.md.

python -m tests.benchmarks                      all rows
python -m tests.benchmarks send tls profile     some of them; `profile` is where the time of a letter goes
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks import document, results
from tests.benchmarks.bench import Bench, Sizes
from tests.benchmarks.campaign import write_campaign
from tests.benchmarks.peers import running
from tests.benchmarks.profile import measure_steps
from tests.benchmarks.results import Measured, Run
from tests.benchmarks.rows import ROWS, Pair, missing

PROFILE = "profile"
_PROFILED = 5000


def main(arguments: Sequence[str]) -> None:
    """Measure, print, and keep what was measured; SystemExit for names that are none."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("rows", nargs="*", help=f"of {', '.join([*ROWS, PROFILE])}; all by default")
    parser.add_argument("--letters", type=int, default=Sizes().letters, help="all other numbers follow it")
    parser.add_argument("--connections", type=int, default=Bench(Path()).connections)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", action="store_true", help="keep figures of another size than the full one, too")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.rows) - {*ROWS, PROFILE}:
        parser.error(f"no such rows: {', '.join(sorted(unknown))}")
    names = asked.rows or [*ROWS, PROFILE]
    running.install()
    with tempfile.TemporaryDirectory(prefix="outreach-bench-") as folder:
        bench = Bench(Path(folder) / "rounds", Sizes(asked.letters), asked.connections)
        bench.folder.mkdir()
        figures = measure_rows(bench, [name for name in names if name in ROWS], asked.rounds)
        steps = measure_profile(Path(folder) / PROFILE, min(_PROFILED, asked.letters)) if PROFILE in names else {}
    earlier = results.last()
    run = results.merged(earlier, Run.now(asked.letters, asked.connections, figures, steps))
    print("\n".join(document.goals(figures)))
    if steps:
        print("\n".join(document.steps_table(steps, earlier.steps if earlier else None)))
    if asked.letters == Sizes().letters or asked.keep:
        results.write(run)
        document.write(run)
    else:
        print("Not kept: not the full size (--keep does).", file=sys.stderr)


def measure_rows(bench: Bench, names: Sequence[str], rounds: int) -> dict[str, Measured]:
    """Every row in turn, then all of them again: what disturbs the machine for a while disturbs all alike."""
    pairs: dict[str, list[Pair]] = {}
    for number in range(rounds):
        bench.next_round()
        for name in names:
            row = ROWS[name]
            if number and not row.every_round:
                continue
            if lack := missing(row):
                print(f"{name}: left out: {lack}", file=sys.stderr)
                continue
            pair = row.measure(bench)
            pairs.setdefault(name, []).append(pair)
            print(f"round {number + 1}, {name}: {pair.ours:.4g} to {pair.theirs:.4g} {row.unit}", file=sys.stderr)
    return {name: Measured.of(measured) for name, measured in pairs.items()}


def measure_profile(folder: Path, letters: int) -> dict[str, float]:
    """Microseconds of CPU of each step."""
    write_campaign(folder, letters)
    return measure_steps(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
