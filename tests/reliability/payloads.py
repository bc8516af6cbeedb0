"""Forty texts that try to be more than a value: line ends, headers, commands, addresses, templates, markup, sizes."""

from __future__ import annotations

from collections.abc import Mapping

EVIL = "evil@inject.example"  # whom no text may add
PRODUCT = str(7191 * 7193)  # what a template prints that takes a value for a template
MEMBERS = "<class 'str'>"  # likewise

PAYLOADS: Mapping[str, str] = {
    "CR": "a\rBcc: " + EVIL,
    "LF": "a\nBcc: " + EVIL,
    "CRLF": "a\r\nBcc: " + EVIL,
    "two CRLF": "a\r\n\r\nanother body",
    "folded": "a\r\n Bcc: " + EVIL,
    "NUL": "a\0b",
    "NEL": "a\x85Bcc: " + EVIL,
    "line separator": "a\u2028Bcc: " + EVIL,
    "paragraph separator": "a\u2029Bcc: " + EVIL,
    "vertical tab": "a\x0bBcc: " + EVIL,
    "form feed": "a\x0cBcc: " + EVIL,
    "dot": "a\r\n.\r\nb",
    "dot after LF": "a\n.\nb",
    "dot after CR": "a\r.\rb",
    "commands after the dot": f"a\r\n.\r\nMAIL FROM:<{EVIL}>\r\nRCPT TO:<{EVIL}>\r\nDATA\r\n",
    "RCPT": f"a> \r\nRCPT TO:<{EVIL}>",
    "RCPT on one line": f"a> RCPT TO:<{EVIL}>",
    "parameters": "a> NOTIFY=SUCCESS ORCPT=rfc822;" + EVIL,
    "MIME boundary": "a\r\n--boundary\r\nContent-Type: text/html\r\n\r\n<b>b</b>",
    "encoded-word": f"=?utf-8?Q?a=0D=0ABcc:_{EVIL}?=",
    "encoded-word in base64": "=?utf-8?B?YQ0KQmNjOiBldmlsQGluamVjdC5leGFtcGxl?=",
    "quotes": 'a" b \\" \\',
    "quote and address": f'a" <{EVIL}>, "b',
    "commas": f"a, {EVIL}, b",
    "semicolons": f"group: a; {EVIL};",
    "comment": f"a (b {EVIL}",
    "expression": "{{ 7191*7193 }}",
    "include": "{% include '/etc/passwd' %}",
    "members": "{{ ''.__class__ }}",
    "script": "<script>alert(1)</script>",
    "image": "<img src=x onerror=alert(1)>\"' onload='x",
    "link": "[a](javascript:alert(1)) javascript:alert(1)",
    "comment of HTML": "--><!-- a",
    "long word": "a" * 100_000,
    "long address": f"{'a' * 300}@{'b' * 300}.example",
    "half a character": "a\ud800b\udfff",
    "right to left": "a\u202egro.live\u2066",
    "route": f"<@a.example,@b.example:{EVIL}>",
    "percent and bang": "user%inject.example!path!xn--a@[127.0.0.1",
    "formula": "=cmd|' /C calc'!A0",
}
"""By name. All forty are put into every field."""
