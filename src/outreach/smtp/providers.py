"""The providers that many people send through: how each is reached, what it allows, and which password it wants.

Limits and menus are the providers' to change; what they say themselves counts. `outreach init` writes them down as
comments, and a refused login is explained with them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider's relay."""

    key: str  # what `outreach init --provider` calls it
    title: str
    about: str  # in a few words, for a list to choose from
    host: str
    port: int
    security: Literal["tls", "starttls"]
    rate: str  # as it is written under [relay]
    login: str  # which one it wants, and where that is made: one sentence
    writes_as: str  # which addresses it lets us write from: one sentence
    notes: tuple[str, ...]  # lines for the settings file: where the limits come from, what else to know
    quota: str = ""  # empty where there is none to know of
    counts_recipients: bool = False  # whether the quota counts these, not messages
    username: str = ""  # empty: the sender's own address
    hosts: str = ""  # a pattern for further names of its relays
    telltale: str = ""  # a pattern for words that only its replies hold
    oauth: str = ""  # which access token it wants in place of a password: one sentence; empty where it takes none
    spf: str = ""  # what it asks a domain's SPF record to include


_GOOGLE_LOGIN = (
    "Use an app password: in your Google account, Security → 2-Step Verification → App passwords "
    "(myaccount.google.com/apppasswords)."
)
_GOOGLE_OAUTH = (
    "Google wants a token with the scope https://mail.google.com/, made by the account that is the username "
    "(docs/how-to.md, log in without a password)."
)
_GOOGLE_WORDS = r"application-specific password|InvalidSecondFactor|support\.google\.com|\bgsmtp\b"
_GOOGLE_SENDER = "Google lets an account write from its own address and from aliases that are set up in Gmail."

GMAIL = Provider(
    key="gmail",
    title="Gmail",
    about="a personal account, 500 letters a day",
    host="smtp.gmail.com",
    port=465,
    security="tls",
    rate="1/second",
    quota="500/day",
    counts_recipients=True,
    login=_GOOGLE_LOGIN,
    writes_as=_GOOGLE_SENDER,
    notes=(
        "A personal account may send 500 messages in any 24 hours, those that you write by hand included,",
        "says Google's help; others saw it count copies too, so this quota does. Google may lower it for a while.",
        "The password is an app password, not your own, and needs 2-Step Verification:",
        "https://myaccount.google.com/apppasswords",
    ),
    telltale=_GOOGLE_WORDS,
    oauth=_GOOGLE_OAUTH,
    spf="_spf.google.com",
)
WORKSPACE = Provider(
    key="workspace",
    title="Google Workspace",
    about="2,000 letters a day",
    host="smtp.gmail.com",
    port=465,
    security="tls",
    rate="1/second",
    quota="2000/day",
    login=f"{_GOOGLE_LOGIN} The administrator must allow them.",
    writes_as=_GOOGLE_SENDER,
    notes=(
        "A user may send 2,000 messages in any 24 hours (500 in a trial), says Google's help, which also names",
        "limits for recipients, 3,000 outside of your organisation; with many copies set a smaller quota.",
        "The password is an app password, which the administrator must allow: https://myaccount.google.com/apppasswords",
        'Or the relay service, up to 10,000 a day for a user: host = "smtp-relay.gmail.com", once the administrator',
        "has set it up (Apps → Gmail → Routing → SMTP relay service).",
    ),
    hosts=r"smtp-relay\.gmail\.com",
    spf="_spf.google.com",
)
MICROSOFT_365 = Provider(
    key="microsoft365",
    title="Microsoft 365",
    about="30 letters a minute, 10,000 recipients a day",
    host="smtp.office365.com",
    port=587,
    security="starttls",
    rate="30/minute",
    quota="10000/day",
    counts_recipients=True,
    login=(
        "Check username (the mailbox's whole address) and password; the administrator must allow Authenticated SMTP "
        "for the mailbox, and Microsoft switches passwords off at the end of December 2026."
    ),
    writes_as="The mailbox needs the right Send As for any address but its own; the administrator grants it.",
    notes=(
        "30 messages a minute and 10,000 recipients a day for a mailbox, says Microsoft's page on Exchange Online",
        "limits; a new or small organisation may have less to recipients outside.",
        "The administrator must allow Authenticated SMTP for the mailbox (admin center → Users → Mail → Manage email",
        "apps). Microsoft switches passwords off at the end of December 2026, unless the administrator allows them",
        "again for a while. oauth2 in place of password stays: docs/how-to.md, log in without a password.",
    ),
    oauth=(
        "Microsoft wants a token with the scope https://outlook.office.com/SMTP.Send, made by the mailbox that is the "
        "username; the administrator must allow Authenticated SMTP for it (docs/how-to.md, log in without a password)."
    ),
    telltale=r"SmtpClientAuthentication|aka\.ms/smtp_auth|\.outlook\.com",
    spf="spf.protection.outlook.com",
)
NAVER = Provider(
    key="naver",
    title="Naver Mail",
    about="an address at naver.com, or Naver Works",
    host="smtp.naver.com",
    port=465,
    security="tls",
    rate="20/minute",
    quota="500/day",
    counts_recipients=True,
    login=(
        "In Naver Mail: Settings → POP3/IMAP → use SMTP (환경설정 → POP3/IMAP 설정 → 사용함). "
        "With 2-step verification, make an application password (애플리케이션 비밀번호) under Naver ID → Security."
    ),
    writes_as="Naver lets an account write from its own address at naver.com only.",
    notes=(
        "Naver says how many may stand in one mail (100), and not how many mails a day: pace and quota are our own",
        "careful choice. Begin slowly, and raise them if Naver takes it well.",
        "First allow it in Naver Mail: Settings → POP3/IMAP → use SMTP (환경설정 → POP3/IMAP 설정 → 사용함).",
        "With 2-step verification the password is an application password, made under Naver ID → Security.",
    ),
)
NAVER_WORKS = Provider(
    key="naverworks",
    title="Naver Works",
    about="a domain of your own at Naver",
    host="smtp.worksmobile.com",
    port=465,
    security="tls",
    rate="20/minute",
    quota="500/day",
    counts_recipients=True,
    login=(
        "Use an external app password (외부 앱 비밀번호), not your own: in Naver Works click your picture → Security; "
        "the username is the whole address."
    ),
    writes_as="Naver Works lets an account write from its own address and its aliases only.",
    notes=(
        "How many letters a day depends on your plan; ask your administrator. Pace and quota are our own careful",
        "choice.",
        "The password is an external app password (외부 앱 비밀번호): click your picture → Security → make one.",
    ),
)
SES = Provider(
    key="ses",
    title="Amazon SES",
    about="as many as your account's quota says",
    host="email-smtp.eu-central-1.amazonaws.com",
    port=465,
    security="tls",
    rate="14/second",
    quota="50000/day",
    counts_recipients=True,
    username="YOUR-SMTP-USER-NAME",
    login=(
        "Use the SMTP credentials that the SES console makes (SMTP settings), of this same region; "
        "the access keys of AWS do not work here."
    ),
    writes_as=(
        "Amazon SES wants the address or its domain verified, in this region; in the sandbox the recipients' as well."
    ),
    notes=(
        "14 a second and 50,000 recipients a day are examples: your account's own figures stand in the SES console",
        "of the region (Account dashboard). A new account is in the sandbox, which allows 1/second and 200/day,",
        "to verified addresses only; ask there to leave it.",
        "Username and password are SMTP credentials, made in the SES console for this region (SMTP settings);",
        "the access keys of AWS do not work. Verify the sender's domain there first.",
    ),
    hosts=r"email-smtp(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?",
)
POSTFIX = Provider(
    key="postfix",
    title="a mail server of your own",
    about="Postfix or another",
    host="mail.your-domain.example",
    port=587,
    security="starttls",
    rate="1/second",
    username="letters",
    login="Check username and password under [relay].",
    writes_as="The mail server must let this account write from the address; in Postfix, smtpd_sender_login_maps.",
    notes=(
        "No limit but your own, and the patience of those who receive: begin slowly with an address that is new.",
        "This is the submission service; port 465 with tls is as good where the server has it.",
    ),
)

PROVIDERS = (GMAIL, WORKSPACE, MICROSOFT_365, NAVER, NAVER_WORKS, SES, POSTFIX)


def provider_of(host: str, said: str = "") -> Provider | None:
    """The provider that a host belongs to, else the one whose words a reply holds; None for any other."""
    name = host.lower().rstrip(".")
    for provider in PROVIDERS:
        if name == provider.host or (provider.hosts and re.fullmatch(provider.hosts, name)):
            return provider
    for provider in PROVIDERS:
        if provider.telltale and re.search(provider.telltale, said, re.IGNORECASE):
            return provider
    return None
