"""Runs the tests of reliability in their long form, prints their figures and keeps them in docs/reliability.md.

Run it: python -m tests.reliability [--short] [NAME …], all of them by default. With --short nothing is written.
"""

from __future__ import annotations

import argparse
import faulthandler
import sys
import time
import traceback
from datetime import date

from tests.reliability.document import DOCUMENT, Measured, machine, row, with_rows
from tests.reliability.figure import Scale
from tests.reliability.registry import TESTS

_LONGEST_SECONDS = 3600.0  # a test that takes longer hangs; it is ended, and says where
_SHOWN_FAULTS = 20


def main() -> int:
    """One after the other; 1 where one did not hold."""
    arguments = _parse()
    scale = Scale.SHORT if arguments.short else Scale.LONG
    held = [_run(name, scale) for name in arguments.names or TESTS]
    return 0 if all(held) else 1


def _run(name: str, scale: Scale) -> bool:
    """Run one test; whether it held. One that breaks off has no figure, and keeps nobody from running the others."""
    print(f"{name} …", flush=True)
    began = time.monotonic()
    faulthandler.dump_traceback_later(_LONGEST_SECONDS, exit=True)
    try:
        figure = TESTS[name](scale)
    except Exception:
        traceback.print_exc()
        return False
    finally:
        faulthandler.cancel_dump_traceback_later()
    measured = Measured(figure, time.monotonic() - began)
    _print(measured)
    if scale is Scale.LONG:  # at once: the next one may take long, or be stopped
        rows = {name: row(name, measured, machine(date.today()))}  # noqa: DTZ011 - the day here
        DOCUMENT.write_text(with_rows(DOCUMENT.read_text(), rows, tuple(TESTS)))
    return figure.holds


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability")
    parser.add_argument("--short", action="store_true", help="a few seconds each, and nothing is written")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(TESTS)}; default: all")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in TESTS]
    if unknown:
        parser.error(f"no test is named {unknown[0]}; there are {', '.join(TESTS)}")
    return arguments


def _print(measured: Measured) -> None:
    figure = measured.figure
    print(f"  {figure.what}\n  asked for: {figure.asked}\n  measured:  {figure.measured}")
    for fault in figure.faults[:_SHOWN_FAULTS]:
        print(f"  fault: {fault}")
    if len(figure.faults) > _SHOWN_FAULTS:
        print(f"  … and {len(figure.faults) - _SHOWN_FAULTS} more faults")
    print(f"  {'holds' if figure.holds else 'DOES NOT HOLD'}, {measured.seconds:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
