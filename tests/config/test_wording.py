"""Settings that end up in headers and letters are of a form that can stand there."""

from __future__ import annotations

from pathlib import Path

import pytest

from outreach.errors import SettingsError
from outreach.model import SecretReference
from tests.config.campaigns import SMALL, load, write_campaign


def test_the_section_is_read_as_it_is_written(tmp_path: Path) -> None:
    """An address of 300 characters is none too long."""
    url = "https://letters.coalition.example/u/" + "a" * 264
    text = f'[unsubscribe]\nurl = "{url}"\nmailto = "off+list@coalition.example"\nlist_id = "news.coalition.example"\n'

    options = load(write_campaign(tmp_path, SMALL + text + 'key = { env = "K" }\nalways = true\n')).unsubscribe

    assert (options.url, options.mailto) == (url, "off+list@coalition.example")
    assert (options.list_id, options.always) == ("news.coalition.example", True)
    assert options.key == SecretReference("env", "K")


@pytest.mark.parametrize(
    "line",
    [
        'url = "http://letters.coalition.example/u"',
        'url = "https://letters.coalition.example/a b"',
        'url = "https://letters.coalition.example/u>,<mailto:x@y.example"',
        'url = "https://letters.coalition.example/u\\r\\nBcc: x@y.example"',
        'url = "https://letters.coalition.example/u#top"',
        'url = "https://me@letters.coalition.example/u"',
        'url = "https://편지.example/u"',
        'url = "https://letters.coalition.example/100%"',
        'url = "https://letters.coalition.example/{"',
        'mailto = "a@b.example, c@d.example"',
        'mailto = "a@b.example?bcc=c@d.example"',
        'mailto = "Off <a@b.example>"',
        'list_id = "news"',
        'list_id = "news.coalition.example>"',
        "key = { ask = true }",
        'key = "a plain secret of some length"',
    ],
)
def test_what_could_not_stand_in_a_header_is_refused(tmp_path: Path, line: str) -> None:
    """At its line, with what is expected; a key itself is not repeated."""
    with pytest.raises(SettingsError, match=r"outreach\.toml:\d+: .* under \[unsubscribe\]") as raised:
        load(write_campaign(tmp_path, f"{SMALL}[unsubscribe]\n{line}\n"))

    assert "a plain secret" not in str(raised.value)


def test_a_reason_is_one_text_or_one_for_each_language(tmp_path: Path) -> None:
    """Nothing else."""
    one = load(write_campaign(tmp_path, with_reason('"You asked."')))
    several = load(write_campaign(tmp_path, with_reason('{ ko = "구독", en = "You asked." }')))

    assert one.require_campaign().reason == {"": "You asked."}
    assert several.require_campaign().reason == {"ko": "구독", "en": "You asked."}
    for wrong in ('["a"]', '{ korean_language = "a" }', '"a\\nb"', "{ ko = 1 }"):
        with pytest.raises(SettingsError, match="reason"):
            load(write_campaign(tmp_path, with_reason(wrong)))


def with_reason(value: str) -> str:
    """A small campaign file with this reason."""
    return SMALL.replace("[relay]", f"reason = {value}\n[relay]")
