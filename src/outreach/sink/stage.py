"""The stages of an SMTP conversation, by the names that the whole project uses."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """Where in the conversation something happens."""

    CONNECT = "connect"  # the connection has been accepted, nothing has been said
    GREETING = "greeting"  # in place of the 220
    EHLO = "ehlo"  # HELO too
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"  # in place of the 354
    BODY = "body"  # the first bytes of the content have come
    DOT = "dot"  # the final dot has come
    RSET = "rset"
    QUIT = "quit"


# The stages at which there is an address to match: the sender's at mail, a recipient's at the others.
ADDRESSED = frozenset({Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.BODY, Stage.DOT})
