"""What each bad input gets: two lines (what and where; what to do), the right exit code, nothing sent, nothing lost."""

from __future__ import annotations

import socket
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.flows.campaign import Campaign, Ran
from tests.flows.conftest import StartSink
from tests.support.sinks import tls_contexts

pytestmark = pytest.mark.flow

LIST = "contacts/officials.csv"
LETTER = "templates/letter.md"
SETTINGS = "outreach.toml"


def missing_settings(campaign: Campaign) -> None:
    (campaign.folder / SETTINGS).unlink()


def missing_list(campaign: Campaign) -> None:
    (campaign.folder / LIST).unlink()


def missing_letter(campaign: Campaign) -> None:
    (campaign.folder / LETTER).unlink()


def unknown_setting(campaign: Campaign) -> None:
    campaign.edit(SETTINGS, 'security = "none"', 'security = "none"\nconections = 3')


def plain_password(campaign: Campaign) -> None:
    campaign.edit(SETTINGS, 'security = "none"', 'security = "none"\nusername = "u"\npassword = "hunter2"')


def missing_secret(campaign: Campaign) -> None:
    campaign.edit(
        SETTINGS, 'security = "none"', 'security = "none"\nusername = "u"\npassword = { env = "NO_SUCH_SECRET" }'
    )


def wrong_encoding(campaign: Campaign) -> None:
    campaign.write(LIST, "email,name,salutation\nminister@state.example,홍길동,님\n".encode("cp949"))


def no_email_column(campaign: Campaign) -> None:
    campaign.contacts(["a@b.example,x"], header="adress,name")


def invalid_address(campaign: Campaign) -> None:
    campaign.contacts(["minister@state,Minister,Excellency,"])


def duplicate_address(campaign: Campaign) -> None:
    campaign.contacts(["a@b.example,A,Dear A,", "A@B.example,B,Dear B,"])


def several_addresses(campaign: Campaign) -> None:
    campaign.contacts(["a@b.example; c@d.example,A,Dear A,"])


def no_contacts(campaign: Campaign) -> None:
    campaign.contacts([])


def unknown_field(campaign: Campaign) -> None:
    campaign.edit(LETTER, "{{ salutation }}", "{{ salutaton }}")


def empty_cell(campaign: Campaign) -> None:
    campaign.edit(LIST, "Dear Chair", "")


def syntax_error(campaign: Campaign) -> None:
    campaign.edit(LETTER, "we call", "{% if %}we call")


def left_over_marks(campaign: Campaign) -> None:
    campaign.edit(LETTER, "to speak up.", "to **speak up.")


def missing_attachment(campaign: Campaign) -> None:
    campaign.edit(SETTINGS, "date =", 'attachments = ["letterhead.pdf"]\ndate =')


def attachment_outside(campaign: Campaign) -> None:
    (campaign.folder.parent / "secret.pdf").write_bytes(b"x")
    campaign.edit(SETTINGS, "date =", 'attachments = ["../secret.pdf"]\ndate =')


def own_attachment_outside(campaign: Campaign) -> None:
    campaign.contacts(["a@b.example,A,Dear A,../../etc/passwd"], header="email,name,salutation,attachments")


def line_break_in_name(campaign: Campaign) -> None:
    campaign.contacts(['a@b.example,"A\nBcc: evil@x.example",Dear A,'])


def nul_in_name(campaign: Campaign) -> None:
    campaign.contacts(["a@b.example,A\x00B,Dear A,"])


def line_break_into_subject(campaign: Campaign) -> None:
    campaign.edit(LETTER, '{{ name }}"', '{{ name }} {{ salutation }}"')
    campaign.contacts(['a@b.example,A,"Dear\r\nBcc: evil@x.example",'])


def plaintext_off_loopback(campaign: Campaign) -> None:
    campaign.edit(SETTINGS, '"127.0.0.1"', '"smtp.coalition.example"')


def bad_duration(campaign: Campaign) -> None:
    campaign.write(SETTINGS, (campaign.folder / SETTINGS).read_text() + '[retry]\nfirst_wait = "soon"\n')


def broken_toml(campaign: Campaign) -> None:
    campaign.edit(SETTINGS, "port = ", "port = = ")


CASES: list[tuple[Callable[[Campaign], None], int, tuple[str, ...]]] = [
    (missing_settings, 2, ("outreach.toml", "outreach init")),
    (missing_list, 2, (LIST, "no such file")),
    (missing_letter, 2, (LETTER, "no such file")),
    (unknown_setting, 2, ("outreach.toml:", "conections", "connections")),
    (plain_password, 2, ("password", "env")),
    (missing_secret, 2, ("NO_SUCH_SECRET",)),
    (bad_duration, 2, ("first_wait", "soon", "30s")),
    (broken_toml, 2, ("outreach.toml:",)),
    (plaintext_off_loopback, 2, ("none", "tls")),
    (wrong_encoding, 3, (LIST, "cp949", "홍길동")),
    (no_email_column, 3, (LIST, "adress", "columns")),
    (invalid_address, 3, (f"{LIST}:2", "minister@state")),
    (duplicate_address, 3, (f"{LIST}:3", "row 2")),
    (several_addresses, 3, (f"{LIST}:2", "several_addresses")),
    (no_contacts, 3, (LIST, "no contacts")),
    (unknown_field, 3, ("salutaton", "salutation")),
    (empty_cell, 3, (f"{LIST}:3", "salutation")),
    (syntax_error, 3, (f"{LETTER}:6",)),
    (left_over_marks, 3, ("**", LETTER)),
    (missing_attachment, 3, ("letterhead.pdf",)),
    (attachment_outside, 3, ("../secret.pdf", "outside")),
    (own_attachment_outside, 3, ("../../etc/passwd", "outside")),
    (line_break_in_name, 3, (f"{LIST}:2", "name")),
    (nul_in_name, 3, (LIST,)),
    (line_break_into_subject, 3, (f"{LIST}:2", "subject")),
]


def two_lines(ran: Ran) -> None:
    """The message is there, with a remedy, and no traceback."""
    said = ran.err + ran.out
    assert "Traceback" not in said
    assert "fault in outreach itself" not in said, said
    assert "→" in said, said


@pytest.mark.parametrize(("spoil", "code", "words"), CASES, ids=lambda value: getattr(value, "__name__", None))
def test_bad_input_is_named_with_its_place_and_remedy(
    campaign: Campaign, start_sink: StartSink, spoil: Callable[[Campaign], None], code: int, words: tuple[str, ...]
) -> None:
    """The real send and the dry run both refuse, with the same words; nothing is sent."""
    sink = start_sink()
    campaign.use_port(sink.port)
    spoil(campaign)

    dry = campaign.run("send", "--dry-run")
    real = campaign.run("send", "--yes")

    for ran in (dry, real):
        assert ran.code == code, ran
        for word in words:
            assert word in ran.err + ran.out, ran
        two_lines(ran)
    assert "hunter2" not in real.err
    assert sink.record == []


def test_an_unreachable_relay_ends_with_5(campaign: Campaign) -> None:
    """Nobody listens at the port: nothing is planned, and the next step is named."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        campaign.use_port(free.getsockname()[1])

    ran = campaign.run("send", "--yes")

    assert ran.code == 5
    two_lines(ran)
    assert campaign.run("status", "--json").json["total"] == 0


@contextmanager
def answering(lines: bytes) -> Iterator[int]:
    """A server that says this to everyone and closes."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            connection.sendall(lines)
            connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1]
    ended.set()
    thread.join()
    server.close()


def test_a_relay_that_answers_garbage_ends_with_5(campaign: Campaign) -> None:
    """What is no SMTP is not trusted with letters."""
    with answering(b"\x00\xff\x13garbage\r\nmore\r\n") as port:
        campaign.use_port(port)

        ran = campaign.run("send", "--yes")

    assert ran.code == 5
    two_lines(ran)


def secure(campaign: Campaign, security: str, ca_file: Path | None) -> None:
    """Use TLS to the sink."""
    extra = f'\nca_file = "{ca_file}"' if ca_file else ""
    campaign.edit(SETTINGS, 'security = "none"', f'security = "{security}"{extra}')
    campaign.edit(SETTINGS, '"127.0.0.1"', '"localhost"')


def test_a_certificate_that_is_not_trusted_ends_with_2(campaign: Campaign, start_sink: StartSink) -> None:
    """A certificate of an unknown authority is refused, and nothing is said in clear text."""
    server, _ = tls_contexts()
    sink = start_sink(tls=server, implicit_tls=True)
    campaign.use_port(sink.port)
    secure(campaign, "tls", None)

    ran = campaign.run("send", "--yes")

    assert ran.code == 2
    assert "ca_file" in ran.err
    two_lines(ran)
    assert sink.count == 0


@pytest.mark.parametrize(("security", "implicit"), [("starttls", True), ("tls", False)])
def test_the_wrong_kind_of_tls_names_the_right_one(
    campaign: Campaign, start_sink: StartSink, security: str, implicit: bool
) -> None:
    """STARTTLS asked on an implicit-TLS port, and the other way round."""
    server, ca_file = tls_contexts()
    sink = start_sink(tls=server, implicit_tls=implicit)
    campaign.use_port(sink.port)
    secure(campaign, security, ca_file)

    ran = campaign.run("send", "--yes")

    assert ran.code == 2
    assert ('security = "tls"' if implicit else 'security = "starttls"') in ran.err
    two_lines(ran)


def test_a_refused_login_ends_with_4(
    campaign: Campaign, start_sink: StartSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong password is tried once, charges nobody, and is not repeated in the message."""
    sink = start_sink(users={"letters": "right"})
    campaign.use_port(sink.port)
    monkeypatch.setenv("SMTP_PASSWORD", "wr0ng-secret")
    campaign.edit(
        SETTINGS, 'security = "none"', 'security = "none"\nusername = "letters"\npassword = { env = "SMTP_PASSWORD" }'
    )

    ran = campaign.run("send", "--yes")

    assert ran.code == 4
    assert "wr0ng-secret" not in ran.err
    two_lines(ran)
    monkeypatch.setenv("SMTP_PASSWORD", "right")
    assert campaign.run("send", "--yes").code == 0
    assert sink.count == 3


def test_a_campaign_that_another_run_sends_is_locked(campaign: Campaign, start_sink: StartSink) -> None:
    """Two runs can't send one campaign; the second names who has it."""
    sink = start_sink("slow:dot:3")
    campaign.use_port(sink.port)
    first = campaign.start("send", "--yes", "--set", "relay.connections=1")
    try:
        while not sink.record:
            assert first.poll() is None, first.communicate()

        second = campaign.run("send", "--yes")
    finally:
        first.terminate()
        first.communicate(timeout=20)

    assert second.code == 2
    two_lines(second)


@pytest.mark.parametrize(
    "content", [b"this is no ledger, and it is long enough to look at" * 100, b"SQLite format 3\0" + b"x" * 5000]
)
def test_a_damaged_ledger_is_said_to_be_so(campaign: Campaign, start_sink: StartSink, content: bytes) -> None:
    """A file that is not a ledger is left as it is."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.write(".outreach/ledger.db", content)

    ran = campaign.run("send", "--yes")

    assert ran.code == 2
    two_lines(ran)
    assert (campaign.folder / ".outreach/ledger.db").read_bytes() == content
    assert sink.count == 0


def test_a_ledger_of_a_later_version_is_left_alone(campaign: Campaign, start_sink: StartSink) -> None:
    """A newer ledger is not touched; the remedy is a newer outreach."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.run("send", "--yes", "--limit", "1")
    with sqlite3.connect(campaign.folder / ".outreach/ledger.db") as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()

    ran = campaign.run("send", "--yes")

    assert ran.code == 2
    two_lines(ran)
    assert sink.count == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on the size of files")
def test_a_full_disk_stops_the_run_before_the_next_body(campaign: Campaign, start_sink: StartSink) -> None:
    """When the intent can't be written no body leaves; what had left is known, and the next run sends the rest."""
    sink = start_sink()
    campaign.use_port(sink.port)
    campaign.contacts([f"office{n}@state.example,Office {n},Dear {n}," for n in range(400)])
    campaign.run("send", "--plan-only", "--yes")
    room = (campaign.folder / ".outreach/ledger.db").stat().st_size + 200_000

    full = campaign.start("send", "--yes", limit_file_bytes=room)
    _, err = full.communicate(timeout=60)

    left = sink.count
    assert full.returncode == 5, err
    assert 0 < left < 400
    two_lines(Ran(5, "", err))
    rest = campaign.run("send", "--yes", "--json")
    assert rest.json["balanced"] is True
    assert rest.json["counts"]["accepted"] + rest.json["counts"]["unsure"] == 400
    assert rest.json["counts"]["unsure"] <= 5
    assert max(sink.accepted_by_recipient().values()) == 1


def test_a_place_that_can_not_be_written_is_named(campaign: Campaign, start_sink: StartSink) -> None:
    """A ledger that can't be made stops before anything is asked or sent."""
    sink = start_sink()
    campaign.use_port(sink.port)

    ran = campaign.run("send", "--yes", "--set", "ledger.url=sqlite:////proc/outreach/ledger.db")

    assert ran.code in (2, 5)
    two_lines(ran)
    assert sink.record == []
