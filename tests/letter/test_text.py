"""The text part made of HTML."""

from __future__ import annotations

import pytest

from tests.letter.support import make_contact, make_template, render


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("# Title\n\n## Sub\nText", "Title\n\nSub\n\nText\n"),
        ("**bold** and *thin* `code`", "bold and thin code\n"),
        ("- a\n- b\n  - c\n    more\n- d\n\nEnd", "- a\n- b\n  - c\n    more\n- d\n\nEnd\n"),
        ("- a\n\n  b\n\n- c", "- a\n\n  b\n\n- c\n"),
        ("9. a\n10. b\n11. c", "9. a\n10. b\n11. c\n"),
        ("1. a\n   - b\n2. c", "1. a\n   - b\n2. c\n"),
        ("> a\n>\n> b\n>\n> > c\n\nd", "> a\n>\n> b\n>\n> > c\n\nd\n"),
        ("> - a\n> - b", "> - a\n> - b\n"),
        ("a\n\n---\n\nb", "a\n\n---\n\nb\n"),
        ("```\nx  y\n\n z\n```\nafter", "x  y\n\n z\n\nafter\n"),
        ("| A | B |\n|---|:-:|\n| a **x** | b |\n| | d |\n\nEnd", "A | B\na x | b\n| d\n\nEnd\n"),
        ("![alt text](a.png)", "alt text\n"),
        ("a &amp; b &lt;c&gt; &nbsp;d", "a & b <c> \u00a0d\n"),
        ("[label](https://x.example/a)", "label (https://x.example/a)\n"),
        ("[https://x.example/](https://x.example)", "https://x.example\n"),
        ("[x.example](https://x.example/)", "https://x.example/\n"),
        ("<https://x.example/a>", "https://x.example/a\n"),
        ("<kim@x.example>", "kim@x.example\n"),
        ("[Kim](mailto:kim@x.example)", "Kim (kim@x.example)\n"),
        ("[call](tel:+8212)", "call (+8212)\n"),
        ("[top](#top)", "top\n"),
        ("[![logo](a.png)](https://x.example/)", "logo (https://x.example/)\n"),
        ("[![](a.png)](https://x.example/)", "https://x.example/\n"),
    ],
)
def test_reads_like_written_by_hand(markdown: str, text: str) -> None:
    """Markup is dropped or written the way people write plain text."""
    assert render(markdown).text == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<title>T</title><style>p {color: red}</style><p>a\n  b<br>c</p><div>d</div>", "a b\nc\n\nd\n"),
        ("<table><tr><td><p>a</p></td><td>b</td></tr><tr><td>c</td></tr></table>", "a\n\nb\nc\n"),
        ("<table><tr><th>A<th>B<tr><td><p>a</p><p>b</p><td>c<br>d</table>", "A | B\na b | c d\n"),
        ("<table><tr><td><table><tr><th>A</th><td>b</td></tr></table></td><td>c</td></tr></table>", "A | b\n\nc\n"),
        ("<p>a<script>var x = 1</script></p><!-- hidden -->", "a\n"),
        ("<ol start=3><li>a<li>b</ol><ul><li></li><li>c</ul>", "3. a\n4. b\n\n-\n- c\n"),
        ("<blockquote><p>a</p><ul><li>b</li></ul></blockquote>c", "> a\n>\n> - b\n\nc\n"),
        ("a<hr>b", "a\n\n---\n\nb\n"),
        ("<a>x</a> <a href=''>y</a>", "x y\n"),
    ],
)
def test_reads_html_letters(html: str, text: str) -> None:
    """An HTML letter without a text beside it gets one from its HTML; tables for layout are paragraphs."""
    assert render(html, ending=".html").text == text


def test_text_beside_html_is_taken() -> None:
    """The .txt file is a template of its own, with the same names."""
    template = make_template("<p>{{ name }}</p>", ending=".html", text_beside="Dear {{ name }} & **all**\n")

    letter = template.render(make_contact(name="<Kim>"))

    assert letter.text == "Dear <Kim> & **all**\n"


def test_text_letters_have_no_html() -> None:
    """A .txt letter is its text as it is written."""
    letter = render("Dear {{ name }},\n\n  **x**  \n-- \nCo\n", ending=".txt", name="<Kim>")

    assert letter.text == "Dear <Kim>,\n\n  **x**  \n-- \nCo\n"
    assert letter.html is None
    assert letter.images == ()
