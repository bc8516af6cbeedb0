"""`outreach init`: its questions on a real terminal, its flags, and what it leaves in the folder."""

from __future__ import annotations

import os
import pty
import select
import signal
import stat
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

import outreach
from outreach.cli.app import run

SENDER = "Our Coalition <us@coalition.example>"
KOREAN = "성명,이메일\n김철수,kim@a.example\n"


@dataclass(frozen=True)
class Session:
    """What was shown on the terminal, what went to stdout, and how it ended."""

    shown: str
    out: str
    code: int


def talk(folder: Path, *arguments: str, answers: Sequence[str | signal.Signals]) -> Session:
    """Run `outreach init` on a terminal of its own and type an answer at each question, or send a signal."""
    master, slave = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "outreach", "init", *arguments],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "80", "PYTHONPATH": str(Path(outreach.__file__).parents[1])},
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=slave,
    )
    os.close(slave)
    try:
        shown = _converse(master, child, answers)
    finally:
        os.close(master)  # a question that is still open ends with it
        out, _ = child.communicate(timeout=30)
    return Session(shown.replace("\r", ""), out.decode(), child.returncode)


def _converse(terminal: int, child: subprocess.Popen[bytes], answers: Sequence[str | signal.Signals]) -> str:
    """All that is shown until the other side is gone."""
    shown = b""
    for answer in answers:
        while not shown.endswith(b"]: "):
            shown += _read(terminal) or pytest.fail(f"no question, but: {shown.decode()}")
        if isinstance(answer, signal.Signals):
            _interrupt(terminal, child, answer)
        else:
            os.write(terminal, answer.encode())
        shown += b"\n"
    while received := _read(terminal):
        shown += received
    return shown.decode()


def _interrupt(terminal: int, child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal until something comes of it: one that arrives just before Python begins to read is lost on the reading."""
    while child.poll() is None:
        child.send_signal(number)
        if select.select([terminal], [], [], 0.5)[0]:
            return


def _read(terminal: int) -> bytes:
    """What was printed; nothing once the other side is gone."""
    if not select.select([terminal], [], [], 30)[0]:
        pytest.fail("nothing is shown any more")
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def files(folder: Path) -> dict[str, bytes]:
    """Every file below the folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def settings(folder: Path) -> str:
    """The settings file that was written."""
    return (folder / "outreach.toml").read_text(encoding="utf-8")


@pytest.mark.wire
def test_four_answers_make_a_campaign(tmp_path: Path) -> None:
    """Each question is asked on stderr, and what was typed is in the files."""
    (tmp_path / "people.csv").write_text("name,E-Mail\nA,a@b.example\n")

    session = talk(tmp_path, "spring", answers=["Us <us@gmail.com>\n", "workspace\n", '"people.csv"\n', "ko, en\n"])

    assert session.code == 0
    assert [question in session.shown for question in ("Who sends?", "Which provider?", "The list?", "language")] == [
        True
    ] * 4
    assert "Who sends?" not in session.out
    written = settings(tmp_path / "spring")
    assert 'name = "spring"' in written
    assert 'from = "Us <us@gmail.com>"' in written
    assert '\nquota = ["2000/day"]\n' in written
    assert 'columns = { email = "e-mail" }' in written
    assert 'default_lang = "ko"' in written
    assert set(files(tmp_path / "spring")) == {
        "outreach.toml",
        "templates/letter.ko.md",
        "templates/letter.en.md",
        "contacts/people.csv",
        ".env",
        ".gitignore",
    }
    steps = ("cd spring", "SMTP_PASSWORD", "outreach check", "--dry-run", "--redirect us@gmail.com", "outreach send\n")
    places = [session.out.index(step) for step in steps]
    assert places == sorted(places)


@pytest.mark.wire
def test_enter_takes_what_is_shown_and_a_wrong_answer_is_asked_again(tmp_path: Path) -> None:
    """The provider shown is the one of the sender's domain; each slip says what is wrong with it."""
    answers = ["us\n", "us@naver.com\n", "Us <us@naver.com>\n", "pigeon\n", "\n", "no.csv\n", "\n", "xx\n", "\n"]

    session = talk(tmp_path, answers=answers)

    assert session.code == 0
    for words in ("@-sign", "there is no name", 'no provider "pigeon"', "no such file", '"xx" is not a known'):
        assert words in session.shown
    assert "Which provider? [naver]" in session.shown
    assert 'host = "smtp.naver.com"' in settings(tmp_path)
    assert 'file = "contacts/officials.csv"' in settings(tmp_path)
    assert 'default_lang = "en"' in settings(tmp_path)


@pytest.mark.wire
def test_what_a_flag_says_is_not_asked(tmp_path: Path) -> None:
    """Only the two that are left are asked."""
    session = talk(tmp_path, "--from", SENDER, "--lang", "fr", answers=["\n", "\n"])

    assert session.code == 0
    assert "Who sends?" not in session.shown
    assert "language" not in session.shown
    assert "Madame, Monsieur" not in (tmp_path / "templates/letter.md").read_text()
    assert "salutations distinguées" in (tmp_path / "templates/letter.md").read_text()


@pytest.mark.wire
@pytest.mark.parametrize("ending", [signal.SIGINT, "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_a_question_that_is_not_answered_leaves_nothing(tmp_path: Path, ending: str | signal.Signals) -> None:
    """The code is that of an interruption, in words, and no file is there."""
    session = talk(tmp_path, "spring", answers=[f"{SENDER}\n", ending])

    assert session.code == 130
    assert "nothing was written" in session.shown
    assert "Traceback" not in session.shown
    assert list(tmp_path.iterdir()) == []


@pytest.mark.wire
def test_a_korean_list_is_read_once_the_person_says_it_reads_right(tmp_path: Path) -> None:
    """cp949 is never guessed: the first line is shown, and with a yes the settings state it."""
    (tmp_path / "list.csv").write_bytes(KOREAN.encode("cp949"))
    given = ["--from", SENDER, "--provider", "sink", "--lang", "ko"]

    denied = talk(tmp_path, "no", *given, answers=["list.csv\n", "\n", "\n"])
    granted = talk(tmp_path, "yes", *given, answers=["list.csv\n", "y\n"])

    assert "성명,이메일" in granted.shown
    assert "Save it anew as UTF-8" in denied.shown
    assert 'file = "contacts/officials.csv"' in settings(tmp_path / "no")
    assert 'encoding = "cp949"\ncolumns = { email = "이메일", name = "성명" }' in settings(tmp_path / "yes")
    assert (tmp_path / "yes/contacts/list.csv").read_bytes() == KOREAN.encode("cp949")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_terminal_and_flags_it_writes_a_sample(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The sample list goes to the sink, and the letter greets with its salutations."""
    code = run(["init", "A Letter"])

    assert code == 0
    assert set(files(here / "A Letter")) == {
        "outreach.toml",
        "templates/letter.md",
        "contacts/officials.csv",
        ".env",
        ".gitignore",
    }
    assert 'name = "a-letter"' in settings(here / "A Letter")
    assert "\n[ledger]" not in settings(here / "A Letter")
    assert "{{ salutation }}," in (here / "A Letter/templates/letter.md").read_text()
    assert "cd 'A Letter'" in capsys.readouterr().out


def test_the_secrets_file_is_readable_for_its_owner_only(here: Path) -> None:
    """And git leaves it alone, but not the seal, which is meant to be kept."""
    run(["init"])

    assert stat.S_IMODE((here / ".env").stat().st_mode) == 0o600
    assert "# SMTP_PASSWORD=\n" in (here / ".env").read_text()
    assert (here / ".gitignore").read_text().split() == [".env", "dkim*.pem", ".outreach/"]


@pytest.mark.parametrize("present", ["outreach.toml", ".env", "templates/letter.md", "contacts/officials.csv"])
def test_nothing_is_overwritten(here: Path, present: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One file that is there stops it, and nothing else appears."""
    (here / present).parent.mkdir(exist_ok=True)
    (here / present).write_text("mine")

    code = run(["init"])

    assert code == 2
    assert f"{present}: exists already; nothing was written" in capsys.readouterr().err
    assert files(here) == {present: b"mine"}


def test_a_link_that_leads_nowhere_is_not_written_through(here: Path) -> None:
    """A dangling link is a file that exists already."""
    (here / ".env").symlink_to(here / "elsewhere")

    assert run(["init"]) == 2
    assert not (here / "elsewhere").exists()
    assert not (here / "outreach.toml").exists()


def test_a_failure_in_the_middle_leaves_nothing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file stands where a folder must be: what was written before it is taken back."""
    (here / "new").mkdir()
    (here / "new/contacts").write_text("a file")

    code = run(["init", "new"])

    assert code == 2
    assert "Nothing was written" in capsys.readouterr().err
    assert files(here) == {"new/contacts": b"a file"}
    assert not (here / "new/templates").exists()


def test_a_list_in_its_place_stays_there(here: Path) -> None:
    """A list that is in contacts/ already is neither copied nor taken for one that would be overwritten."""
    (here / "contacts").mkdir()
    (here / "contacts/mine.csv").write_text("email\na@b.example\n")

    code = run(["init", "--list", "contacts/mine.csv"])

    assert code == 0
    assert 'file = "contacts/mine.csv"' in settings(here)
    assert (here / "contacts/mine.csv").read_text() == "email\na@b.example\n"


def test_a_list_that_needs_an_encoding_is_left_to_the_check(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal nobody can say whether it reads right, so nothing is stated for it."""
    (here / "list.csv").write_bytes(KOREAN.encode("cp949"))

    made = run(["init", "new", "--list", "list.csv"])
    noted = capsys.readouterr().err
    checked = run(["check", "--config", "new/outreach.toml"])

    assert (made, checked) == (0, 3)
    assert "is not UTF-8: outreach check shows" in noted
    assert "encoding" not in settings(here / "new")
    assert "cp949" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--from", "nobody"], 2, "@-sign"),
        (["--from", "us@coalition.example"], 2, "there is no name"),
        (["--provider", "pigeon"], 2, 'no provider "pigeon"'),
        (["--lang", "xx"], 2, '"xx" is not a known language'),
        (["--lang", ""], 2, "No language"),
        (["--list", "no.csv"], 2, "no.csv: no such file"),
        (["--list", "list.pdf"], 2, "its ending does not say"),
        (["--list", "names.csv"], 3, "no column holds addresses; the columns are: name, city"),
    ],
)
def test_a_wrong_flag_is_told_and_nothing_written(
    here: Path, arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two lines, the right code, an untouched folder."""
    (here / "list.pdf").write_text("x")
    (here / "names.csv").write_text("name,city\nA,B\n")

    ended = run(["init", "new", *arguments])

    assert ended == code
    assert words in capsys.readouterr().err
    assert not (here / "new").exists()
