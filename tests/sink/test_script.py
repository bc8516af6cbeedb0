"""Scripts are read from their names, and come up as often as they say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from outreach.sink.playbook import Playbook
from outreach.sink.script import Action, Script, parse_script
from outreach.sink.stage import Stage


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("reject:rcpt:User5@example.org",
         Script("", Action.REPLY, Stage.RCPT, b"550 5.1.1 No such mailbox\r\n", address="user5@example.org")),
        ("defer:dot:every=2", Script("", Action.REPLY, Stage.DOT,
                                     b"451 4.3.0 Message not stored, try again later\r\n", every=2)),
        ("greylist:*@slow.example", Script("", Action.REPLY, Stage.RCPT, b"451 4.7.1 Greylisted, try again later\r\n",
                                           address="*@slow.example", first_try=True)),
        ("drop:dot:keep:times=3:after=1", Script("", Action.DROP, Stage.DOT, keep=True, times=3, after=1)),
        ("reset:body:lose", Script("", Action.RESET, Stage.BODY)),
        ("stall:dot:b@y.example:keep", Script("", Action.STALL, Stage.DOT, keep=True, address="b@y.example")),
        ("garbage:ehlo", Script("", Action.GARBAGE, Stage.EHLO)),
        ("cut:rset", Script("", Action.CUT, Stage.RSET)),
        ("reply:rcpt:*@y.example:452:4.2.2 Full: really",
         Script("", Action.REPLY, Stage.RCPT, b"452 4.2.2 Full: really\r\n", address="*@y.example")),
        ("reply:mail:421:4.7.0 Slow down\\nplease:times=1",
         Script("", Action.REPLY, Stage.MAIL, b"421-4.7.0 Slow down\r\n421 please\r\n", times=1)),
        ("shutdown:quit", Script("", Action.SHUTDOWN, Stage.QUIT, b"421 4.3.2 The service is closing\r\n")),
        ("shutdown:greeting:554:5.7.1 No",
         Script("", Action.SHUTDOWN, Stage.GREETING, b"554 5.7.1 No\r\n")),
        ("slow:connect:2.5", Script("", Action.SLOW, Stage.CONNECT, amount=2.5, keep=True)),
        ("late:mail:1", Script("", Action.LATE, Stage.MAIL, amount=1.0, keep=True)),
        ("drip:auth", Script("", Action.DRIP, Stage.AUTH, amount=1.0, keep=True)),
        ("flood:starttls:5000", Script("", Action.FLOOD, Stage.STARTTLS, amount=5000.0, keep=True)),
        ("flood:data", Script("", Action.FLOOD, Stage.DATA, amount=1e7, keep=True)),
        ("double:data", Script("", Action.DOUBLE, Stage.DATA, keep=True)),
        ("limit:connections:5", Script("", Action.SHUTDOWN, Stage.CONNECT,
                                       b"421 4.7.0 Too many connections at once\r\n", above=5)),
        ("limit:connections:5:reset", Script("", Action.RESET, Stage.CONNECT,
                                             b"421 4.7.0 Too many connections at once\r\n", above=5)),
        ("limit:connections:5:mail:times=1",
         Script("", Action.SHUTDOWN, Stage.MAIL, b"421 4.7.0 Too many connections at once\r\n", above=5,
                counts_connections=True, times=1)),
    ],
)  # fmt: skip
def test_script_is_read(text: str, script: Script) -> None:
    """A script's name, stage, address, reply and counts are read from its text."""
    read = parse_script(text)

    assert read == replace(script, text=text)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("explode:rcpt", "begins with one of reject, defer, reply, .*greylist, limit"),
        ("", "begins with one of"),
        ("drop", "one of connect, greeting, .*, quit"),
        ("drop:rctp", "one of connect, greeting, .*, quit"),
        ("drop:rcpt:maybe", '"maybe" does not fit'),
        ("drop:dot:every=x", '"every=x" does not fit'),
        ("drop:dot:every=0", "counts from 1"),
        ("reject:ehlo:*@y.example", "no address at ehlo"),
        ("reply:mail", "a code of three digits and a text"),
        ("reply:mail:abc:text", "a code of three digits and a text"),
        ("slow:mail", "seconds are missing"),
        ("slow:mail:soon", '"soon" is no number of seconds'),
        ("flood:mail:-1", '"-1" is no number of bytes'),
        ("limit:patience:5", "connections, messages, recipients"),
        ("limit:messages", "connections, messages, recipients"),
        ("limit:messages:5:mail", '"mail" does not fit'),
    ],
)
def test_what_is_no_script_is_explained(text: str, complaint: str) -> None:
    """The error names the text and says what was expected."""
    with pytest.raises(ValueError, match=complaint) as error:
        parse_script(text)

    assert f'"{text}"' in str(error.value)


def _played(text: str, occasions: int) -> list[int]:
    book = Playbook([parse_script(text)])
    return [number for number in range(1, occasions + 1) if book.pick(Stage.RCPT, ("b@y.example",), number)]


@pytest.mark.parametrize(
    ("options", "played"),
    [
        ("", [1, 2, 3, 4, 5, 6, 7, 8]),
        (":times=3", [1, 2, 3]),
        (":after=6", [7, 8]),
        (":every=3", [3, 6]),
        (":after=1:every=2:times=2", [3, 5]),
        (":times=0", []),
        (":*@other.example", []),
        (":B@*", [1, 2, 3, 4, 5, 6, 7, 8]),
    ],
)
def test_script_comes_up_as_often_as_it_says(options: str, played: list[int]) -> None:
    """after, every, times and the address decide which occasions a script takes."""
    assert _played(f"reject:rcpt{options}", 8) == played


def test_greylist_comes_up_once_for_each_address() -> None:
    """Each address is put off once, however it is written."""
    book = Playbook([parse_script("greylist")])
    addresses = ["a@y.example", "b@y.example", "A@y.example", "b@y.example"]

    assert [book.pick(Stage.RCPT, (address,), 0) is not None for address in addresses] == [True, True, False, False]


def test_first_script_that_is_due_wins() -> None:
    """Of two scripts for one stage the first is played, and the other when the first is used up."""
    book = Playbook([parse_script("reject:rcpt:times=1"), parse_script("drop:rcpt")])
    picked = [book.pick(Stage.RCPT, ("b@y.example",), 0) for _ in range(2)]

    assert [script.action for script in picked if script] == [Action.REPLY, Action.DROP]
    assert book.played == {"reject:rcpt:times=1": 1, "drop:rcpt": 1}


def test_other_stages_are_left_alone() -> None:
    """A script does nothing at a stage that is not its own."""
    assert Playbook([parse_script("drop:rcpt")]).pick(Stage.MAIL, ("a@x.example",), 0) is None
