"""What each command means: the sequence of a conversation and the transaction in it (RFC 5321 §4.1)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from outreach.sink.envelope import Path, read_recipient, read_sender
from outreach.sink.faults import play
from outreach.sink.house import House
from outreach.sink.login import Login
from outreach.sink.mailbox import Received, Recipient
from outreach.sink.record import Kind
from outreach.sink.replies import Refusal, compose_reply, not_offered, out_of_sequence, refuse_argument
from outreach.sink.script import Script
from outreach.sink.stage import Stage

if TYPE_CHECKING:
    from outreach.sink.connection import Connection

# RFC 2920 §3.1: the client waits for the replies to these before it goes on.
_LAST_OF_GROUP = frozenset({b"EHLO", b"HELO", b"DATA", b"VRFY", b"EXPN", b"QUIT", b"NOOP", b"STARTTLS", b"AUTH"})


@dataclass(slots=True)
class _Transaction:
    """A message whose content has not come yet."""

    sender: Path
    mail_at: float
    recipients: list[Recipient]

    def addresses(self) -> list[str]:
        return [recipient.address for recipient in self.recipients]


class Dialogue:
    """One client's conversation."""

    def __init__(self, house: House, connection: Connection) -> None:
        self.tls = False
        self._house = house
        self._connection = connection
        self._refused = False  # the greeting was no 220: all but QUIT is out of place (RFC 5321 §3.1)
        self._greeted_with = ""  # EHLO or HELO
        self._login: Login | None = None
        self._user: str | None = None
        self._transaction: _Transaction | None = None
        self._transactions = 0
        self._answered_early = False

    # What the connection calls.

    def greet(self) -> None:
        """Say hello, or what a script has instead."""
        greeting = f"220 {self._house.name} ESMTP outreach sink, delivers to nobody\r\n".encode()
        script = self._pick(Stage.CONNECT, level=len(self._house.open)) or self._pick(Stage.GREETING)
        self._refused = not self._send_or_play(script, greeting)

    def take_line(self, line: bytes) -> None:
        """Answer one line."""
        if self._login is not None:
            self._go_on_with(self._login, line)
            return
        verb, _, argument = line.partition(b" ")
        verb = verb.upper()
        self._note_command(verb, line)
        try:
            self._find_command(verb, line)(self, argument.rstrip(b" "))
        except Refusal as refusal:
            self._connection.send(refusal.reply)

    def begin_content(self) -> None:
        """The first bytes of the content are here."""
        # A reply now is the reply to the message: the dot gets no other.
        self._answered_early = not self._answer(Stage.BODY, b"", self._needed_transaction().addresses())

    def take_content(self, content: bytes, *, is_too_big: bool) -> None:
        """The content is complete: keep it and say so."""
        transaction, self._transaction = self._needed_transaction(), None
        if self._answered_early:
            return
        if is_too_big or len(content) > self._house.max_size:
            self._connection.send(b"552 5.3.4 Message too big\r\n")
        elif not self._house.offers("8BITMIME") and not content.isascii():
            self._connection.send(b"554 5.6.3 Content with 8 bits, and 8BITMIME is not offered\r\n")
        else:
            self._end_message(transaction, content)

    def forget_clear_text(self) -> None:
        """TLS is on: what the client said before counts no more (RFC 3207 §4.2)."""
        self.tls = True
        self._greeted_with = ""
        self._user = self._transaction = None

    # How an answer is given.

    def _answer(self, stage: Stage, reply: bytes, addresses: Collection[str] = (), level: int = 0) -> bool:
        """Send the reply, or do what a script has instead; whether the command takes effect."""
        return self._send_or_play(self._pick(stage, addresses, level), reply)

    def _pick(self, stage: Stage, addresses: Collection[str] = (), level: int = 0) -> Script | None:
        book = self._house.book
        return book.pick(stage, addresses, level, self._rank) if stage in book.stages else None

    def _rank(self) -> int:
        return self._house.rank(self._connection)

    def _send_or_play(self, script: Script | None, reply: bytes) -> bool:
        if script is None:
            self._connection.send(reply)
            return True
        self._house.record.note(Kind.FAULT, self._connection.number, script.text)
        play(script, self._connection, reply)
        return script.takes_effect(reply)

    def _end_message(self, transaction: _Transaction, content: bytes) -> None:
        script = self._pick(Stage.DOT, transaction.addresses())
        reply = b"250 2.0.0 Swallowed\r\n"
        if script is None or script.takes_effect(reply):
            message = Received(
                sender=transaction.sender.address,
                recipients=tuple(transaction.recipients),
                content=content,
                at=self._house.clock(),
                mail_at=transaction.mail_at,
                connection=self._connection.number,
                parameters=transaction.sender.parameters,
                tls=self.tls,
                user=self._user,
            )
            reply = self._keep(message)
        self._send_or_play(script, reply)

    def _keep(self, message: Received) -> bytes:
        try:
            self._house.mailbox.keep(message)
        except OSError as error:
            return compose_reply("452", f"4.3.1 Not stored: {error.strerror}")
        count = self._house.mailbox.count
        self._house.record.note(Kind.MESSAGE, message.connection, str(count))
        return b"250 2.0.0 Swallowed as %d\r\n" % count

    def _note_command(self, verb: bytes, line: bytes) -> None:
        record = self._house.record
        if not record.is_kept:
            return
        # A login may be a real one, when somebody rehearses with the settings of a real relay.
        shown = b" ".join([*line.split(b" ")[:2], b"***"]) if verb == b"AUTH" and line.count(b" ") > 1 else line
        record.note(Kind.COMMAND, self._connection.number, shown)
        if self._connection.has_more() and (verb in _LAST_OF_GROUP or not self._house.offers("PIPELINING")):
            record.note(Kind.EARLY, self._connection.number, shown)

    def _find_command(self, verb: bytes, line: bytes) -> Callable[[Dialogue, bytes], None]:
        command = _COMMANDS.get(verb)
        if b"\n" in line or b"\r" in line:
            raise Refusal("500", "5.5.2 A line ends with CR and LF, both")
        if command is None:
            raise Refusal("500", "5.5.1 Command not known")
        if self._refused and verb != b"QUIT":
            raise out_of_sequence()
        return command

    def _needed_transaction(self) -> _Transaction:
        if self._transaction is None:
            raise out_of_sequence()
        return self._transaction

    # The commands.

    def _ehlo(self, argument: bytes) -> None:
        if not argument:
            raise Refusal("501", "5.5.4 EHLO needs a name")
        lines = [f"{self._house.name} at your service", *self._house.announce(tls=self.tls)]
        self._greet_back("EHLO", "\n".join(lines))

    def _helo(self, argument: bytes) -> None:
        if not argument:
            raise Refusal("501", "5.5.4 HELO needs a name")
        self._greet_back("HELO", self._house.name)

    def _greet_back(self, verb: str, text: str) -> None:
        if self._answer(Stage.EHLO, compose_reply("250", text)):
            self._greeted_with = verb
            self._transaction = None

    def _starttls(self, argument: bytes) -> None:
        refuse_argument(argument)
        if self.tls:
            raise out_of_sequence()
        if not self._house.offers("STARTTLS") or self._house.tls is None:
            raise not_offered()
        if self._answer(Stage.STARTTLS, b"220 2.0.0 Go ahead\r\n"):
            self._connection.when_free(self._connection.start_tls)

    def _auth(self, argument: bytes) -> None:
        if not self._house.offers("AUTH"):
            raise not_offered()
        if self._greeted_with != "EHLO" or self._user is not None or self._transaction:
            raise out_of_sequence()
        login = Login(argument, self._house.users, self._house.mechanisms)
        if self._answer(Stage.AUTH, login.reply):
            self._follow(login)

    def _go_on_with(self, login: Login, response: bytes) -> None:
        """Answer a response of a login that takes several; one that a script refuses is over."""
        self._login = None
        if self._answer(Stage.AUTH, login.take(response)):
            self._follow(login)

    def _follow(self, login: Login) -> None:
        self._login = login if login.is_open else None
        self._user = login.user

    def _mail(self, argument: bytes) -> None:
        if not self._greeted_with or self._transaction:
            raise out_of_sequence()
        if self._house.users is not None and self._user is None:
            raise Refusal("530", "5.7.0 Log in first")
        sender = read_sender(argument, extensions=self._offered(), max_size=self._house.max_size)
        self._transactions += 1
        mail_at = self._house.clock()
        if self._answer(Stage.MAIL, b"250 2.1.0 Sender ok\r\n", (sender.address,), self._transactions):
            self._transaction = _Transaction(sender, mail_at, [])

    def _rcpt(self, argument: bytes) -> None:
        transaction = self._needed_transaction()
        asks_utf8 = bool(transaction.sender.parameters) and transaction.sender.value("SMTPUTF8") is not None
        path = read_recipient(argument, extensions=self._offered(), utf8=asks_utf8)
        level = len(transaction.recipients) + 1
        if self._answer(Stage.RCPT, b"250 2.1.5 Recipient ok\r\n", (path.address,), level):
            transaction.recipients.append(Recipient(path.address, path.parameters))

    def _offered(self) -> Collection[str]:
        return self._house.extensions if self._greeted_with == "EHLO" else ()

    def _data(self, argument: bytes) -> None:
        refuse_argument(argument)
        transaction = self._needed_transaction()
        if not transaction.recipients:
            raise Refusal("554", "5.5.1 No recipient was accepted")
        if self._answer(Stage.DATA, b"354 End with a dot on a line of its own\r\n", transaction.addresses()):
            self._connection.expect_content()

    def _rset(self, argument: bytes) -> None:
        refuse_argument(argument)
        if self._answer(Stage.RSET, b"250 2.0.0 Forgotten\r\n"):
            self._transaction = None

    def _noop(self, _argument: bytes) -> None:
        self._connection.send(b"250 2.0.0 Ok\r\n")

    def _vrfy(self, argument: bytes) -> None:
        if not argument:
            raise Refusal("501", "5.5.4 VRFY whom?")
        # RFC 5321 §3.5.3: neither yes nor no.
        self._connection.send(b"252 2.5.0 Send it and see\r\n")

    def _expn(self, _argument: bytes) -> None:
        raise not_offered()

    def _help(self, _argument: bytes) -> None:
        self._connection.send(b"214 2.0.0 This is the sink of outreach: it swallows mail and delivers to nobody\r\n")

    def _quit(self, argument: bytes) -> None:
        refuse_argument(argument)
        if self._answer(Stage.QUIT, b"221 2.0.0 Goodbye\r\n"):
            self._connection.when_free(self._connection.close)


_COMMANDS: dict[bytes, Callable[[Dialogue, bytes], None]] = {
    b"EHLO": Dialogue._ehlo, b"HELO": Dialogue._helo, b"STARTTLS": Dialogue._starttls, b"AUTH": Dialogue._auth,
    b"MAIL": Dialogue._mail, b"RCPT": Dialogue._rcpt, b"DATA": Dialogue._data, b"RSET": Dialogue._rset,
    b"NOOP": Dialogue._noop, b"VRFY": Dialogue._vrfy, b"EXPN": Dialogue._expn, b"HELP": Dialogue._help,
    b"QUIT": Dialogue._quit,
}  # fmt: skip
