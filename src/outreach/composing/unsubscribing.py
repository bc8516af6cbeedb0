"""How a letter's recipient gets off the list: the links for exactly this letter, in its headers and its footer."""

from __future__ import annotations

from functools import lru_cache

from outreach.errors import ContentError, Problem
from outreach.letter.footer import Link
from outreach.message.list_headers import ListHeaders, Unsubscribe
from outreach.message.sender import Sender
from outreach.model import Contact
from outreach.tokens import Signer

_KEPT = 8  # a letter asks for them twice


class Unsubscribing:
    """The links and headers of one campaign's letters."""

    def __init__(self, unsubscribe: Unsubscribe, key: bytes, *, campaign_id: str, purpose: str, sender: Sender) -> None:
        """`key` signs the tokens; ValueError without one."""
        self._signer = Signer(key)
        self._campaign_id = campaign_id
        name = sender.organization or sender.from_.name
        self._headers = ListHeaders(
            unsubscribe, campaign_id=campaign_id, purpose=purpose, name=name, domain=sender.from_.domain
        )
        self._has_page = bool(unsubscribe.url)
        self._around = unsubscribe.links()[0]
        self._token = lru_cache(maxsize=_KEPT)(self._make_token)

    def link(self, contact: Contact) -> Link:
        """The link for the text of the contact's letter. ContentError (E33) where it would not be theirs alone."""
        if len(contact.to) + len(contact.cc) > 1:
            raise ContentError(_SHARED)
        before, after = self._around
        token = self._token(contact.to[0].key)
        # In plain text mailto: would go from a link that begins with it, and this one is more than an address.
        return Link(before, token, after) if self._has_page else Link("", f"{before}{token}{after}", "")

    def headers(self, contact: Contact, *, lang: str) -> str:
        """The headers of the contact's message, each ended by CRLF."""
        return self._headers.write(self._token(contact.to[0].key), lang=lang)

    def _make_token(self, address_key: str) -> str:
        return self._signer.token(self._campaign_id, address_key)


_SHARED = Problem(
    "E33",
    "",
    "the letter holds a link to unsubscribe one address, and goes to others in To or Cc as well",
    "Give each of them a row of its own.",
    several="would share one link to unsubscribe between several addresses",
)
