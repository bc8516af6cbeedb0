"""What SpamAssassin makes of the letters of the sample campaign, and of one that is spam."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from outreach.errors import SettingsError
from outreach.preflight.spamassassin import judge_letter, score_finding
from tests.flows.campaign import Campaign

ROOT = Path(__file__).parents[2]

needs_spamassassin = pytest.mark.skipif(shutil.which("spamassassin") is None, reason="spamassassin is not installed")


def points_of(content: bytes) -> dict[str, float]:
    """The points of each rule."""
    return {point.rule: point.points for point in judge_letter(content)}


@needs_spamassassin
def test_the_sample_letter_has_less_than_one_point(campaign: Campaign) -> None:
    """Less than 1.0, and every rule that it meets is explained in docs/deliverability.md."""
    for name in ("outreach.toml", "templates", "contacts"):
        shutil.rmtree(campaign.folder / name, ignore_errors=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, campaign.folder / name)
    assert campaign.run("preview", "--eml", "sample.eml").code == 0
    explained = re.findall(r"`([A-Z_]+)`", (ROOT / "docs" / "deliverability.md").read_text(encoding="utf-8"))

    points = points_of((campaign.folder / "sample.eml").read_bytes())

    assert "HTML_MESSAGE" in points
    assert sum(points.values()) < 1.0
    assert set(points) <= set(explained)


@needs_spamassassin
def test_spam_has_points() -> None:
    """A message that is nothing but spam is told with the rules that it meets, dearest first."""
    spam = b"Subject: BUY VIAGRA CIALIS NOW\n\nBuy viagra cialis online now! $1,000,000 for you!\n"

    points = points_of(spam)
    finding = score_finding(judge_letter(spam), "templates/letter.md")

    assert points["MISSING_DATE"] > 0
    assert sum(points.values()) > 3
    assert (finding.code, finding.level) == ("I03", "info")
    assert "SUBJ_ALL_CAPS +0.5" in finding.message


@needs_spamassassin
def test_check_tells_the_points(campaign: Campaign) -> None:
    """`check --spamassassin` has an info I03; without the flag nobody is asked."""
    asked = campaign.run("check", "--spamassassin", "--json").json["finding_counts"]
    unasked = campaign.run("check", "--json").json["finding_counts"]

    assert asked.get("I03") == 1
    assert "I03" not in unasked


def test_without_the_program_there_is_a_word_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no part of outreach, and not needed."""
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(SettingsError, match="not installed") as raised:
        judge_letter(b"Subject: x\n\nx\n")

    assert "apt-get install spamassassin" in raised.value.remedy
