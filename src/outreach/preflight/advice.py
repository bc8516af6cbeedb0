"""What to do when the relay can't be reached, refuses the login, or refuses the sender: one line each.

By the host's name and by the relay's words: a provider is often reached by a name that is not its own.
"""

from __future__ import annotations

import re

from outreach.model import Answer, Lost, Reply, Stage
from outreach.policy.rules import SENDER_NOT_OURS
from outreach.smtp.interface import ConnectFailure
from outreach.smtp.login import OAUTH_REFUSED
from outreach.smtp.providers import MICROSOFT_365, POSTFIX, Provider, provider_of

_ANY_LOGIN = "Check username and password under [relay]; many providers want an app password."
_ANY_SENDER = "This account may not write from it."
_USUAL = 'Usual are port = 465 with security = "tls", and port = 587 with security = "starttls".'

# What a login is refused for, whoever the provider is, in the relay's own words.
_LOGIN_WORDS = (
    (
        r"must issue a STARTTLS|STARTTLS (?:is )?required|encryption (?:is )?required",
        'Set security = "starttls" under [relay]: the relay takes no password in clear text.',
    ),
    (
        r"SmtpClientAuthentication is disabled",
        "The administrator must allow Authenticated SMTP for this mailbox: Microsoft 365 admin center → Users → Mail → "
        "Manage email apps (aka.ms/smtp_auth_disabled). Passwords go at the end of December 2026.",
    ),
    (
        r"basic authentication is (?:disabled|not supported)",
        "Microsoft takes no password for this account any more. Log in by OAuth: oauth2 under [relay] "
        "(docs/how-to.md, log in without a password); the administrator may allow passwords again for a while.",
    ),
    (
        r"log ?in (?:with|via) your web browser|WebLoginRequired",
        "Google holds this login back: sign in to the account in a web browser once, then use an app password "
        "(myaccount.google.com/apppasswords).",
    ),
    (
        r"invalid credentials for relay",
        "The administrator must allow this machine's address: Apps → Gmail → Routing → SMTP relay service. "
        "Or log in, with username and an app password.",
    ),
)
# What a token is refused for, or why there is none; the codes are those of RFC 6749, 5.2.
_ANY_OAUTH = "Check oauth2 and username under [relay]: the token must be this account's, for sending mail."
_OAUTH_WORDS = (
    (
        r"SmtpClientAuthentication is disabled",
        "The administrator must allow Authenticated SMTP for this mailbox: Microsoft 365 admin center → Users → Mail → "
        "Manage email apps (aka.ms/smtp_auth_disabled).",
    ),
    (r"\binvalid_grant\b", "Consent again, and put the new refresh token in its place."),
    (
        r"\binvalid_client\b",
        "Correct client_id or client_secret of oauth2 under [relay]; Microsoft's secrets expire.",
    ),
    (r"certificate of", "Check token_url under [relay] oauth2, and the certificates that this machine trusts."),
    (
        r"^no token just now",
        "Check token_url and the network, or run the command by hand; or try again later.",
    ),
    (r"^no token|refuses one", "Check oauth2 under [relay]."),
)
_SENDER_CODES = frozenset({"5.1.7", "5.1.8", "5.7.60", "5.2.252"})


def login_advice(host: str, answer: Answer) -> str:
    """What to do about a refused login."""
    said = _said(answer)
    if OAUTH_REFUSED in said or says_no_token(answer):
        return _token_advice(host, said)
    for words, advice in _LOGIN_WORDS:
        if re.search(words, said, re.IGNORECASE):
            return advice
    provider = provider_of(host, said)
    return provider.login if provider is not None and provider is not POSTFIX else _ANY_LOGIN


def says_no_token(answer: Answer) -> bool:
    """Whether there was no token, and so no login was tried."""
    return isinstance(answer, Lost) and answer.stage is Stage.AUTH and answer.reason.startswith("no token")


def _token_advice(host: str, said: str) -> str:
    for words, advice in _OAUTH_WORDS:
        if re.search(words, said):
            return advice
    provider = provider_of(host, said)
    return provider.oauth if provider is not None and provider.oauth else _ANY_OAUTH


def sender_advice(host: str, answer: Answer | None) -> str:
    """What to do where the sender's address is refused; empty where the refusal is not about the address."""
    if not isinstance(answer, Reply):
        return ""
    about_the_address = (
        answer.code == 553
        or answer.enhanced in _SENDER_CODES
        or re.search(SENDER_NOT_OURS, answer.text, re.IGNORECASE) is not None
    )
    if not about_the_address:
        return ""
    provider = provider_of(host, answer.text)
    if provider is None and answer.enhanced in ("5.7.60", "5.2.252"):  # only Exchange says so
        provider = MICROSOFT_365
    return f"Correct from under [sender]. {provider.writes_as if provider else _ANY_SENDER}"


def mismatch_advice(host: str) -> str:
    """What to do where the port wants another `security`."""
    provider = provider_of(host)
    return _own_port(provider) if provider else f"Correct security or port under [relay]. {_USUAL}"


def certificate_advice(said: str) -> str:
    """What to do about a certificate that is not trusted, by the reason."""
    if "mismatch" in said:
        return "Correct host under [relay]: the certificate is for another name. Your provider says which host to use."
    if "expired" in said or "not yet valid" in said:
        return "Check the date of this machine; if it is right, the relay's operator must renew the certificate."
    return "Check host under [relay]; for a certificate of your own authority, name it in ca_file."


def reach_advice(host: str, port: int, failure: ConnectFailure) -> str:
    """What to do where there is no connection."""
    said = _said(failure.answer)
    if failure.answer.stage is not Stage.CONNECT or isinstance(failure.answer, Reply):
        return "Check host and port under [relay], or try again later."
    if "no such host" in said:
        return "Correct host under [relay]: no machine has that name."
    if "looked up" in said:
        return "Check that this machine is online, and host under [relay]."
    provider = provider_of(host)
    if provider is not None and port != provider.port:
        return _own_port(provider)
    if port == 25:
        return f"Many networks block port 25. Correct port under [relay]. {_USUAL}"
    return "Check host and port under [relay], and that no firewall is in between; or try again later."


def _own_port(provider: Provider) -> str:
    """The provider's own port and what goes with it."""
    return f'Set port = {provider.port} and security = "{provider.security}" under [relay], for {provider.title}.'


def _said(answer: Answer) -> str:
    return f"{answer.code} {answer.enhanced} {answer.text}" if isinstance(answer, Reply) else answer.reason
