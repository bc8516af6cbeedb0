"""The page of a preview in a real browser: it is drawn, it asks for nothing, it is legible on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from outreach.errors import Problem
from tests.report.letters import ELSEWHERE, HOSTILE_HTML, WARNING, hostile_message, page_of, plain_message
from tests.support.browser import Browser, browser, needs_chromium

pytestmark = [pytest.mark.wire, needs_chromium]

LONG_ERROR = Problem("E24", f"contacts/{'x' * 200}.csv:8", "W" * 300, "Mend it.")
PAGES = {"plain": lambda: page_of(plain_message()), "hostile": lambda: page_of(hostile_message(), WARNING, LONG_ERROR)}


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all that only look."""
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A page in a file."""
    path = tmp_path / f"{request.param}.html"
    path.write_text(PAGES[request.param](), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_page_fits_any_width(tab: Browser, page: Path, width: int) -> None:
    """Nothing scrolls sideways, and no text is smaller than 13 pixels."""
    tab.open(page, width=width)

    assert tab.ask("[innerWidth, document.documentElement.scrollWidth]") == [width, width]
    sizes = "[...document.querySelectorAll('body *')].map(e => parseFloat(getComputedStyle(e).fontSize))"
    assert tab.ask(f"Math.min(...{sizes})") >= 13


def test_page_runs_nothing_and_fetches_nothing(tab: Browser, page: Path) -> None:
    """The one request is for the file, the title is ours, and there is no script to run."""
    tab.open(page, width=360)

    assert [url for url in tab.fetched if not url.startswith(("data:", "about:"))] == [page.as_uri()]
    assert tab.ask("document.title").startswith("Preview: ")
    assert tab.ask("document.scripts.length") == 0


def test_an_ordinary_page_gives_no_cause_for_complaint(tab: Browser, tmp_path: Path) -> None:
    """The console stays empty, and the letter's image is shown in the frame."""
    path = tmp_path / "page.html"
    path.write_text(page_of(plain_message()), encoding="utf-8")

    tab.open(path, width=1280)

    assert tab.complaints == []
    assert tab.ask("document.querySelector('iframe').contentDocument") is None  # an origin of its own: out of reach


def test_dark_is_dark_and_paper_is_white(tab: Browser, page: Path) -> None:
    """The page follows the system; printing does not."""
    shown = []
    for dark, media in ((False, "screen"), (True, "screen"), (True, "print")):
        tab.open(page, width=1280, dark=dark, media=media)
        shown.append(tab.ask("getComputedStyle(document.body).backgroundColor"))

    assert shown == ["rgb(244, 245, 247)", "rgb(20, 23, 28)", "rgb(255, 255, 255)"]


def test_page_can_be_printed(tab: Browser, tmp_path: Path) -> None:
    """As a PDF of some pages."""
    path = tmp_path / "page.html"
    path.write_text(page_of(plain_message()), encoding="utf-8")
    tab.open(path, width=1280)

    assert tab.pdf().startswith(b"%PDF")


def test_keyboard_reaches_everything(tab: Browser, page: Path) -> None:
    """The way to the content comes first and can be seen then; the links follow, and the letter in its frame."""
    tab.open(page, width=1280)
    reached: list[str] = []
    while "IFRAME" not in reached and len(reached) < 12:
        tab.press("Tab")
        reached.append(tab.ask("document.activeElement.getAttribute('href') || document.activeElement.tagName"))
        if len(reached) == 1:
            assert tab.ask("document.activeElement.getBoundingClientRect().left") >= 0

    stops = [one for one in reached if one not in ("H1", "DD")]  # these where they scroll
    assert stops == ["#content", "#findings", "#envelope", "#html", "#text", "#headers", "IFRAME"]


def test_every_picture_link_and_frame_has_a_name(tab: Browser, page: Path) -> None:
    """What an assistive program is told: a language, headings without gaps, a name for each that needs one."""
    tab.open(page, width=1280)
    nodes = tab.call("Accessibility.getFullAXTree")["nodes"]

    unnamed = [
        node["role"]["value"]
        for node in nodes
        if node.get("role", {}).get("value") in {"link", "Iframe", "heading", "region", "navigation"}
        and not node.get("name", {}).get("value")
    ]
    assert unnamed == []
    assert tab.ask("document.documentElement.lang") == "en"
    levels = tab.ask("[...document.querySelectorAll('h1,h2,h3')].map(e => +e.tagName[1])")
    assert levels[0] == 1
    assert set(levels[1:]) == {2}


def visited_hosts(folder: Path, page: Path) -> str:
    """All that the browser's own log of the network knows, while it shows the page."""
    log = folder / "net.json"
    nowhere = "--host-resolver-rules=MAP * 127.0.0.1:9"  # where nobody listens: no name server, no network
    with browser(folder, nowhere, f"--log-net-log={log}", "--net-log-capture-mode=Everything") as tab:
        tab.open(page, width=1280)
        tab.ask("new Promise(done => setTimeout(done, 700))")
    return log.read_text(errors="replace")


def test_no_connection_is_tried_not_even_a_name_looked_up(tmp_path: Path) -> None:
    """A letter full of hints, images, styles and frames from elsewhere leaves no trace on the network.

    The same HTML outside of our page does, so the log would tell; a connection ahead of need is in it, which neither
    sandbox nor policy prevents.
    """
    bare, ours = tmp_path / "bare", tmp_path / "ours"
    for folder in (bare, ours):
        folder.mkdir()
    no_refresh = HOSTILE_HTML.replace('http-equiv="refresh"', "")
    (bare / "page.html").write_text(no_refresh, encoding="utf-8")
    (ours / "page.html").write_text(page_of(hostile_message()), encoding="utf-8")

    known = visited_hosts(bare, bare / "page.html")
    assert [host for host in ("connect", "img", "frame") if f"{host}.{ELSEWHERE}" not in known] == []
    assert ELSEWHERE not in visited_hosts(ours, ours / "page.html")
