"""What is the same for everyone is rendered once, and the letter is what it would be if it were not."""

from __future__ import annotations

import pytest

from outreach.errors import ContentError
from outreach.letter.template import LetterTemplate
from outreach.model import Letter
from tests.letter.support import make_contact, make_template

SIGNATORIES = [{"name": "A *B* <C>", "country": "KR"}, {"name": "D & E", "country": ""}]


def unfolded(template: LetterTemplate) -> LetterTemplate:
    """The same letter, with nothing rendered ahead."""
    template._body._folding = None
    return template


def both(body: str, name: str = "") -> tuple[Letter | str, Letter | str, int]:
    """The letter with stretches folded and without, or why there is none; and how many stretches were folded."""
    results: list[Letter | str] = []
    folded = make_template(body, signatories=SIGNATORIES)
    for template in (folded, unfolded(make_template(body, signatories=SIGNATORIES))):
        try:
            results.append([template.render(make_contact(name=name)) for _ in range(2)][1])
        except ContentError as error:
            results.append(f"{error.problem}")
    folding = folded._body._folding
    return results[0], results[1], len(folding.stretches) if folding else 0


@pytest.mark.parametrize(
    "body",
    [
        "{{ name }}\n\n{% for s in signatories %}\n1. {{ s.name }}\n{% endfor %}\n\nEnd {{ name }}",
        "{% for s in signatories %}{{ loop.index }}. **{{ s.name }}**{% if not loop.last %}, {% endif %}{% endfor %}",
        "{% for s in signatories | sort(attribute='name') if s.country %}- {{ s.name | upper }}\n{% endfor %}",
        "{% for s in signatories %}| {{ s.name }} | {{ date | date('long') }} |\n{% endfor %}",
        "> {% for s in signatories %}{{ s['name'] }}\n> {% endfor %}",
        "{% for s in signatories %}{{ s.name }}{% endfor %}{% for s in signatories %}{{ name }}{% endfor %}",
    ],
)
def test_a_letter_is_the_same(body: str) -> None:
    """Loops over a table, in lists, quotations, tables and text, filtered, sorted and numbered."""
    folded, plain, stretches = both(body, name="Anna <b>")

    assert folded == plain
    assert isinstance(folded, Letter)
    assert stretches == 1


@pytest.mark.parametrize(
    ("body", "stretches"),
    [
        ("{{ date | date('d MMMM y') }}, {{ name }}: {{ signatories | count }}", 2),
        ("{{ sender.name }} **{{ sender['address'] }}** {{ name }}{{ campaign }}", 3),
        ("{{ signatories | map(attribute='name') | join(', ') }} [{{ name }}](https://x.example/{{ campaign }})", 2),
        ("{{ sender.organization or '' }}{{ name }} {{ sender.name if name else campaign }}", 1),
        ("{{ date | date(lang=lang) }} {{ name }}", 0),
        ("{% macro date() %}x{% endmacro %}{{ sender.name }}{{ name }} {{ 'a' if date is callable else 'b' }}", 1),
    ],
)
def test_what_is_printed_for_everyone_is_the_same(body: str, stretches: int) -> None:
    """The date, the sender, and what is found out about tables."""
    folded, plain, found = both(body, name="Anna <b>")

    assert folded == plain
    assert isinstance(folded, Letter)
    assert found == stretches


def test_a_letter_in_more_languages_than_are_kept_is_the_same() -> None:
    """Those beyond are rendered as a whole."""
    template = make_template("{{ date | date('full') }} {{ name }}")
    plain = unfolded(make_template("{{ date | date('full') }} {{ name }}"))
    contacts = [make_contact(lang=f"de-x{number}", name="Anna") for number in range(70)]

    assert [template.render(contact) for contact in contacts] == [plain.render(contact) for contact in contacts]
    assert len(template._body._folded_in) < len(contacts)


@pytest.mark.parametrize(
    "body",
    [
        "{% for s in signatories %}{{ s.country }}{% endfor %}",
        "{{ sender.organization }}",
        "{{ name }} {{ date | date('nonsense q') }}",
        "[x]({{ sender.name }})",
        "{% for s in signatories %}{{ s.nothing }}{% endfor %}",
        "{% for s in signatories %}{{ s.name | date }}{% endfor %}",
        "text\n{% for s in signatories %}{{ 1 / 0 }}{% endfor %}",
        "{% for s in signatories %}[x]({{ s.name }}:y){% endfor %}",
        "{% for s in signatories %}{{ s.name }}{% endfor %}\n\n{{ missing }}",
        "{% for s in signatories %}{{ s.name }}{% endfor %}\n\n[x]({{ name }})",
        "{% for s in signatories %}** {{ s.name }}{% endfor %}",
    ],
)
def test_a_mistake_is_told_at_its_line(body: str) -> None:
    """With the same words, whether it stands in a stretch or beside one."""
    folded, plain, _ = both(body, name="javascript:x")

    assert folded == plain


@pytest.mark.parametrize(
    "body",
    [
        "{% for s in signatories %}{{ name }}{% endfor %}",
        "{% for s in signatories %}{% set x = s.name %}{{ x }}{% endfor %}",
        "{% set n = namespace(i=0) %}{% for s in signatories %}{% set n.i = n.i + 1 %}{{ n.i }}{% endfor %}",
        "{% macro m(x) %}{{ x }}{% endmacro %}{% for s in signatories %}{{ m(s.name) }}{% endfor %}",
        "{% for s in signatories %}{{ lang }}{% endfor %}",
        "{% for i in range(3) %}{{ i }}{% endfor %}",
        "{% set date = name %}{{ date }}{% for s in signatories %}{{ s.name }}{{ date }}{% endfor %}",
    ],
)
def test_what_depends_on_more_is_left_alone(body: str) -> None:
    """On the contact, the language, a name of the letter's own, or anything that remembers."""
    folded, plain, stretches = both(body, name="Anna")

    assert folded == plain
    assert stretches == 0
