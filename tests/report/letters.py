"""Messages whose pages the tests look at."""

from __future__ import annotations

import base64

from outreach.errors import Problem
from outreach.model import Message
from outreach.report.preview_page import preview_page
from tests.message.samples import compose, contact, letter, mailbox

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PLACE = "row 8 of contacts/members.csv, letter 7 of 300"
ELSEWHERE = "tracker.example"  # where the hostile page would like to connect to
WARNING = Problem("W13", "contacts/members.csv:8", "an attachment <b>of a kind</b>", "Leave it out.", level="warning")

HOSTILE_HTML = f"""<!DOCTYPE html><html><head>
<link rel="preconnect" href="https://connect.{ELSEWHERE}"><link rel="dns-prefetch" href="https://dns.{ELSEWHERE}">
<link rel="stylesheet" href="https://css.{ELSEWHERE}/a.css"><base href="https://base.{ELSEWHERE}/">
<meta http-equiv="refresh" content="0;url=https://refresh.{ELSEWHERE}/">
<style>@import "https://import.{ELSEWHERE}/a.css"; p {{ background: url(https://style.{ELSEWHERE}/a.png) }}</style>
<script>document.title = "owned"; fetch("https://fetch.{ELSEWHERE}/")</script></head>
<body background="https://body.{ELSEWHERE}/a.png" onload="document.title='owned'">
<p style="background-image: url(&quot;https://inline.{ELSEWHERE}/b.png&quot;)">Dear <b>Minister</b>, AT&T 1 < 2</p>
<img src="https://img.{ELSEWHERE}/1.png" srcset="https://set.{ELSEWHERE}/2.png 2x" onerror="document.title='owned'">
<img src=//bare.{ELSEWHERE}/1.png><video poster="https://poster.{ELSEWHERE}/"></video>
<svg><image href="https://svg.{ELSEWHERE}/1.png"/></svg>
<iframe src="https://frame.{ELSEWHERE}/"></iframe><object data="https://object.{ELSEWHERE}/"></object>
<form action="https://form.{ELSEWHERE}/"><button autofocus>Send</button></form>
<a href="https://link.{ELSEWHERE}/" ping="https://ping.{ELSEWHERE}/" target="_top">link</a>
<img src="cid:seal.png" alt="seal"></body></html>
"""


def plain_message() -> Message:
    """An ordinary letter in two parts, with a copy, a blind copy, an image and an attachment."""
    to = contact(
        mailbox("minister@gov.example", "Minister"),
        cc=(mailbox("chief@gov.example"),),
        bcc=(mailbox("archive@coalition.example"),),
    )
    sent = letter(
        "Dear Minister,\n\nwe write.\n",
        html='<!DOCTYPE html><p>Dear <b>Minister</b>,</p><p>we write.</p><img src="cid:seal.png" alt="seal">',
        lang="en",
        attachments=("plan.pdf",),
        images=("seal.png",),
    )
    return compose(sent, to, files={"plan.pdf": b"x" * 2048, "seal.png": PNG})


def hostile_message() -> Message:
    """Everything in it tries to be more than it is."""
    name = '"><script>document.title="owned"</script>\u202e<U+'
    file_name = '"><img src=x onerror="document.title=\'owned\'">\u202egpj.exe'
    sent = letter(
        "</pre></textarea><script>document.title='owned'</script>\x1b[31m \u202e reversed\n" + "W" * 100_000 + "\n",
        subject="</title><script>document.title='owned'</script>" + "&" * 2000,
        html=HOSTILE_HTML + f"<p>{'W' * 100_000}</p>",
        lang="ar",
        attachments=(file_name,),
        images=("seal.png",),
    )
    to = contact(mailbox("minister@gov.example", name), cc=(mailbox("chief@gov.example", "נשיא " + "W" * 5000),))
    return compose(sent, to, files={file_name: b"MZ", "seal.png": PNG})


def page_of(message: Message, *problems: Problem) -> str:
    """The page of `outreach preview` for it."""
    return preview_page(message, problems=problems, place=PLACE)
