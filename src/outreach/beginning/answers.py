"""What must be known to begin a campaign: who sends, through whom, to whom, in which languages."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.beginning.contact_list import ContactList
from outreach.contacts.address import AddressError, parse_mailbox
from outreach.contacts.characters import trim
from outreach.errors import UsageError
from outreach.letter.complaints import UnfitError
from outreach.letter.language import canonical_tag, find_locale
from outreach.smtp.providers import GMAIL, NAVER, NAVER_WORKS, PROVIDERS, Provider

SINK = "sink"
EXAMPLE_SENDER = "Your Organisation <letters@your-domain.example>"
DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Answers:
    """What the user wants."""

    sender: str = EXAMPLE_SENDER  # Name <address>
    provider: Provider | None = None  # None: the test sink on this machine
    contacts: ContactList | None = None  # None: the sample list
    languages: tuple[str, ...] = (DEFAULT_LANGUAGE,)  # the first is the default


def read_sender(text: str) -> str:
    """The sender as the settings hold it; UsageError where it is not one name and one address."""
    text = trim(text)
    hint = f"Write it as {EXAMPLE_SENDER}."
    try:
        mailbox = parse_mailbox(text)
    except AddressError as error:
        raise UsageError(f"Sender {text}: {error}", hint) from None
    if not mailbox.name:
        raise UsageError(f"Sender {text}: there is no name; the letter is signed with it", hint)
    return text


def sender_address(sender: str) -> str:
    """The address alone."""
    return parse_mailbox(sender).address


def likely_provider(sender: str) -> str:
    """The provider that the sender's domain is known to belong to, else the sink."""
    return {"gmail.com": GMAIL.key, "naver.com": NAVER.key}.get(parse_mailbox(sender).domain, SINK)


def read_provider(text: str, *, sender: str) -> Provider | None:
    """The provider of this key; Naver means Naver Works unless the sender is at naver.com. UsageError for no such."""
    key = trim(text).lower()
    if key == SINK:
        return None
    found = next((provider for provider in PROVIDERS if provider.key == key), None)
    if found is None:
        known = ", ".join([*(provider.key for provider in PROVIDERS), SINK])
        raise UsageError(f'There is no provider "{text}"', f"Known are: {known}. For any other take postfix.")
    return NAVER_WORKS if found is NAVER and parse_mailbox(sender).domain != "naver.com" else found


def read_languages(text: str) -> tuple[str, ...]:
    """The tags, each once; UsageError where one is not a language."""
    tags: list[str] = []
    for written in filter(None, map(trim, text.split(","))):
        tag = canonical_tag(written)
        try:
            find_locale(tag)
        except UnfitError as error:
            raise UsageError(
                f"The language: {error.message}", "Write tags such as en, ko or pt-BR, with commas between."
            ) from None
        if tag not in tags:
            tags.append(tag)
    if not tags:
        raise UsageError("No language", "Write tags such as en, ko or pt-BR, with commas between.")
    return tuple(tags)
