"""What `say` prints: hanging lines on a terminal, one line elsewhere, nothing that steers."""

from __future__ import annotations

import io
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from outreach.cli.terminal import (
    ARROW,
    data,
    hanging,
    is_lively,
    print_error,
    print_fields,
    print_json,
    printable,
    prompt,
    say,
    say_whole,
    talk,
)
from outreach.errors import UnsafeError

WORDS = st.lists(st.sampled_from(["a", "letters", "외교부장관님께", "🕊️", "minister@state.example", "é"]), min_size=1)


def on_terminal(columns: int) -> tuple[Console, io.StringIO]:
    """A terminal without colours, and what is written to it."""
    out = io.StringIO()
    return Console(file=out, width=columns, force_terminal=True, color_system=None, highlight=False), out


def in_pipe() -> tuple[Console, io.StringIO]:
    """No terminal."""
    out = io.StringIO()
    return Console(file=out, width=80, highlight=False), out


def test_a_message_hangs_below_its_own_beginning() -> None:
    """Lines are broken between words; those that follow stand below the text, not below the arrow."""
    console, out = on_terminal(40)

    say(console, "Put the name back under [campaign], or begin another folder.", before=ARROW)

    assert out.getvalue().splitlines() == ["  → Put the name back under [campaign],", "    or begin another folder."]


def test_a_long_beginning_takes_part_in_the_wrapping() -> None:
    """What would leave no room beside it is text like any other; what follows is indented a little."""
    console, out = on_terminal(40)

    say(console, "3 accepted = 3", before="a campaign with a long name: ")

    assert out.getvalue().splitlines() == ["a campaign with a long name: 3", "    accepted = 3"]


def test_only_what_is_longer_than_a_line_is_broken() -> None:
    """A path that fits goes whole into the next line; one that does not is folded, and nothing of it is lost."""
    console, out = on_terminal(40)
    short, long = "/home/somebody/campaigns/spring", "/home/somebody/" + "x" * 60

    say(console, f"The ledger is at {short} and at {long}.")

    lines = out.getvalue().splitlines()
    assert lines[:2] == ["The ledger is at", f"{short} and at"]
    assert "".join(lines[2:]) == f"{long}."


def test_what_is_to_be_copied_stays_one_line() -> None:
    """A record for the DNS, taken from a narrow terminal, has no line break in it; nothing in it is markup."""
    console, out = on_terminal(40)
    record = 's1._domainkey.coalition.example. IN TXT "v=DKIM1; k=rsa; p=[red]' + "x" * 90 + '" "yyy"'

    say_whole(console, f"{record}\x1b")

    assert out.getvalue() == f"{record}\\x1b\n"


def test_wide_characters_count_two_columns() -> None:
    """Korean is wrapped where the terminal ends, not where its letters are counted to end."""
    console, out = on_terminal(20)

    say(console, "외교부 장관님 귀하 홍길동")

    assert out.getvalue().splitlines() == ["외교부 장관님 귀하", "홍길동"]


@given(WORDS, WORDS, st.integers(40, 200))
def test_nothing_is_too_wide_or_lost(before: list[str], words: list[str], columns: int) -> None:
    """Whatever the words and the width: each word is there, in order, and whole, and no line is too wide."""
    console, out = on_terminal(columns)

    say(console, " ".join(words), before=" ".join(before) + " ")

    assert out.getvalue().split() == [*before, *words]
    assert max(cell_len(line) for line in out.getvalue().splitlines()) <= columns


def test_in_a_pipe_each_message_is_one_line() -> None:
    """However long, so that grep shows all of it."""
    console, out = in_pipe()

    say(console, "word " * 100 + "end", before=ARROW)
    print_fields(console, [("Subject", "word " * 50 + "end")])

    assert [line.endswith("end") for line in out.getvalue().splitlines()] == [True, True]
    assert out.getvalue().splitlines()[1].startswith("  Subject     word word")


def test_what_is_said_is_neither_markup_nor_obeyed() -> None:
    """Brackets stay brackets, colons colons; control characters are shown."""
    console, out = in_pipe()

    say(console, "[bold]x[/] :smile: \x1b[2J\r\n", ("[red]", "bold"), before="[x] ")

    assert out.getvalue() == "[x] [bold]x[/] :smile: \\x1b[2J\\r\\n[red]\n"


def test_a_question_leaves_room_for_its_answer() -> None:
    """A line that the question fills to its end would send what is typed into the next."""
    console, out = on_terminal(40)

    prompt(console, "Type 300 to send 300 letters through: ")

    assert out.getvalue().splitlines() == ["Type 300 to send 300 letters", "through: "]


def test_an_error_says_so_in_words_and_shows_what_changed(capsys: pytest.CaptureFixture[str]) -> None:
    """Not only its colour tells that it is one; lines that were and are keep their signs."""
    print_error(UnsafeError("It has changed.", "Say --amend.", details=("letter.md", "- we call", "+ we ask")))

    assert capsys.readouterr().err.splitlines() == [
        "Error: It has changed.",
        "    letter.md",
        "    - we call",
        "    + we ask",
        "  → Say --amend.",
    ]


@pytest.mark.parametrize(
    ("variables", "terminal", "lively"),
    [
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, True, False),
        ({"TERM": "xterm"}, False, False),
        ({"TERM": "xterm", "FORCE_COLOR": "1"}, False, False),
    ],
    ids=["terminal", "no_color", "dumb", "pipe", "pipe_with_force_color"],
)
def test_escape_sequences_go_only_where_they_are_known_and_wanted(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variables: dict[str, str],
    terminal: bool,
    lively: bool,
) -> None:
    """Colours and a live display on a terminal; no escape sequence at all without colour, on a dumb one, in a log."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: terminal)

    for console in (talk(), data()):
        say(console, ("bold", "bold red"), before=ARROW)

        assert console.is_terminal is terminal
        assert is_lively(console) is lively
    out, err = capsys.readouterr()
    assert ("\x1b" in out, "\x1b" in err) == (lively, lively)


def test_a_display_takes_the_same_lines() -> None:
    """What is drawn in place is wrapped as what is printed."""
    console, _ = on_terminal(40)

    text = hanging(console, "the mailbox is full and takes no more letters", before="  3 × ")

    assert text.plain == "  3 × the mailbox is full and takes no\n      more letters"


def test_printable_keeps_letters_of_the_world_and_escapes_control() -> None:
    """Names stay as they are; escapes and line breaks are shown, not obeyed."""
    assert printable("홍길동 é\x1b\n\u202e") == "홍길동 é\\x1b\\n\\u202e"


def test_an_object_is_one_line_for_every_reader(capsys: pytest.CaptureFixture[str]) -> None:
    """Line ends that only Unicode knows, and halves of characters, are escaped; the object is read back as it was."""
    value = {"where": "a\x85b\u2028c\u2029d\ne\ud800f\u202e", "name": "외교부 🕊"}

    print_json(value)

    (line,) = capsys.readouterr().out.splitlines()
    assert line.isprintable()
    assert json.loads(line) == value
    assert "외교부 🕊" in line
