"""The generated section of docs/performance.md: goals and figures, the chart, and where a letter's time goes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.campaign import ROOT
from tests.benchmarks.chart import bars
from tests.benchmarks.profile import STEPS
from tests.benchmarks.results import Measured, Run
from tests.benchmarks.rows import ROWS, Row

DOCUMENT = ROOT / "docs" / "performance.md"
CHART = ROOT / "docs" / "performance.svg"
BEGIN, END = "<!-- what `make bench` measured -->", "<!-- to here -->"
_BARS = {  # whose rate, from which row
    "smtp-source, blank messages": "send",
    "nodemailer, pool": "nodemailer",
    "aiosmtplib, EmailMessage": "aiosmtplib",
    "mailmerge": "mailmerge",
}
_DRIFT = 0.2  # the share from which on a step is said to have changed


def write(run: Run, document: Path = DOCUMENT, chart: Path = CHART) -> None:
    """Put a run in place of the one before."""
    before, _, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    document.write_text(f"{before}{BEGIN}\n\n{section(run, chart.name)}\n{END}{after}", encoding="utf-8")
    chart.write_text(drawn(run), encoding="utf-8")


def section(run: Run, chart: str) -> str:
    """The tables of a run, and its chart."""
    parts = [about(run), "\n".join(goals(run.figures))]
    parts.append(f"![Letters a second of each sender]({chart})")
    if run.steps:
        parts.append("\n".join(steps_table(run.steps)))
    return "\n\n".join(parts) + "\n"


def about(run: Run) -> str:
    """One paragraph: when, on what, with what."""
    place = run.machine
    named = ", ".join(f"{name} {number}" for name, number in sorted(run.versions.items()))
    return (
        f"Measured on {run.date[:10]}: {place['cores']} cores ({place['cpu']}), {place['memory_gb']} GB, "
        f"{place['kernel']}, {place['python']}; {run.letters:,} letters, {run.connections} connections.\n"
        f"With {named}."
    )


def goals(figures: Mapping[str, Measured]) -> list[str]:
    """The table of goals: a line for each row that was measured."""
    lines = ["| figure | asked for | measured | ours | theirs | command |", "| --- | --- | --- | --- | --- | --- |"]
    return [*lines, *(goal(name, ROWS[name], figures[name]) for name in ROWS if name in figures)]


def goal(name: str, row: Row, measured: Measured) -> str:
    """One line of the table of goals; a figure that is missed says so."""
    ratio = row.shown.format(measured.ratio)
    asked = f"{'at most' if row.at_most else 'at least'} {row.shown.format(row.asked)}"
    alone = all(theirs == 1.0 for _, theirs in measured.rounds)
    cells = (
        row.what,
        asked,
        ratio if row.holds(measured.ratio) else f"**missed**: {ratio}",
        f"{measured.ours:,.0f} {row.unit}" if not alone else "",
        f"{measured.theirs:,.0f} {row.unit}" if not alone else "",
        f"`python -m tests.benchmarks {name}`",
    )
    return f"| {' | '.join(cells)} |"


def steps_table(steps: Mapping[str, float], earlier: Mapping[str, float] | None = None) -> list[str]:
    """Where the time of a letter goes; with an earlier run also how that has changed."""
    heads = ["step", "µs of CPU", *(["before", ""] if earlier else [])]
    lines = [f"| {' | '.join(heads)} |", f"| {' | '.join('---' for _ in heads)} |"]
    for name, what in STEPS.items():
        if name in steps:
            lines.append(f"| {' | '.join([what, f'{steps[name]:.0f}', *_drift(name, steps, earlier)])} |")
    total = sum(steps.values())
    return [*lines, f"| {' | '.join(['all', f'{total:.0f}', *(['', ''] if earlier else [])])} |"]


def _drift(name: str, steps: Mapping[str, float], earlier: Mapping[str, float] | None) -> list[str]:
    if not earlier:
        return []
    if name not in earlier:
        return ["", "new"]
    share = steps[name] / max(earlier[name], 1e-9) - 1
    return [f"{earlier[name]:.0f}", f"{share:+.0%}" if abs(share) > _DRIFT else ""]


def drawn(run: Run) -> str:
    """The chart: ours and whoever was measured beside it."""
    own = next((run.figures[name].ours for name in _BARS.values() if name in run.figures), 0.0)
    theirs = [(label, run.figures[name].theirs, False) for label, name in _BARS.items() if name in run.figures]
    values = sorted([("outreach", own, True), *theirs], key=lambda bar: -bar[1])
    return bars("Letters a second, to the same sink on the same machine", values)
