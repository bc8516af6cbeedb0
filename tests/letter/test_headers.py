"""Subject and attachments: one line each."""

from __future__ import annotations

import pytest

from tests.letter.support import make_contact, make_template, problem_of, render


def test_the_subject_is_a_template() -> None:
    """Values stand in the subject as they are, a tab as a blank, nothing around."""
    letter = render("Hi", subject=" To {{ name }} ", name="=?utf-8?q?=0A?=Bcc: x\t{{7*7}} <b>")

    assert letter.subject == "To =?utf-8?q?=0A?=Bcc: x {{7*7}} <b>"


@pytest.mark.parametrize("name", ["a\nBcc: x", "a\n", "\ra", "a\rb", "a\r\nb", "a\0b", "a\u2028b", "a\x85b", "a\x0bb"])
def test_nothing_ends_the_subject_early(name: str) -> None:
    """CR, LF, NUL and their kin on the way into the subject are errors."""
    problem = problem_of("Hi", subject="To {{ name }}", name=name)

    assert (problem.code, problem.where) == ("E08", "templates/letter.md:2")
    assert problem.message.isprintable()


def test_a_subject_may_not_turn_out_empty() -> None:
    """A subject that says nothing for one row is an error for that row."""
    problem = problem_of("Hi", subject="{% if name %}Dear{% endif %}", name="")

    assert (problem.code, problem.where) == ("E18", "templates/letter.md:2")


def test_mistakes_in_the_subject_have_its_line() -> None:
    """An unknown name in the subject is told at the subject."""
    assert problem_of("Hi", subject="{{ nme }}").where == "templates/letter.md:2"


def test_attachments_are_templates_and_the_contacts_come_after() -> None:
    """Paths may depend on the contact; one that turns out empty is left out, none comes twice."""
    front = """attachments = ["{{ lang }}.pdf", "{% if vip %}vip.pdf{% endif %}", "own.pdf"]"""
    template = make_template("Hi", front=front)

    letter = template.render(make_contact(vip="", attachments=("own.pdf", "more.pdf")))

    assert letter.attachments == ("en.pdf", "own.pdf", "more.pdf")


def test_contacts_attachments_need_no_front_matter() -> None:
    """The paths in the row are part of the letter by themselves."""
    letter = make_template("Hi").render(make_contact(attachments=("own.pdf",)))

    assert letter.attachments == ("own.pdf",)
