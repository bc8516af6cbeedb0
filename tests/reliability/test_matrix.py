"""A quarter of the matrix of faults; all of it: python -m tests.reliability matrix."""

from __future__ import annotations

import pytest

from outreach.sink.stage import Stage
from tests.reliability.matrix import FAULTS, Cell, problems_of, some_cells, try_cell
from tests.reliability.reactions import DOCUMENT, document, expected_reactions

pytestmark = pytest.mark.flow


@pytest.mark.parametrize("cell", some_cells(), ids=str)
def test_a_fault_does_what_the_table_says(cell: Cell) -> None:
    """State, charge, exit code and connection are those of the table, the other letters are unharmed, and in time."""
    found = try_cell(cell)

    assert problems_of(found) == []


def test_the_table_has_every_fault_at_every_stage() -> None:
    """Nothing is left out of the table, and the part of it that is tried here has every stage and every fault."""
    assert {(stage, fault) for stage, fault, _ in expected_reactions()} == {(s, f) for s in Stage for f in FAULTS}
    assert {cell.stage for cell in some_cells()} == set(Stage)
    assert {cell.fault for cell in some_cells()} == set(FAULTS)
    assert len({(cell.stage, cell.fault) for cell in some_cells()}) >= 132 / 4


def test_the_page_for_people_is_the_table() -> None:
    """docs/reactions.md is what `python -m tests.reliability.matrix` writes."""
    assert DOCUMENT.read_text(encoding="utf-8") == document()
