"""The headers of a mailing that people can get off: List-Unsubscribe, List-Unsubscribe-Post, List-Id, Feedback-ID."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

from outreach.message.headers import identifier_header, list_id_header

_ONE_CLICK = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"  # exactly so (RFC 8058, 3.1)
_TOKEN = "{" * 65  # stands for one, as long as it: no URL may hold a brace (RFC 3986, 2)
_SENDER_ID = (5, 15)  # characters that Gmail's feedback loop asks for


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Where a recipient gets off the list; one of the two at least, each fit for a header as it is."""

    url: str  # https; empty for none
    mailto: str  # an address; empty for none
    list_id: str  # RFC 2919, without brackets

    def links(self) -> tuple[tuple[str, str], ...]:
        """What stands before and behind the token in each URL, the one for one click first."""
        links = []
        if self.url:
            scheme, host, path, query, _ = urlsplit(self.url)
            whole = urlunsplit((scheme, host, f"{path.rstrip('/')}/{_TOKEN}", query, ""))
            links.append(_around_token(whole))
        if self.mailto:
            # RFC 6068, 2: + and the like may mean something else in a URL.
            links.append(_around_token(f"mailto:{quote(self.mailto, safe='@')}?subject=unsubscribe%20{_TOKEN}"))
        return tuple(links)


class ListHeaders:
    """Writes these headers for the letters of one campaign."""

    def __init__(self, unsubscribe: Unsubscribe, *, campaign_id: str, purpose: str, name: str, domain: str) -> None:
        """`name` is the sender's, `domain` that of its From, as A-labels."""
        urls = ", ".join(f"<{before}{_TOKEN}{after}>" for before, after in unsubscribe.links())
        # RFC 2369, 2: one field, its URLs in brackets, commas between; never encoded, folded between URLs only.
        lists = identifier_header("List-Unsubscribe", urls)
        lists += _ONE_CLICK if unsubscribe.url else ""
        self._lists = (lists + list_id_header(name, unsubscribe.list_id)).split(_TOKEN)
        # Four fields, of which none tells one recipient from another (Gmail's Feedback-ID).
        self._feedback_id = f"Feedback-ID: {campaign_id[:12]}:{purpose}:", f":{_sender_id(domain)}\r\n"

    def write(self, token: str, *, lang: str) -> str:
        """The headers of the letter with this token, in this language; each ended by CRLF."""
        before, after = self._feedback_id
        return f"{token.join(self._lists)}{before}{lang or 'any'}{after}"


def _around_token(link: str) -> tuple[str, str]:
    before, _, after = link.partition(_TOKEN)
    return before, after


def _sender_id(domain: str) -> str:
    """What stands for the sender, always the same: of the domain what may stand there, else its digest."""
    fewest, most = _SENDER_ID
    readable = re.sub(r"[^a-z0-9]", "", domain)[:most]
    return readable if len(readable) >= fewest else hashlib.sha256(domain.encode()).hexdigest()[:most]
