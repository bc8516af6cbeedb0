"""The letters of one campaign: one for everyone, or one for each language, told apart by the contact's."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from outreach.composing.sealed import Sealed
from outreach.letter.footer import FooterTerms, Link
from outreach.letter.options import SENT_ON_CONSENT
from outreach.letter.source import parse_source
from outreach.letter.template import LetterTemplate
from outreach.letter.variants import find_variants, has_languages
from outreach.model import Contact, LetterInStretches

FindLink = Callable[[Contact], Link]


class Letters:
    """Renders the letter that a contact gets."""

    def __init__(self, sealed: Sealed, *, date: datetime.date, link: FindLink | None = None) -> None:
        """All are read at once, also those that nobody gets; ContentError where the source of one is wrong.

        `link` gives a contact's own link to unsubscribe.
        """
        self._default_lang = sealed.default_lang
        self._variants = find_variants(sealed.letter, sealed.shared_files) if has_languages(sealed.letter) else None
        self._paths = self._variants.paths if self._variants else {"": sealed.letter}
        self._templates = {
            lang: _template(sealed, path, date=date, lang=lang, link=link) for lang, path in self._paths.items()
        }
        self._chosen: dict[str, LetterTemplate] = {}  # by the tags as contacts have them

    @property
    def prints_date(self) -> bool:
        """Whether any of them depends on the day that it prints."""
        return any(template.prints_date for template in self._templates.values())

    def render(self, contact: Contact) -> LetterInStretches:
        """The letter as the contact gets it; ContentError where it can't be written."""
        return self._template_for(contact.lang or self._default_lang).render_stretches(contact)

    def path(self, contact: Contact) -> str:
        """Where the letter is written that the contact gets."""
        lang = self._variants.choose(contact.lang or self._default_lang) if self._variants else ""
        return self._paths[lang]

    def named_images(self) -> frozenset[str]:
        """The paths of the images that letters in several languages name, also those that nobody gets yet.

        They belong to the text: a first row in a language must not change a text that is sealed.
        """
        if self._variants is None:
            return frozenset()
        return frozenset(path for template in self._templates.values() for path in template.named_images())

    def _template_for(self, lang: str) -> LetterTemplate:
        chosen = self._chosen.get(lang)
        if chosen is None:
            chosen = self._chosen[lang] = self._templates[self._variants.choose(lang) if self._variants else ""]
        return chosen


def text_beside(letter: str) -> str:
    """The path of the text that may stand beside an HTML letter; empty for other letters."""
    return letter.removesuffix(".html") + ".txt" if letter.endswith(".html") else ""


def _template(sealed: Sealed, path: str, *, date: datetime.date, lang: str, link: FindLink | None) -> LetterTemplate:
    return LetterTemplate(
        parse_source(
            path, sealed.shared_files[path], text_beside=sealed.shared_files.get(text_beside(path)), lang=lang
        ),
        tables=sealed.tables,
        sender={
            "name": sealed.sender.from_.name,
            "address": sealed.sender.from_.address,
            "organization": sealed.sender.organization,
            "postal_address": sealed.postal_address,
        },
        campaign=sealed.campaign,
        date=date,
        default_lang=sealed.default_lang,
        line_breaks="join" if sealed.line_breaks == "join" else "keep",
        footer=_footer(sealed),
        link=link,
    )


def _footer(sealed: Sealed) -> FooterTerms:
    """What the footer says, and whether the letter needs one."""
    sender = sealed.sender
    return FooterTerms(
        name=sender.organization or sender.from_.name,
        postal_address=sealed.postal_address,
        contact=sealed.contact or ", ".join(mailbox.address for mailbox in sender.reply_to or (sender.from_,)),
        purpose=sealed.purpose,
        reasons=sealed.reason,
        is_appended=sealed.purpose in SENT_ON_CONSENT or sealed.unsubscribe is not None,
    )
