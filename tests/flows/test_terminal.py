"""What is printed fits the terminal and reads well there, without colour too; in a pipe each message is one line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from rich.cells import cell_len

from outreach.cli.app import app
from outreach.sink.server import Sink
from tests.flows.campaign import Campaign, Ran
from tests.flows.conftest import StartSink
from tests.flows.test_bad_input import CASES, LETTER, SETTINGS
from tests.support.terminal import Screen, on_terminal

pytestmark = pytest.mark.flow

KOREAN = "email,name,salutation,cc\n" + "".join(
    f'minister{n}@state.example,"대한민국 통일부 장관 홍길동 🕊️ 귀하","존경하는 장관님께",\n' for n in range(3)
)
LONGEST_OURS = 60  # cells of a word; a path of this machine may be longer


@dataclass(frozen=True)
class Look:
    """A kind of terminal."""

    columns: int = 80
    term: str = "xterm-256color"
    no_color: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether no escape sequence may be written to it."""
        return self.no_color or self.term == "dumb"


LOOKS = [Look(40), Look(80), Look(200), Look(80, no_color=True), Look(80, term="dumb")]


def run_on(look: Look, campaign: Campaign, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Ran:
    """Run a command in this process as if stdout and stderr were such a terminal."""
    with monkeypatch.context() as patched:
        for stream in (sys.stdout, sys.stderr):
            patched.setattr(stream, "isatty", lambda: True)
        patched.setenv("COLUMNS", str(look.columns))
        patched.setenv("TERM", look.term)
        patched.delenv("NO_COLOR", raising=False)
        if look.no_color:
            patched.setenv("NO_COLOR", "1")
        return campaign.run(*arguments)


def on_screen(text: str, look: Look) -> str:
    """What stands on the terminal after this was written to it. No line is too wide, nothing is unknown to it."""
    assert not look.is_plain or "\x1b" not in text
    screen = Screen(look.columns)
    screen.show(text)
    assert screen.widest <= look.columns, screen.text
    return screen.text


def assert_reads_well(ran: Ran, piped: Ran, look: Look) -> None:
    """It says all that it says in a pipe, and each word that the line has room for is whole."""
    for written, whole in ((ran.out, piped.out), (ran.err, piped.err)):
        shown = on_screen(written, look)
        assert "".join(shown.split()) == "".join(whole.split())
        room = min(LONGEST_OURS, look.columns // 2)
        assert {word for word in whole.split() if cell_len(word) <= room} <= set(shown.split())


def changed_letter(campaign: Campaign) -> None:
    campaign.run("send", "--plan-only", "--yes")
    campaign.edit(LETTER, "to speak up", "to act at once, and to say so in public as often as they are asked")


def renamed(campaign: Campaign) -> None:
    campaign.run("send", "--plan-only", "--yes")
    campaign.edit(SETTINGS, 'name = "repatriation"', 'name = "second try"')


def lost_ledger(campaign: Campaign) -> None:
    campaign.run("send", "--plan-only", "--yes")
    for file in (campaign.folder / ".outreach").iterdir():
        file.unlink()


def spoilt_seal(campaign: Campaign) -> None:
    campaign.run("send", "--plan-only", "--yes")
    campaign.write("outreach.seal", "x")


def damaged_ledger(campaign: Campaign) -> None:
    campaign.write(".outreach/ledger.db", b"this is no ledger, and it is long enough to look at" * 100)


def reserved_sender(campaign: Campaign) -> None:
    campaign.edit(SETTINGS, '"127.0.0.1"', '"smtp.relay.invalid"')
    campaign.edit(SETTINGS, 'security = "none"', 'security = "tls"')
    campaign.contacts(["minister@gov.uk,Minister,Excellency,"])


def many_bad_rows(campaign: Campaign) -> None:
    campaign.contacts([f"office{n}@state,Office {n},Dear {n}," for n in range(30)])


def letters_in_korean(campaign: Campaign) -> None:
    campaign.write("contacts/officials.csv", KOREAN)


def nothing_wrong(campaign: Campaign) -> None:
    del campaign


MORE = [
    (changed_letter, ("send", "--yes")),
    (renamed, ("send", "--yes")),
    (lost_ledger, ("send", "--yes")),
    (spoilt_seal, ("send", "--yes")),
    (damaged_ledger, ("send", "--yes")),
    (reserved_sender, ("send", "--yes")),
    (many_bad_rows, ("check",)),
    (letters_in_korean, ("send", "--dry-run")),
    (letters_in_korean, ("preview",)),
    (nothing_wrong, ("send", "--dry-run")),
    (nothing_wrong, ("check",)),
    (nothing_wrong, ("check", "--relay")),  # nobody listens there
    (nothing_wrong, ("send",)),
    (nothing_wrong, ("send", "--yes")),
    (nothing_wrong, ("send", "--yes", "--confirm", "7")),
    (nothing_wrong, ("send", "--seal", "12345678-12345678", "--yes")),
    (nothing_wrong, ("send", "--no-such-flag")),
    (nothing_wrong, ("send", "--limit", "many")),
    (nothing_wrong, ("send", "--only", "nobody@state.example", "--yes")),
    (nothing_wrong, ("resolve", "--sent", "minister@state.example")),
    (nothing_wrong, ("suppress", "remove", "minister@state.example")),
    (nothing_wrong, ("log", "--since", "yesterday")),
    (nothing_wrong, ("sink", "--script", "misbehave")),
    (nothing_wrong, ("status",)),
    (nothing_wrong, ("no-such-command",)),
    (nothing_wrong, ("init",)),
]
SITUATIONS = [(spoil, ("send", "--yes")) for spoil, *_ in CASES] + MORE


@pytest.mark.parametrize(
    ("arrange", "arguments"), SITUATIONS, ids=[f"{arrange.__name__}-{'_'.join(a)}" for arrange, a in SITUATIONS]
)
def test_every_message_fits_every_terminal(
    campaign: Campaign,
    monkeypatch: pytest.MonkeyPatch,
    arrange: Callable[[Campaign], None],
    arguments: tuple[str, ...],
) -> None:
    """Narrow or wide, with colours or without: no line is too long, no word is broken, nothing is left out."""
    arrange(campaign)
    piped = campaign.run(*arguments)

    for look in LOOKS:
        shown = run_on(look, campaign, monkeypatch, *arguments)

        assert shown.code == piped.code
        assert_reads_well(shown, piped, look)


@pytest.mark.parametrize("arrange", [spoil for spoil, code, _ in CASES if code == 2], ids=lambda f: f.__name__)
def test_in_a_pipe_an_error_is_two_lines(campaign: Campaign, arrange: Callable[[Campaign], None]) -> None:
    """What and where on one line, what to do on the next: however long, a search finds all of it."""
    arrange(campaign)

    ran = campaign.run("send", "--yes")

    what, remedy = ran.err.splitlines()
    assert what.startswith("Error: ")
    assert remedy.startswith("  → ")


@pytest.fixture
def sent(campaign: Campaign, start_sink: StartSink) -> Campaign:
    """A campaign of which one letter was accepted, with a refused copy, one failed, one is suppressed."""
    sink = start_sink(
        "reply:rcpt:chief@state.example:550:5.1.1 The mailbox chief is not known here and never was, ask the registry",
        "reject:rcpt:chair@committee.example",
    )
    campaign.use_port(sink.port)
    campaign.run("suppress", "add", "desk@press.example", "--reason", "asked by telephone not to be written to again")
    campaign.run("send", "--yes")
    return campaign


TABLES = {
    ("log",): ("accepted", "minister@state.example", "failed", "chair@committee.example", "suppressed"),
    ("log", "--attempts"): ("accepted", "minister@state.example", "failed", "chair@committee.example"),
    ("campaigns",): ("repatriation", "accepted"),
    ("suppress", "list"): ("desk@press.example", "telephone"),
    ("config",): ("campaign.name", "sender.reply_to", "relay.host"),
}


@pytest.mark.parametrize("arguments", TABLES, ids="_".join)
@pytest.mark.parametrize("look", [*LOOKS, Look(60)], ids=str)
def test_tables_fit_and_keep_what_matters_whole(
    sent: Campaign, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], look: Look
) -> None:
    """Addresses and states are whole on every terminal; what the relay said is folded, and complete."""
    shown = run_on(look, sent, monkeypatch, *arguments)

    words = on_screen(shown.out, look).split()
    assert [word for word in TABLES[arguments] if word not in words] == []
    if arguments == ("log",):
        assert "registry" in words


@pytest.mark.parametrize("arguments", TABLES, ids="_".join)
def test_in_a_pipe_tables_are_as_wide_as_they_are(sent: Campaign, arguments: tuple[str, ...]) -> None:
    """One line for each row, and nothing is folded or cut to the 80 columns that nobody looks at."""
    out = sent.run(*arguments).out

    heading, *rows = out.splitlines()
    assert heading.split()[0] in ("State", "Campaign", "Address", "Setting")
    assert [line for line in out.splitlines() if line.endswith(" ")] == []
    if arguments == ("log",):
        assert [row.split()[0] for row in rows] == ["accepted", "cc", "failed", "suppressed"]
        assert rows[1].endswith("550 5.1.1 The mailbox chief is not known here and never was, ask the registry")
        assert heading.index("To") == rows[0].index("minister@") == rows[2].index("chair@")


def command_lines() -> list[tuple[str, ...]]:
    """Every command, those of groups too."""
    lines: list[tuple[str, ...]] = [()]
    for name in app:
        if not name.startswith("-"):
            lines.append((name,))
            lines += [(name, below) for below in app[name] if not below.startswith("-")]
    return lines


@pytest.mark.parametrize("command", command_lines(), ids="_".join)
def test_help_fits_the_terminal(campaign: Campaign, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    """--help of every command."""
    whole = campaign.run(*command, "--help").out
    for look in LOOKS:
        shown = run_on(look, campaign, monkeypatch, *command, "--help")

        assert shown.code == 0
        assert on_screen(shown.out, look).count("…") == whole.count("…")


# --- a real terminal --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("look", [Look(), Look(52), Look(no_color=True), Look(52, term="dumb")], ids=str)
def test_a_real_terminal_shows_whole_words(campaign: Campaign, look: Look) -> None:
    """The program finds out by itself how wide the terminal is and what it knows."""
    campaign.edit(SETTINGS, "date =", 'attachments = ["letterhead.pdf"]\ndate =')
    piped = campaign.run("send", "--dry-run")

    with on_terminal(
        "send", "--dry-run", cwd=campaign.folder, columns=look.columns, term=look.term, no_color=look.no_color
    ) as terminal:
        assert terminal.wait() == 3

    screen = terminal.screen
    assert look.columns * 0.8 < screen.widest <= look.columns
    assert screen.text.split() == piped.err.split()
    assert (b"\x1b" in terminal.written) is not look.is_plain


@pytest.mark.parametrize("look", [Look(), Look(no_color=True), Look(term="dumb")], ids=str)
def test_progress_is_drawn_in_place_only_where_that_is_possible(
    campaign: Campaign, start_sink: StartSink, look: Look
) -> None:
    """A live display on a terminal; without colour, or on a dumb one, lines of text and no escape sequence."""
    sink = start_sink("slow:dot:0.3")
    campaign.use_port(sink.port)

    with on_terminal(
        "send", "--yes", cwd=campaign.folder, columns=look.columns, term=look.term, no_color=look.no_color
    ) as terminal:
        assert terminal.wait() == 0

    assert terminal.screen.widest <= look.columns
    assert "Run outreach log to see every letter." in terminal.screen.text
    assert (b"\x1b[2K" in terminal.written) is not look.is_plain
    assert (b"\x1b" in terminal.written) is not look.is_plain
    assert ("3/3 in" in terminal.screen.text) is look.is_plain


@pytest.fixture
def sink(campaign: Campaign, start_sink: StartSink) -> Sink:
    """A relay that takes everything."""
    sink = start_sink()
    campaign.use_port(sink.port)
    return sink


CTRL_C = "\x03"
QUESTION = "Type 3 to send 3 letters from letters@coalition.example through"


def test_the_right_number_sends(campaign: Campaign, sink: Sink) -> None:
    """The question says what matters, each in a field that fits; the number that it names sends."""
    with on_terminal("send", cwd=campaign.folder) as terminal:
        terminal.wait_for(QUESTION)
        assert sink.count == 0
        terminal.type("3\n")
        assert terminal.wait() == 0

    assert sink.count == 3
    assert terminal.screen.widest <= 80
    assert "  Campaign    repatriation, its first send" in terminal.screen.lines
    assert "repatriation: 3 accepted = 3" in terminal.screen.lines


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("2\n", "Not confirmed: nothing was sent."),
        ("yes\n", "Not confirmed: nothing was sent."),
        ("\n", "Not confirmed: nothing was sent."),
        ("\x04", "Not answered: nothing was sent."),
        (CTRL_C, "Not answered: nothing was sent."),
    ],
    ids=["wrong_number", "yes", "enter", "ctrl_d", "ctrl_c"],
)
def test_any_other_answer_does_not_send(campaign: Campaign, sink: Sink, typed: str, words: str) -> None:
    """A wrong number, no number, Ctrl-D and Ctrl-C: nothing leaves and nothing is planned."""
    with on_terminal("send", cwd=campaign.folder) as terminal:
        terminal.wait_for(QUESTION)
        terminal.interrupt() if typed == CTRL_C else terminal.type(typed)
        assert terminal.wait() == 130

    assert words in terminal.screen.text
    assert sink.count == 0
    assert campaign.run("status", "--json").json["total"] == 0
