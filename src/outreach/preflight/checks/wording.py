"""E09, W20 and W21: what was left over from a draft, and a greeting that greets nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from outreach.errors import Problem

_PLACE_WORDS = (
    "first name|last name|full name|family name|given name|surname|name|recipient|salutation|greeting"
    "|이름|성명|성함|수신인|수신자|기관명|단체명|nom|pr[ée]nom|nom et pr[ée]nom|vorname|nachname|anrede|empf[äa]nger"
    "|nombre|apellidos?|destinatario|saludo|الاسم|اسم|氏名|名前|お名前"
)
_OTHER_WORDS = (
    "title|date|address|country|city|organi[sz]ation|company|position|office|signature|phone|e-?mail|link|url"
    "|직함|직책|날짜|주소|기관|단체|국가|titre|adresse|pays|datum|adresse|land|titel|fecha|direcci[óo]n|pa[íi]s|cargo"
    "|التاريخ|العنوان|日付|住所"
)
_YOUR = r"(?:insert|enter|your|the|recipient'?s?|add)"
# Marks of mail merges, and brackets around what only a draft puts into brackets.
_MARKUP = re.compile(
    r"\{\{[^{}\n]{0,60}\}\}|\{%[^%\n]{0,60}%\}|%%[A-Za-z_]{2,40}%%|\*\|[A-Z_:]{2,40}\|\*|\$\{[A-Za-z_.]{2,40}\}"
    rf"|\[\s*(?:{_YOUR}\s+)*(?:{_PLACE_WORDS})(?:\s+here)?\s*\]"
    rf"|\[\s*(?:{_YOUR}\s+)+(?:{_OTHER_WORDS})(?:\s+here)?\s*\]|\[\s*insert\b[^\]\n]{{0,40}}\]"
    rf"|<<\s*(?:{_PLACE_WORDS}|{_OTHER_WORDS})\s*>>",
    re.IGNORECASE,
)
_CAPITAL_PLACE = re.compile(
    r"\[\s*(?:TITLE|DATE|ADDRESS|COUNTRY|CITY|ORGANI[SZ]ATION|POSITION|OFFICE|SIGNATURE|TITRE|FECHA|DATUM|ADRESSE)\s*\]"
)
_DRAFT = re.compile(
    r"(?<!\w)(?:TODO|FIXME|TBD)(?!\w)|(?<!\w)X{4,}(?!\w)|(?i:lorem ipsum)|\?{4,}|\ufffd"
    rf"|\[\s*(?i:{_OTHER_WORDS})\s*\]|\{{\s*(?i:{_PLACE_WORDS})\s*\}}"
)
_EVERYTHING = re.compile(r"(?<!\w)TODO(?!\w)(?!\s*:)")  # a word of Spanish and Portuguese
_WHOLE_WORD = ("es", "pt", "gl", "ast")
_NO_VALUES = frozenset(("nan", "NaN", "NaT", "<NA>", "undefined", "#N/A"))
_PERHAPS_NO_VALUES = frozenset(("None", "null", "NULL"))
ODD_VALUES = _NO_VALUES | _PERHAPS_NO_VALUES

_TITLES = r"(?:mr|mrs|ms|mx|dr|herr|frau|herrn|sra?)\b\.?"  # Dear Minister and Dear Sir are whole greetings
# Each wants somebody after it; the second kind may stand alone, but not with a blank before its comma.
_GREETING = re.compile(
    rf"^(?:(?:my )?dear|sehr geehrte[rs]?|liebe[rs]|ch[èe]re?|estimad[oa]s?|querid[oa]s?|prezad[oa]s?|car[oa]s?"
    rf"|gentile|egregi[oa])(?:[ \u00a0]+{_TITLES})?[ \u00a0]*[,،:!]?$"
    rf"|^(?:hello|hi|bonjour|guten tag|hola|good (?:morning|day))(?:[ \u00a0]+{_TITLES})?[ \u00a0]+[,،!]$"
    r"|^(?:(?:존경하는|친애하는)\s*)?(?:님|귀하)(?:께|에게)?\s*[,:]?$"
    r"|^(?:عزيزي|عزيزتي|السيد|السيدة|سعادة|معالي|فخامة)(?:[ \u00a0]+(?:السيد|السيدة))?[ \u00a0]*[,،:]$",
    re.IGNORECASE | re.MULTILINE,
)


def check_left_over(text: str, lang: str) -> Iterator[Problem]:
    """What a draft leaves behind in the words of the letter itself; each thing once."""
    found = _MARKUP.search(text) or _CAPITAL_PLACE.search(text)
    if found:
        yield Problem(
            "E09", found[0], f'"{found[0]}" is left over in the letter', "Put what belongs there in its place."
        )
    draft = next((one for one in _DRAFT.finditer(text) if not _is_word(one, text, lang)), None)
    if draft and not (found and found.start() <= draft.start() < found.end()):
        message = f'"{draft[0]}" looks left over from a draft'
        yield Problem("W20", draft[0], message, "Put what belongs there in its place.", level="warning")


def check_values(values: Sequence[str], joined: str, lang: str) -> Iterator[Problem]:
    """What a list leaves behind in the values of one row. `joined` are the values as one text."""
    hint = "Correct the cell of the row."
    if empty := _NO_VALUES.intersection(values):
        message = f'the letter prints "{min(empty)}", which a program wrote for an empty cell'
        yield Problem("E09", "", message, hint, several="print what a program wrote for an empty cell")
    suspicious = _PERHAPS_NO_VALUES.intersection(values)
    found = _MARKUP.search(joined)
    draft = next((one for one in _DRAFT.finditer(joined) if not _is_word(one, joined, lang)), None)
    if suspicious or found or draft:
        shown = min(suspicious) if suspicious else (found or draft or [""])[0]
        message = f'"{shown}" in the row looks left over'
        yield Problem("W20", "", message, hint, level="warning", several="hold something that looks left over")


def check_greeting(text: str) -> Iterator[Problem]:
    """A greeting that greets nobody: Dear , — as where a name is missing."""
    if found := _GREETING.search(text):
        message = f'"{found[0].strip()}" greets nobody'
        hint = 'Fill in the name, or write a greeting for those who have none: default("Sir or Madam", true).'
        yield Problem("W21", found[0], message, hint, level="warning", several="are greeted without a name")


def _is_word(found: re.Match[str], text: str, lang: str) -> bool:
    """Whether TODO is a word of the letter's language here."""
    return lang.partition("-")[0] in _WHOLE_WORD and _EVERYTHING.match(text, found.start()) is not None
