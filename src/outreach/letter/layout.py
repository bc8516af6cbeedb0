"""The page around a letter: its language and direction, and modest CSS, inlined because mail programs drop <style>."""

from __future__ import annotations

import re

import css_inline

from outreach.letter.complaints import UnfitError
from outreach.letter.language import is_right_to_left

_STYLE = """
.letter { max-width: 42em; margin: 0 auto; padding: 1em; font-family: Georgia, "Noto Serif", serif; font-size: 16px;
  line-height: 1.55; color: #1a1a1a; }
p, ul, ol, table, blockquote, pre { margin: 0 0 1em; }
h1, h2, h3, h4, h5, h6 { margin: 1.4em 0 0.6em; line-height: 1.25; }
h1 { font-size: 1.5em; }
h2 { font-size: 1.25em; }
h3, h4, h5, h6 { font-size: 1.05em; }
blockquote { padding: 0 1em; border-left: 3px solid #c8c8c8; border-right: 0; color: #444444; }
[dir=rtl] blockquote { border-left: 0; border-right: 3px solid #c8c8c8; }
table { border-collapse: collapse; }
th, td { padding: 0.3em 0.7em; border: 1px solid #c8c8c8; vertical-align: top; }
pre, code { font-family: Consolas, Menlo, monospace; font-size: 0.9em; }
pre { white-space: pre-wrap; }
hr { border: 0; border-top: 1px solid #c8c8c8; margin: 1.5em 0; }
img { max-width: 100%; }
a { color: #0b4f9c; }
"""
_PAGE = """<!DOCTYPE html>
<html lang="{lang}" dir="{direction}"><head><meta charset="utf-8">\
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head>
<body><div class="letter" lang="{lang}" dir="{direction}">
{body}</div></body></html>
"""
_WHOLE = re.compile(r"<(?:!doctype|html|head|body)\b", re.IGNORECASE)
# The tags of the page itself, without their closing bracket; what stands in comments for one program is not among them.
_OPENING = re.compile(r"""<!--.*?-->|(?=<(html|body)\b)(<(?:[^<>"]|"[^"]*")*)>""", re.IGNORECASE | re.DOTALL)
_LANG = re.compile(r"\slang=", re.IGNORECASE)
_DIRECTION = re.compile(r"\sdir=", re.IGNORECASE)
_STYLE_SHEET = re.compile(r"""<link\b[^<>]*\brel\s*=\s*["']?stylesheet""", re.IGNORECASE)

# Nothing is ever fetched: composing reads no files and opens no connections.
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)


def lay_out(body: str, lang: str) -> str:
    """The body as a page in this language."""
    # Language and direction stand on the <div> as well, since many mail programs drop <html> and <body>.
    direction = "rtl" if is_right_to_left(lang) else "ltr"
    return inline_css(_PAGE.format(lang=lang, direction=direction, style=_STYLE, body=body))


def lay_out_html(source: str, lang: str) -> str:
    """An HTML letter as a page: as it is where it is a whole page, else with the page around.

    A whole page that does not say its language gets it, and likewise the direction if it is from right to left.
    """
    if not _WHOLE.search(source):
        return lay_out(source, lang)
    return _complete(inline_css(source), lang)


def _complete(page: str, lang: str) -> str:
    """The whole page with its language and direction, where it does not say them."""
    tags = {found[1].lower(): found for found in _OPENING.finditer(page) if found[1]}
    html, body = tags["html"], tags["body"]  # CSS inlining writes both, whatever the source has
    missing = "" if _LANG.search(html[0]) else f' lang="{lang}"'
    if not is_right_to_left(lang) or _DIRECTION.search(html[0] + body[0]):
        return f"{page[: html.end(2)]}{missing}{page[html.end(2) :]}"
    inside, end, after = page[body.end() :].rpartition("</body>")
    # The <div> is for mail programs that drop <html> and <body>.
    return (
        f'{page[: html.end(2)]}{missing} dir="rtl"{page[html.end(2) : body.end(2)]} dir="rtl">'
        f'<div lang="{lang}" dir="rtl">{inside}</div>{end}{after}'
    )


def inline_css(page: str) -> str:
    """The page with its styles on its elements, written anew as well-formed HTML. UnfitError where that fails."""
    if _STYLE_SHEET.search(page):
        hint = "Put the CSS itself between <style> and </style>."
        raise UnfitError("E20", "the letter refers to a style sheet, which mail programs don't load", hint)
    try:
        return _INLINER.inline(page)
    except css_inline.InlineError as error:
        raise UnfitError(
            "E20", f"the letter's CSS can't be read: {error}", "Correct it between <style> and </style>."
        ) from None
