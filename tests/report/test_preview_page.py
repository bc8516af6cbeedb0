"""The page of a preview holds what a reader sees and what we know, and nothing in a letter can become part of it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from outreach.report.page import POLICY
from tests.report.letters import PLACE, WARNING, hostile_message, page_of, plain_message

VOID = {"meta", "link", "img", "br", "base"}


class Outline(HTMLParser):
    """The elements of a page in their order, and the text in each kind of them."""

    def __init__(self, page: str, *, is_closed: bool = True) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []  # element, attribute, value
        self.texts: list[tuple[str, str]] = []  # the innermost element, and what it says
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert not is_closed or self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """An element ends, and it is the one that began last."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """A text."""
        if self._open and data.strip():
            self.texts.append((self._open[-1], data.strip()))

    def said(self, *tags: str) -> list[str]:
        """What stands in elements of these kinds."""
        return [text for tag, text in self.texts if tag in tags]

    def values(self, tag: str, name: str) -> list[str]:
        """The values of an attribute."""
        return [value for element, attribute, value in self.attributes if (element, attribute) == (tag, name)]


def test_page_has_its_parts_in_order() -> None:
    """Subject, who and when, phone line, findings, envelope, both parts, headers."""
    page = Outline(page_of(plain_message(), WARNING))

    assert page.said("h1", "h2") == [
        "A call", "In a phone’s list of mails", "Findings", "Envelope", "HTML part", "Text part",
        "All headers, as they travel",
    ]  # fmt: skip
    assert page.said("dt") == [
        "From", "To", "Cc", "Reply-To", "Date", "Attachments", "Sender", "To", "Cc", "Bcc", "In the list", "Size",
    ]  # fmt: skip
    assert page.said("title") == ["Preview: A call"]
    assert page.said("pre")[0] == "Dear Minister,\n\nwe write."
    assert "plan.pdf" in page.said("bdi")
    assert "application/pdf, 2.0 kB" in page.said("span")
    assert "archive@coalition.example" in page.said("bdi")
    assert "bounces@coalition.example" in page.said("bdi")
    assert PLACE in page.said("dd")
    assert {"warning W13"} <= set(page.said("span"))
    assert ": an attachment <b>of a kind</b>" in page.said("p")
    assert "Leave it out." in page.said("p")


def test_blind_copies_are_in_the_envelope_alone() -> None:
    """What a reader sees does not name them, and neither do the headers."""
    page = page_of(plain_message())

    seen, envelope, rest = re.split(r'<section class="card(?: letter)?" id="(?:envelope|html)"', page)
    assert "archive@coalition.example" in envelope
    assert "archive@coalition.example" not in seen + rest


def test_page_without_findings_says_so() -> None:
    """An empty list is no answer."""
    assert "Nothing was found in this letter." in Outline(page_of(plain_message())).said("p")


def test_html_part_is_in_a_sandbox_that_allows_nothing() -> None:
    """No word in `sandbox`; the policy stands in the page and, once more, in the frame; the image is in it."""
    page = Outline(page_of(plain_message()))

    assert page.values("iframe", "sandbox") == [""]
    assert page.values("iframe", "src") == []
    (document,) = page.values("iframe", "srcdoc")
    inner = Outline(document, is_closed=False)
    assert page.values("meta", "content")[0] == inner.values("meta", "content")[0] == POLICY
    assert inner.values("img", "src")[0].startswith("data:image/png;base64,")
    assert inner.said("b") == ["Minister"]


def test_nothing_in_a_letter_becomes_part_of_the_page() -> None:
    """The hostile letter's page has the elements of the plain one: no script, nothing that loads, no handler."""
    plain, hostile = Outline(page_of(plain_message())), Outline(page_of(hostile_message()))

    assert set(hostile.tags) <= set(plain.tags)
    assert {name for _, name, _ in hostile.attributes} <= {name for _, name, _ in plain.attributes}
    assert hostile.values("link", "href") == ["data:,"]
    assert all(value.startswith("#") for value in hostile.values("a", "href"))


def test_what_deceives_is_named() -> None:
    """Escapes and marks that turn the direction are shown by their codes, not put into the page."""
    page = page_of(hostile_message())
    outside = page[: page.index('srcdoc="')] + page[page.index("></iframe>") :]

    assert "\x1b" not in outside
    assert "\u202e" not in outside
    assert "&lt;U+202E&gt;gpj.exe" in outside
