"""The documents say what is so: settings, commands, findings, states, parts and links."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from docs import messages
from outreach.cli.app import app
from outreach.config import load_settings, shown_settings
from outreach.config.schema import MISSING, known_settings
from outreach.contacts.reserved import is_reserved
from outreach.model import LEGAL_MOVES, State

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "outreach"
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


def read(name: str) -> str:
    """The text of a document."""
    return (ROOT / name).read_text(encoding="utf-8")


def rows(text: str) -> list[list[str]]:
    """The cells of each table row whose first cell is code."""
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def documented_settings() -> dict[str, str]:
    """The default that docs/settings.md states for each setting."""
    sections = re.findall(r"^## \[(\w+)\]$(.*?)(?=^## |\Z)", read("docs/settings.md"), re.MULTILINE | re.DOTALL)
    return {
        f"{section}.{cells[0].strip('`')}": cells[1].strip("`")
        for section, text in sections
        for cells in rows(text)
        if "=" not in cells[0]
    }


def test_every_setting_is_documented_with_its_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/settings.md lists exactly the settings there are, each with the default that is in force off loopback."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "outreach.toml").write_text(
        '[campaign]\nname = "x"\n[sender]\nfrom = "x"\n[relay]\nhost = "smtp.coalition.example"\n'
    )
    settings = load_settings(config=None, cwd=tmp_path, environ={}, flags={})
    defaults = {name: value for name, value, _ in shown_settings(settings)}
    required = {name: "required" for name, known in known_settings().items() if known.default is MISSING}

    documented = documented_settings()

    assert documented == {**defaults, **required}


def command_names() -> list[str]:
    """The names of the commands, and of those of groups."""
    names = [name for name in app if not name.startswith("-")]
    return names + [f"{name} {below}" for name in names for below in app[name] if not below.startswith("-")]


def test_every_command_is_documented() -> None:
    """Each command of `outreach` is named in docs/how-to.md."""
    how_to = read("docs/how-to.md")

    missing = [name for name in command_names() if f"`outreach {name}" not in how_to]

    assert command_names()
    assert missing == []


def test_documents_name_no_command_that_is_not_there() -> None:
    """What the documents write as a command of `outreach` is one."""
    named = {
        name for path in DOCUMENTS for name in re.findall(r"(?:`|^)outreach ([a-z]+)", path.read_text(), re.MULTILINE)
    }

    assert named - set(command_names()) == set()


def test_every_finding_is_documented() -> None:
    """Each code that a check can give has its row in docs/findings.md."""
    given = {
        code
        for path in PACKAGE.rglob("*.py")
        for code in re.findall(r'"([EWI]\d\d)"', path.read_text(encoding="utf-8"))
    }

    assert given - {cells[0].strip("`") for cells in rows(read("docs/findings.md"))} == set()


def test_every_message_stands_in_its_table() -> None:
    """docs/messages.md lists each error message with its remedy as the source has it: `make messages` writes it."""
    text, unread = messages.written()

    assert unread == [], "the messages there can't be read from the source: write them out, or extend docs/reading"
    assert read("docs/messages.md") == text, "run: make messages"


def test_sample_campaign_is_complete_and_can_reach_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample writes to two dozen offices at reserved domains, names each copy, and lists 28 signatories."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    settings = load_settings(config=ROOT / "outreach.toml", cwd=ROOT, environ={}, flags={})
    officials = table(settings.contacts.file)
    addresses = [address for row in officials for address in (row["email"], row["cc"]) if address]

    assert len(officials) >= 24
    assert all(is_reserved(address.rpartition("@")[2]) for address in addresses)
    assert all(bool(row["cc"]) == bool(row["cc_office"]) for row in officials)
    assert all(row["salutation"] and row["name"] for row in officials)
    assert len(table(settings.data.tables["signatories"])) == 28


def table(name: str) -> list[dict[str, str]]:
    """The rows of a list of the sample."""
    with (ROOT / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_states_and_moves_are_documented_as_they_are() -> None:
    """docs/delivery-states.md has each state, and exactly the legal moves."""
    states, moves = read("docs/delivery-states.md").split("## The moves")

    assert [cells[0].strip("`") for cells in rows(states)] == [state.value for state in State]
    assert {cells[0].strip("`"): set(re.findall(r"`(\w+)`", cells[1])) for cells in rows(moves)} == {
        state.value: {target.value for target in targets} for state, targets in LEGAL_MOVES.items()
    }


def test_map_of_the_architecture_matches_the_tree() -> None:
    """docs/architecture.md names each part of the package, and none that is not there."""
    text = read("docs/architecture.md").split("## The parts")[1].split("\n## ")[0]
    there = {
        path.name
        for path in PACKAGE.iterdir()
        if not path.name.startswith("__") and (path.suffix == ".py" or (path.is_dir() and any(path.glob("[!_]*"))))
    }

    assert {cells[0].strip("`") for cells in rows(text)} == there


def test_places_to_change_are_there() -> None:
    """Each file and folder that docs/architecture.md sends a reader to is in the package."""
    text = read("docs/architecture.md").split("## Where to change what")[1].split("\n## ")[0]
    places = re.findall(r"`([\w/]+(?:\.py|/))`", text)

    assert len(places) > 20
    assert [place for place in places if not (PACKAGE / place).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    """Every relative link in a document leads to a file or a folder that is there."""
    links = re.findall(r"\]\((?!https?://|mailto:)([^)#]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))

    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_tabs_or_trailing_blanks(document: Path) -> None:
    """Documents are plain: no tabs, no blanks at the ends of lines, one newline at the end."""
    text = document.read_text(encoding="utf-8")

    assert not re.search(r"\t|[ ]+$", text, re.MULTILINE)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
