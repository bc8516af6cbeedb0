"""The tables behind the policy: for each stage, what an answer means. The first row that fits counts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from outreach.model import Answer, Concern, Kind, Limit, Reply, Stage

HOUR = 3600.0
DAY = 24 * HOUR
_LONGEST_TEXT = 2000  # what a relay says after that, nobody reads

_UNTRIED, _DEFERRED, _FAILED, _UNSURE = Kind.UNTRIED, Kind.DEFERRED, Kind.FAILED, Kind.UNSURE
_RECIPIENT, _MESSAGE = Concern.RECIPIENT, Concern.MESSAGE
_CONNECTION, _ACCOUNT, _RUN = Concern.CONNECTION, Concern.ACCOUNT, Concern.RUN


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table. Codes are patterns that must match whole; `lost` stands for no reply."""

    code: str
    enhanced: str
    text: str  # searched for in the reply's text or the loss' reason, in any case
    kind: Kind
    concern: Concern
    reason: str
    wait_seconds: float | None = None  # where the text gives no hint
    limit: Limit | None = None

    def fits(self, answer: Answer) -> bool:
        """Whether this row is about the answer."""
        if isinstance(answer, Reply):
            code, enhanced, text = str(answer.code), answer.enhanced, answer.text[:_LONGEST_TEXT]
        else:
            code, enhanced, text = "lost", "", answer.reason
        return (
            re.fullmatch(self.code, code) is not None
            and re.fullmatch(self.enhanced, enhanced) is not None
            and (not self.text or re.search(self.text, text, re.IGNORECASE) is not None)
        )


# --- phrases: relays rarely agree on codes, but their words give them away --------------------------------------------

_ANY = ".*"
_NONE = ""

# Said of us, the sender. A mailbox that is full, or that receives too much, is the recipient's affair, and a size the
# letter's; a text that speaks of one never counts here.
_OF_US = r"^(?!.*(?:mailbox|inbox|receiving|is full|over ?quota|\bsize\b|storage)).*"
_DAILY_LIMIT = _OF_US + (
    r"(?:\bdaily\b.{0,40}\b(?:quota|limit)|\b(?:quota|limit)\b.{0,40}\b(?:daily|per day|for (?:the |this |to)day)"
    r"|(?:messages|e?-?mails|recipients) (?:per|in) (?:a )?(?:day|24 ?h)"
    r"|(?:sending|submission|outbound|outgoing) quota|credits? exceeded|unusual sending activity)"
)
_HOURLY_LIMIT = _OF_US + (
    r"(?:\bhourly\b.{0,40}\b(?:quota|limit)|\b(?:quota|limit)\b.{0,40}\b(?:hourly|per hour)"
    r"|(?:messages|e?-?mails|recipients) (?:per|in) (?:an )?hour"
    r"|(?:exceeded|reached) your (?:\w+ ){0,3}(?:quota|limit))"
)
_RATE_LIMIT = _OF_US + (
    r"(?:(?:message|sending|submission|e?-?mail|delivery request) rate\b.{0,30}\bexceeded|\brate[- ]limit"
    r"|too much mail|too many (?:messages|e?-?mails|recipients) (?:sent|from|in the|per)"
    r"|unusual rate of (?:unsolicited )?mail|sending (?:too fast|mail too (?:fast|quickly)))"
)
_CROWDED = (
    r"too many\b.{0,25}\b(?:connections|sessions|clients)\b"
    r"|(?:concurrent|simultaneous|parallel)\b.{0,25}\b(?:connections?|sessions?)\b"
    r"|(?:number of|max(?:imum)?)\b.{0,25}\b(?:connections|sessions)\b"
    r"|\b(?:connections?|sessions?|thread)(?: (?:count|rate|number))? limit"
)
_ENOUGH_ON_ONE = (
    r"(?:too many|\bmax(?:imum)?\b|limit|enough).{0,30}\b(?:messages?|e?-?mails?|letters|transactions?|deliveries)\b"
    r".{0,20}\b(?:connection|session)\b"
    r"|\b(?:messages|e?-?mails|letters|transactions|deliveries) (?:per|in this|on this|for this|over this) (?:smtp )?"
    r"(?:connection|session)\b"
)
_LOGIN_WANTED = (
    r"authentication (?:is )?(?:required|needed)|must (?:authenticate|log ?in)|authenticate first|log ?in first"
)
_SENDER_REFUSED = r"sender (?:address )?(?:rejected|refused|denied|not (?:allowed|permitted|owned))"
# The address is fine, but it isn't this account's to write from. Exchange and SES say so only after the letter.
SENDER_NOT_OURS = (
    r"\bsend as (?:this|the|that)\b|SendAsDenied|not allowed to send as|not owned by (?:the )?user"
    r"|sender address is unauthori[sz]ed|mail from address must be same|email address is not verified"
)
_MAILBOX_FULL = (
    r"over ?quota|quota (?:is )?exceeded|exceed.{0,20}quota|(?:mailbox|inbox) (?:is )?full|mailbox .{0,30}limit"
)
_NO_MAILBOX = (
    r"(?:user|recipient|mailbox|address|account)\b.{0,30}\b(?:unknown|not found|not exist|doesn't exist|no longer)"
    r"|(?:unknown|no such|nonexistent) .{0,12}(?:user|recipient|mailbox|address|account|person)"
)
_REPUTATION = r"spamhaus|block ?list|black ?list|\brbl\b|reputation|\bspf\b|\bdkim\b|\bdmarc\b|\bspam\b"
_NO_FORWARDING = r"relay(?:ing)? (?:access )?(?:is )?(?:denied|not permitted|not allowed)|unable to relay"
_TOO_MANY_RECIPIENTS = r"too many recipients"
_GREYLIST = r"\bgr[ea]y-?list"

# --- rows that several tables share -----------------------------------------------------------------------------------

WANTS_LOGIN = "the relay wants a login first"
_REFUSES_SENDER = "the relay refuses the sender"
_LOGIN = (
    Row("530|538", _ANY, "", _UNTRIED, _RUN, WANTS_LOGIN),
    Row("5..", _ANY, _LOGIN_WANTED, _UNTRIED, _RUN, WANTS_LOGIN),
)
_NOT_OURS = Row("5..", _ANY, SENDER_NOT_OURS, _UNTRIED, _RUN, _REFUSES_SENDER)
# The letter is fine and nobody refused it: it goes back as if it had not been tried, and the account rests.
_LIMITS = (
    Row("55.", r"5\.4\.5", "", _UNTRIED, _ACCOUNT, "the account's daily quota is used up", DAY),  # Gmail
    Row("[45]..", _ANY, _DAILY_LIMIT, _UNTRIED, _ACCOUNT, "the account's daily quota is used up", DAY),
    Row("[45]..", _ANY, _HOURLY_LIMIT, _UNTRIED, _ACCOUNT, "the account's quota is used up", HOUR),
    Row(
        "[45]..", _ANY, _RATE_LIMIT, _UNTRIED, _ACCOUNT, "the relay wants letters to come more slowly", None, Limit.PACE
    ),
)
_TOO_MANY_CONNECTIONS = Row(
    "[45]..", _ANY, _CROWDED, _UNTRIED, _CONNECTION, "the relay allows fewer connections", None, Limit.CONNECTIONS
)
# Not about this letter, nor about the account: the same letter passes on another connection.
_CONNECTION_LIMITS = (
    Row("[45]..", _ANY, _ENOUGH_ON_ONE, _UNTRIED, _CONNECTION, "enough letters on one connection", None, Limit.LETTERS),
    _TOO_MANY_CONNECTIONS,
)
_TOO_LARGE = (
    Row("5..", r"5\.3\.4|5\.2\.3", "", _FAILED, _MESSAGE, "the letter is too large"),
    Row("552", _NONE, "", _FAILED, _MESSAGE, "the letter is too large"),
)
_NEEDS_SMTPUTF8 = Row("55.", r"5\.6\.7", "", _FAILED, _MESSAGE, "the relay can't carry a non-ASCII address or header")
# The relay is out of step with us (KumoMTA holds the same): no word about the letter, and the connection is over.
_OUT_OF_STEP = Row("3..|503", _ANY, "", _DEFERRED, _CONNECTION, "the relay answered out of turn")
_HANGING_UP = Row("421", _ANY, "", _DEFERRED, _CONNECTION, "the relay is closing the connection")
# By its code it is the recipient's quota, whatever kind of limit the words speak of; but for those of senders.
_FULL_NOT_OURS = Row(
    "[45]..", r"[45]\.2\.2", r"^(?!.*(?:submission|sending|outbound|outgoing))", _DEFERRED, _RECIPIENT, "mailbox full"
)
_FULL = (
    Row("[45]..", r"[45]\.2\.2", "", _DEFERRED, _RECIPIENT, "mailbox full"),  # people empty them
    Row("[45]..", _NONE, _MAILBOX_FULL, _DEFERRED, _RECIPIENT, "mailbox full"),
)
_NOBODY_THERE = (
    Row("5..", r"5\.1\.1", "", _FAILED, _RECIPIENT, "no such mailbox"),
    Row("5..", r"5\.1\.2", "", _FAILED, _RECIPIENT, "no such domain"),
    Row("5..", r"5\.1\.3", "", _FAILED, _RECIPIENT, "the address is malformed"),
    Row("5..", r"5\.1\.6", "", _FAILED, _RECIPIENT, "the mailbox has moved"),
    Row("5..", r"5\.1\.10", "", _FAILED, _RECIPIENT, "the domain takes no mail"),  # null MX, RFC 7505
    Row("5..", r"5\.2\.1", "", _FAILED, _RECIPIENT, "the mailbox is disabled"),
    Row("5..", r"5\.7\.1[378]", "", _FAILED, _RECIPIENT, "the mailbox has been closed or has a new owner"),
)

# Reasons that others ask for.
TOO_MANY_AT_ONCE = "too many recipients at once"
REFUSED_UNEXPLAINED = "refused"
FORM_REFUSED = "its form is refused"
CONTENT_REFUSED = "its content is refused"

# --- the tables -------------------------------------------------------------------------------------------------------

# Before any letter is named. Nothing that happens here is a letter's fault.
_CONNECTING = (
    _TOO_MANY_CONNECTIONS,
    Row("lost", _ANY, "offers no (?:login|STARTTLS)", _UNTRIED, _RUN, "the relay lacks what the settings ask for"),
    Row("lost", _ANY, "", _UNTRIED, _CONNECTION, "no connection to the relay"),
    Row("4..", _ANY, "", _UNTRIED, _CONNECTION, "the relay is not available now"),
)
_GREETING = (
    *_CONNECTING,
    Row("5..", _ANY, "", _UNTRIED, _RUN, "the relay does not serve us"),  # 554, 521: it dislikes our network address
    Row("...", _ANY, "", _UNTRIED, _CONNECTION, "the relay greeted oddly"),
)
_EHLO = (*_CONNECTING, Row("...", _ANY, "", _UNTRIED, _CONNECTION, "the relay refused our greeting"))
_STARTTLS = (*_CONNECTING, Row("...", _ANY, "", _UNTRIED, _CONNECTION, "the relay refused to encrypt"))
_AUTH = (
    Row("lost", _ANY, "^no token for this account", _UNTRIED, _RUN, "there is no token to log in with"),
    Row("lost", _ANY, "^no token", _UNTRIED, _CONNECTION, "there is no token to log in with"),
    Row("5..", _ANY, "", _UNTRIED, _RUN, "the relay refused the login"),  # trying again may lock the account
    *_CONNECTING,
    Row("...", _ANY, "", _UNTRIED, _CONNECTION, "the relay answered the login oddly"),
)
_MAIL = (
    *_LOGIN,
    *_CONNECTION_LIMITS,
    *_LIMITS,
    *_TOO_LARGE,
    _NEEDS_SMTPUTF8,
    Row("3..|503", _ANY, "", _UNTRIED, _CONNECTION, "the relay answered out of turn"),
    Row("421", _ANY, "", _UNTRIED, _CONNECTION, "the relay is closing the connection"),  # meant for the letter before
    Row("4..", _ANY, "", _DEFERRED, _MESSAGE, "refused for now"),
    Row("5..", _ANY, "", _UNTRIED, _RUN, _REFUSES_SENDER),  # and so every letter of the campaign
)
_RCPT = (
    *_LOGIN,
    _FULL_NOT_OURS,
    *_CONNECTION_LIMITS,
    *_LIMITS,
    _OUT_OF_STEP,
    _HANGING_UP,
    # For good or for now, it is one letter's list that is too long for the relay (RFC 5321, 4.5.3.1.10).
    Row("[45]..", r"[45]\.5\.3", "", _DEFERRED, _RECIPIENT, TOO_MANY_AT_ONCE),
    Row("[45]..", _ANY, _TOO_MANY_RECIPIENTS, _DEFERRED, _RECIPIENT, TOO_MANY_AT_ONCE),
    Row("4..", _ANY, _GREYLIST, _DEFERRED, _RECIPIENT, "greylisted: a first letter has to wait"),
    *_FULL,
    Row("4..", _ANY, "", _DEFERRED, _RECIPIENT, "refused for now"),
    Row("5..", r"5\.1\.[78]", "", _UNTRIED, _RUN, _REFUSES_SENDER),  # Postfix says it only at RCPT
    Row("5..", _ANY, _SENDER_REFUSED, _UNTRIED, _RUN, _REFUSES_SENDER),
    _NOT_OURS,
    *_NOBODY_THERE,
    Row("55.", r"5\.6\.7", "", _FAILED, _RECIPIENT, "the relay can't carry a non-ASCII address"),
    Row("5..", _ANY, _NO_FORWARDING, _DEFERRED, _ACCOUNT, "the relay does not forward for us"),
    # Policy and reputation are about us: the recipient exists, and may get the letter once we are in order.
    Row("5..", r"5\.7\..*", "", _DEFERRED, _ACCOUNT, "refused by policy"),
    Row("5..", _NONE, _NO_MAILBOX, _FAILED, _RECIPIENT, "no such mailbox"),
    Row("5..", _NONE, _REPUTATION, _DEFERRED, _ACCOUNT, "refused for our reputation"),
    Row("5..", _ANY, "", _FAILED, _RECIPIENT, REFUSED_UNEXPLAINED),
)
_DATA = (
    *_LOGIN,
    *_CONNECTION_LIMITS,
    *_LIMITS,
    _NOT_OURS,
    *_TOO_LARGE,
    _OUT_OF_STEP,
    _HANGING_UP,
    Row("4..", _ANY, "", _DEFERRED, _MESSAGE, "refused for now"),
    Row("5..", _ANY, "", _FAILED, _MESSAGE, "refused before its text"),
)
_LETTER = (
    _FULL_NOT_OURS,
    *_CONNECTION_LIMITS,
    *_LIMITS,
    _NOT_OURS,
    # After the dot only a refusal is one; whatever else it is, the letter may have been taken.
    Row("3..", _ANY, "", _UNSURE, _CONNECTION, "the relay answered out of turn"),
    _OUT_OF_STEP,
    _HANGING_UP,
    *_FULL,
    Row("4..", _ANY, "", _DEFERRED, _MESSAGE, "refused for now"),
    *_TOO_LARGE,
    *_NOBODY_THERE,
    Row("5..", r"5\.6\..*", "", _FAILED, _MESSAGE, FORM_REFUSED),
    Row("5..", r"5\.7\..*", "", _FAILED, _MESSAGE, CONTENT_REFUSED),
    Row("5..", _ANY, "", _FAILED, _MESSAGE, "refused"),
)

TABLES: Mapping[Stage, tuple[Row, ...]] = {
    Stage.CONNECT: _EHLO,  # only losses get here
    Stage.GREETING: _GREETING,
    Stage.EHLO: _EHLO,
    Stage.STARTTLS: _STARTTLS,
    Stage.AUTH: _AUTH,
    Stage.MAIL: _MAIL,
    Stage.RCPT: _RCPT,
    Stage.DATA: _DATA,
    Stage.BODY: _LETTER,
    Stage.DOT: _LETTER,
}
