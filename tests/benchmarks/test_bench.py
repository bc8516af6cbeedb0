"""Each row of the benchmarks runs, in its shortest form, against real peers."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import measure_profile
from tests.benchmarks.bench import Bench, Sizes
from tests.benchmarks.campaign import write_campaign
from tests.benchmarks.peers.letter import Passage, read_letter
from tests.benchmarks.profile import STEPS
from tests.benchmarks.rows import ROWS, missing
from tests.benchmarks.watching import outreach

pytestmark = pytest.mark.wire


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """One short round, whose rows share what they can."""
    return Bench(tmp_path_factory.mktemp("rounds"), Sizes(20), send_seconds=5)


@pytest.mark.skipif(sys.platform != "linux", reason="PSS is read from /proc")
@pytest.mark.parametrize("name", ROWS)
def test_row_runs_and_gives_a_figure(name: str, bench: Bench) -> None:
    """Twenty letters give both sides of the ratio; a peer that is not installed is named."""
    if lack := missing(ROWS[name]):
        pytest.skip(lack)

    pair = ROWS[name].measure(bench)

    assert pair.ours > 0
    assert pair.theirs > 0


def test_profile_measures_every_step(tmp_path: Path) -> None:
    """Each step of a letter takes some time."""
    if lack := missing(ROWS["send"]):
        pytest.skip(lack)

    steps = measure_profile(tmp_path / "campaign", 100)

    assert list(steps) == list(STEPS)
    assert all(value >= 0 for value in steps.values())
    assert steps["compose"] > 1


def test_peers_get_the_letter_that_we_send() -> None:
    """The peers' templates have a place for each personal value and a loop in place of the 28 lines."""
    letter = read_letter()

    for part in (letter.text, letter.html):
        assert "Human Rights Foundation" not in part.before + part.after
        assert re.findall(r"{{ (\w+) }}", part.jinja()) == ["name", "office", "salutation", "signatory"]
    assert 6000 < letter.size < 10_000


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_template_literal_fills_in_what_it_should_and_nothing_else() -> None:
    """Backslashes, backticks and dollar signs of the letter stay as they are."""
    passage = Passage("\\ ` ${x} Marked Name\n", "\0number. \0signatory\n", "end")
    script = f"const f = {passage.literal()}; process.stdout.write(f({{name: 'Kim'}}, ['A', 'B']))"

    said = subprocess.run(["node", "-e", script], check=True, capture_output=True, text=True).stdout

    assert said == "\\ ` ${x} Kim\n1. A\n2. B\nend"


def test_campaign_is_one_that_outreach_takes(tmp_path: Path) -> None:
    """What is written is a campaign without errors."""
    write_campaign(tmp_path / "campaign", 3)

    watched = outreach(tmp_path / "campaign", "send", "--dry-run", "-q")

    assert watched.seconds > 0
