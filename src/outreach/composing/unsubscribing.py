"""How a letter's recipient gets off the list: the links for exactly this letter, in its headers and its footer."""

from __future__ import annotations

from functools import lru_cache

from outreach.errors import ContentError, Problem
from outreach.message.list_headers import ListHeaders, Unsubscribe
from outreach.message.sender import Sender
from outreach.model import Contact
from outreach.tokens import Signer

_KEPT_LINKS = 8  # a letter asks for them twice


class Unsubscribing:
    """The links and headers of one campaign's letters."""

    def __init__(self, unsubscribe: Unsubscribe, key: bytes, *, campaign_id: str, purpose: str, sender: Sender) -> None:
        """`key` signs the tokens; ValueError without one."""
        self._unsubscribe = unsubscribe
        self._signer = Signer(key)
        self._campaign_id = campaign_id
        name = sender.organization or sender.from_.name
        self._headers = ListHeaders(
            unsubscribe, campaign_id=campaign_id, purpose=purpose, name=name, domain=sender.from_.domain
        )
        self._links = lru_cache(maxsize=_KEPT_LINKS)(self._make_links)

    def link(self, contact: Contact) -> str:
        """The link for the text of the contact's letter. ContentError (E33) where it would not be theirs alone."""
        if len(contact.to) + len(contact.cc) > 1:
            raise ContentError(_SHARED)
        return self._links(contact.to[0].key)[0]

    def headers(self, contact: Contact, *, lang: str) -> str:
        """The headers of the contact's message, each ended by CRLF."""
        return self._headers.write(self._links(contact.to[0].key), lang=lang)

    def _make_links(self, address_key: str) -> tuple[str, ...]:
        return self._unsubscribe.links(self._signer.token(self._campaign_id, address_key))


_SHARED = Problem(
    "E33",
    "",
    "the letter holds a link to unsubscribe one address, and goes to others in To or Cc as well",
    "Give each of them a row of its own.",
    several="would share one link to unsubscribe between several addresses",
)
