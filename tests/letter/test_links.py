"""Values in links."""

from __future__ import annotations

import pytest

from tests.letter.support import BODY_LINE, attributes_of, problem_of, render


@pytest.mark.parametrize(
    ("link", "value", "href"),
    [
        ("{{ v }}", "https://x.example/a b?x=1&y=2#z", "https://x.example/a%20b?x=1&y=2#z"),
        ("{{ v }}", "https://x.example/%20a%zz", "https://x.example/%20a%25zz"),
        ("{{ v }}", "https://한국.example/가", "https://xn--3e0b707e.example/%EA%B0%80"),
        ("{{ v }}", 'https://x.example/"><script>', "https://x.example/%22%3E%3Cscript%3E"),
        ("{{ v }}", "HTTPS://x.example", "HTTPS://x.example"),
        ("{{ v }}", "https://x.example/?a=1&copy=2", "https://x.example/?a=1&copy=2"),
        ("{{ v }}", "mailto:a@x.example", "mailto:a@x.example"),
        ("{{ v }}", "tel:+82-2", "tel:+82-2"),
        ("{{ v }}/more", "https://x.example", "https://x.example/more"),
        ("https://{{ v }}", "x.example/a?b=c", "https://x.example/a?b=c"),
        ("https://www.{{ v }}.example/", "evil.test/", "https://www.evil.test%2F.example/"),
        ("https://x.example/{{ v }}", "a/b c?d", "https://x.example/a/b%20c%3Fd"),
        ("https://x.example/?q={{ v }}&r=1", "a&r=2#x/y", "https://x.example/?q=a%26r%3D2%23x%2Fy&r=1"),
        ("https://x.example/#{{ v }}", "a b", "https://x.example/#a%20b"),
        ("mailto:{{ v }}", "a+b@x.example", "mailto:a+b@x.example"),
        ("mailto:a@x.example?subject={{ v }}", "a&cc=b@x", "mailto:a@x.example?subject=a%26cc%3Db%40x"),
        ("tel:{{ v }}", "+82 2", "tel:+82%202"),
    ],
)
def test_values_are_encoded_for_their_place(link: str, value: str, href: str) -> None:
    """A whole link, a path, a query and an address are each encoded so that they mean what the cell says."""
    from_markdown = render(f"[label]({link})", v=value)
    from_html = render(f'<a href="{link}">label</a>', ending=".html", v=value)

    assert attributes_of(from_markdown, "a.href") == [href]
    assert attributes_of(from_html, "a.href") == [href]


@pytest.mark.parametrize(
    "value",
    ["javascript:alert(1)", "JavaScript:x", "data:text/html,x", "file:///etc/passwd", "x.example", "//x.example",
     "/a", "https:", "https://", "https:x", "http:///x", "ftp://x.example", "https://x.example/\nb", "cid:x"],
)  # fmt: skip
def test_only_links_that_open_somewhere_safe_are_written(value: str) -> None:
    """Anything but a link to the web, an address or a telephone is an error at the line that prints it."""
    for ending, link in ((".md", "[a]({{ v }})"), (".html", '<a href="{{ v }}">a</a>')):
        problem = problem_of(f"Hi {{{{ email }}}}\n\n{link}", ending=ending, v=value)

        assert (problem.code, problem.where) == ("E25", f"templates/letter{ending}:{BODY_LINE + 2}")
        assert problem.hint


def test_the_line_is_found_inside_macros_and_loops() -> None:
    """The bad link of a table's row is told at the line of the macro that prints it."""
    body = (
        "{% macro link(s) %}\n[{{ s.name }}]({{ s.items }})\n{% endmacro %}\n"
        "{% for s in signatories %}\n{{ link(s) }}\n{% endfor %}"
    )

    assert problem_of(body).where == f"templates/letter.md:{BODY_LINE + 1}"


def test_text_shows_links_so_that_they_open() -> None:
    """In the text part a link is encoded as in HTML, and left out where its label says the same."""
    body = "[a]({{ v }}) [{{ v }}]({{ v }}) [{{ email }}](mailto:{{ email }}) [{{ name }}](mailto:{{ email }})"

    letter = render(body, v="https://x.example/a b", name="Kim")

    assert letter.text == ("a (https://x.example/a%20b) https://x.example/a b kim@example.org Kim (kim@example.org)\n")


def test_partial_links_are_encoded_in_text() -> None:
    """The part of a link that a value makes up is encoded for its place there, too."""
    letter = render("[{{ v }}](https://x.example/{{ v }}?q={{ v }})", v="b c/d")

    assert letter.text == "b c/d (https://x.example/b%20c/d?q=b%20c%2Fd)\n"


def test_a_value_may_name_an_image() -> None:
    """A path becomes a reference and is listed, a link to the web stays one."""
    for body, ending in (("![x]({{ v }})", ".md"), ("<img src='{{ v }}' alt=x>", ".html")):
        ours = render(body, ending=ending, v="logos/a b.png")
        theirs = render(body, ending=ending, v="https://x.example/a.png")

        assert (attributes_of(ours, "img.src"), ours.images) == (["cid:logos/a%20b.png"], ("logos/a b.png",))
        assert (attributes_of(theirs, "img.src"), theirs.images) == (["https://x.example/a.png"], ())


def test_other_schemes_are_no_images() -> None:
    """An image from a script or a file of the machine is refused."""
    assert problem_of("![x]({{ v }})", v="javascript:x").code == "E25"
    assert problem_of("![x]({{ v }})", v="file:///x.png").code == "E25"
