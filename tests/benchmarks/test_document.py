"""What is measured comes into the document and the results as it is."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.benchmarks import document, results
from tests.benchmarks.chart import bars
from tests.benchmarks.results import Measured, Run
from tests.benchmarks.rows import ROWS, Pair

FIGURES = {"send": Measured.of([Pair(60, 100), Pair(50, 90), Pair(70, 110)]), "memory": Measured.of([Pair(400)])}


def a_run(steps: dict[str, float]) -> Run:
    return Run.now(200_000, 20, FIGURES, steps)


def test_figure_is_the_ratio_of_the_medians() -> None:
    """Of three rounds the middle one counts, on each side."""
    assert (FIGURES["send"].ours, FIGURES["send"].theirs, FIGURES["send"].ratio) == (60, 100, 0.6)


def test_missed_goal_says_so() -> None:
    """A figure beyond what is asked for is marked, at most and at least."""
    table = document.goals(FIGURES)

    assert "0.60" in table[2]
    assert "missed" not in table[2]
    assert "**missed**: 400 MB" in table[3]
    assert ROWS["send"].holds(0.55)
    assert not ROWS["send"].holds(0.54)


def test_run_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    """The results file holds everything."""
    run = a_run({"compose": 40.0})

    results.write(run, tmp_path)

    assert results.last(tmp_path) == run
    assert results.last(tmp_path / "nowhere") is None


def test_drift_of_a_step_is_shown() -> None:
    """A step that takes half as long again is marked, one that takes about the same is not."""
    table = document.steps_table({"compose": 60.0, "digest": 5.0}, {"compose": 40.0, "digest": 5.2})

    assert table[2].endswith("| 60 | 40 | +50% |")
    assert table[3].endswith("| 5 | 5 |  |")


def test_section_is_replaced_and_prose_stays(tmp_path: Path) -> None:
    """Only what stands between the markers changes."""
    page = tmp_path / "performance.md"
    page.write_text(f"# Before\n{document.BEGIN}\nold\n{document.END}\nafter\n")

    document.write(a_run({}), page, tmp_path / "chart.svg")

    text = page.read_text()
    assert text.startswith("# Before\n")
    assert text.endswith(f"{document.END}\nafter\n")
    assert "old" not in text
    assert "chart.svg" in text


@pytest.mark.parametrize("values", [[], [("a & b", 10.0, True), ("c", 20.0, False)]])
def test_chart_is_well_formed(values: list[tuple[str, float, bool]]) -> None:
    """The chart is XML, its longest bar the highest value, and it knows a dark ground."""
    svg = bars("<title>", values)

    widths = [float(bar.attrib["width"]) for bar in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}rect")]
    assert len(widths) == len(values)
    assert widths == sorted(widths)
    assert "prefers-color-scheme: dark" in svg
