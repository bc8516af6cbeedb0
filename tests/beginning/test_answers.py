"""What is typed becomes an answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from outreach.beginning.answers import likely_provider, read_languages, read_provider
from outreach.beginning.folder import campaign_name


@pytest.mark.parametrize(
    ("key", "sender", "host"),
    [
        ("gmail", "Us <us@gmail.com>", "smtp.gmail.com"),
        (" Workspace ", "Us <us@coalition.example>", "smtp.gmail.com"),
        ("naver", "Us <us@naver.com>", "smtp.naver.com"),
        ("naver", "Us <us@coalition.example>", "smtp.worksmobile.com"),
        ("naverworks", "Us <us@coalition.example>", "smtp.worksmobile.com"),
        ("sink", "Us <us@coalition.example>", ""),
    ],
)
def test_a_provider_is_named_by_its_key(key: str, sender: str, host: str) -> None:
    """Naver with a domain of one's own is Naver Works."""
    found = read_provider(key, sender=sender)

    assert (found.host if found else "") == host


def test_the_provider_of_a_known_domain_is_offered() -> None:
    """Elsewhere nothing is guessed: nobody receives anything until a person chooses."""
    offered = [likely_provider(f"Us <us@{domain}>") for domain in ("gmail.com", "naver.com", "coalition.example")]

    assert offered == ["gmail", "naver", "sink"]


def test_languages_are_written_as_tags_are_and_each_once() -> None:
    """Capitals and blanks make no difference."""
    assert read_languages(" KO, pt_br,ko ,en") == ("ko", "pt-BR", "en")


@pytest.mark.parametrize(
    ("folder", "name"),
    [("My Letter", "my-letter"), ("letters_2026", "letters-2026"), ("편지 1호", "편지-1호"), ("...", "campaign")],
)
def test_a_campaign_is_called_like_its_folder(folder: str, name: str) -> None:
    """The ledger is shared by all campaigns, so that not each can have the same name."""
    assert campaign_name(Path("/campaigns") / folder) == name
