"""What is said when the relay can't be had: for each provider and each slip, which setting or password to change."""

from __future__ import annotations

import pytest

from outreach.errors import CertificateError, LoginRefused, OutreachError, RelayUnreachable, SettingsError
from outreach.model import Concern, Kind, Lost, Outcome, Reply, Stage
from outreach.policy.outcome import judge
from outreach.preflight.relay import refusal
from outreach.sending.stop_reasons import login_refused, refused_altogether
from outreach.smtp.interface import ConnectFailure
from outreach.smtp.providers import PROVIDERS, provider_of

MISMATCH = "Hostname mismatch, certificate is not valid for 'mail.x.org'."

GOOGLE = Reply(Stage.AUTH, 535, "5.7.8", "Username and Password not accepted. https://support.google.com/mail gsmtp")
APP_PASSWORD = Reply(Stage.AUTH, 534, "5.7.9", "Application-specific password required. InvalidSecondFactor")
BROWSER = Reply(Stage.AUTH, 534, "5.7.14", "Please log in via your web browser and then try again. gsmtp")
DISABLED = Reply(
    Stage.AUTH, 535, "5.7.139", "Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."
)
BASIC = Reply(Stage.AUTH, 535, "5.7.139", "Authentication unsuccessful, basic authentication is disabled.")
WRONG = Reply(Stage.AUTH, 535, "5.7.3", "Authentication unsuccessful")
CREDENTIALS = Reply(Stage.AUTH, 535, "", "Authentication Credentials Invalid")
STARTTLS = Reply(Stage.AUTH, 530, "5.7.0", "Must issue a STARTTLS command first")

GOOGLE_TOKEN = Reply(Stage.AUTH, 535, "5.7.8", "Username and Password not accepted. gsmtp (token refused: status 400)")
WRONG_TOKEN = Reply(Stage.AUTH, 535, "5.7.3", "Authentication unsuccessful (token refused)")
DISABLED_TOKEN = Reply(Stage.AUTH, 535, "5.7.139", f"{DISABLED.text} (token refused)")

LOGINS = [
    ("smtp.gmail.com:465", GOOGLE_TOKEN, "scope https://mail.google.com/"),
    ("mail.coalition.example:465", GOOGLE_TOKEN, "scope https://mail.google.com/"),
    ("smtp.office365.com:587", WRONG_TOKEN, "scope https://outlook.office.com/SMTP.Send"),
    ("smtp.office365.com:587", DISABLED_TOKEN, "Manage email apps (aka.ms/smtp_auth_disabled)."),
    ("mail.coalition.example:465", WRONG_TOKEN, "the token must be this account's"),
    ("smtp.gmail.com:465", GOOGLE, "myaccount.google.com/apppasswords"),
    ("smtp.gmail.com:465", APP_PASSWORD, "app password"),
    ("SMTP.gmail.com.:587", GOOGLE, "2-Step Verification"),
    ("smtp.gmail.com:465", BROWSER, "in a web browser once"),
    ("smtp-relay.gmail.com:587", GOOGLE, "administrator"),
    ("mail.coalition.example:465", APP_PASSWORD, "myaccount.google.com/apppasswords"),
    ("smtp.naver.com:465", CREDENTIALS, "POP3/IMAP"),
    ("smtp.naver.com:465", CREDENTIALS, "애플리케이션 비밀번호"),
    ("smtp.worksmobile.com:465", CREDENTIALS, "external app password"),
    ("smtp.office365.com:587", DISABLED, "Authenticated SMTP"),
    ("mail.coalition.example:587", DISABLED, "Manage email apps"),
    ("smtp.office365.com:587", BASIC, "OAuth"),
    ("smtp.office365.com:587", WRONG, "December 2026"),
    ("email-smtp.ap-northeast-2.amazonaws.com:465", CREDENTIALS, "this same region"),
    ("email-smtp.us-east-1.amazonaws.com:587", CREDENTIALS, "access keys of AWS do not work"),
    ("mail.coalition.example:465", CREDENTIALS, "username and password under [relay]"),
    ("mail.coalition.example:587", STARTTLS, 'security = "starttls"'),
]


@pytest.mark.parametrize(("shown", "answer", "words"), LOGINS)
def test_a_refused_login_says_which_password_the_provider_wants(shown: str, answer: Reply, words: str) -> None:
    """By the host's name or the relay's words, and the same at connect time and in the middle of a run."""
    error = refusal(ConnectFailure(answer), shown)
    stop = login_refused(judge(answer), f"letters@coalition.example@{shown}")

    assert isinstance(error, LoginRefused)
    assert (error.exit_code, stop.exit_code) == (4, 4)
    assert words in error.remedy
    assert answer.text in error.what
    assert error.remedy.removesuffix(" Nobody was written to.") == stop.remedy.removeprefix(
        "No letter is charged for it. "
    )


NO_CONNECTION = ConnectFailure(Lost(Stage.CONNECT, "no connection within 30 s"))
NO_HOST = ConnectFailure(Lost(Stage.CONNECT, "no such host"))
REFUSED = ConnectFailure(Lost(Stage.CONNECT, "connection refused"))
NO_GREETING = ConnectFailure(Lost(Stage.GREETING, "no reply within 300 s"))
TLS_FIRST = ConnectFailure(
    Lost(Stage.GREETING, "no greeting"), tls_mismatch='port 465 speaks TLS from the start: use security = "tls"'
)
CLEAR_FIRST = ConnectFailure(
    Lost(Stage.CONNECT, "no TLS on this port"),
    tls_mismatch='port 587 speaks clear text first: use security = "starttls"',
)


def distrusted(reason: str) -> ConnectFailure:
    """A certificate that is not trusted for this reason."""
    return ConnectFailure(Lost(Stage.CONNECT, f"the certificate of mail.x.org is not trusted: {reason}"), True)


@pytest.mark.parametrize(
    ("failure", "shown", "kind", "words"),
    [
        (TLS_FIRST, "mail.x.org:465", SettingsError, 'port = 465 with security = "tls"'),
        (TLS_FIRST, "smtp.gmail.com:465", SettingsError, 'port = 465 and security = "tls"'),
        (CLEAR_FIRST, "mail.x.org:587", SettingsError, 'port = 587 with security = "starttls"'),
        (CLEAR_FIRST, "smtp.office365.com:587", SettingsError, 'port = 587 and security = "starttls"'),
        (NO_CONNECTION, "smtp.office365.com:465", RelayUnreachable, 'port = 587 and security = "starttls"'),
        (NO_CONNECTION, "smtp.naver.com:25", RelayUnreachable, 'port = 465 and security = "tls"'),
        (NO_CONNECTION, "mail.x.org:25", RelayUnreachable, "networks block port 25"),
        (NO_CONNECTION, "mail.x.org:25", RelayUnreachable, 'port = 587 with security = "starttls"'),
        (NO_CONNECTION, "smtp.gmail.com:465", RelayUnreachable, "firewall"),
        (REFUSED, "mail.x.org:465", RelayUnreachable, "host and port"),
        (NO_HOST, "smpt.gmail.com:465", RelayUnreachable, "host under [relay]"),
        (NO_GREETING, "mail.x.org:465", RelayUnreachable, "try again later"),
        (distrusted(MISMATCH), "mail.x.org:465", CertificateError, "Correct host"),
        (distrusted("certificate has expired"), "mail.x.org:465", CertificateError, "date of this machine"),
        (distrusted("self-signed certificate"), "mail.x.org:465", CertificateError, "ca_file"),
    ],
)
def test_each_slip_in_reaching_the_relay_names_what_to_change(
    failure: ConnectFailure, shown: str, kind: type[OutreachError], words: str
) -> None:
    """Port, security, host or certificate: the second line names the setting, with the provider's own where known."""
    error = refusal(failure, shown)

    assert type(error) is kind
    assert words in error.remedy


def refused_sender(code: int, enhanced: str, text: str, account: str) -> tuple[int, str]:
    """The exit code and the second line of a run that ends with this answer to MAIL."""
    outcome = judge(Reply(Stage.MAIL, code, enhanced, text))
    assert (outcome.kind, outcome.concern) == (Kind.UNTRIED, Concern.RUN)
    stop = refused_altogether(outcome, account)
    return stop.exit_code, stop.remedy


@pytest.mark.parametrize(
    ("code", "enhanced", "text", "host", "words"),
    [
        (553, "5.7.1", "<a@b.example>: Sender address rejected: not owned by user c", "mail.x.org", "may not write"),
        (553, "", "sorry", "mail.x.org", "from under [sender]"),
        (550, "5.7.60", "Client does not have permissions to send as this sender", "smtp.office365.com", "Send As"),
        (550, "5.7.60", "no", "mail.x.org", "Send As"),
        (554, "5.2.252", "SendAsDenied; a not allowed to send as b", "mail.x.org", "Send As"),
        (554, "5.7.1", "The sender address is unauthorized", "smtp.naver.com", "naver.com only"),
        (554, "", "Email address is not verified", "email-smtp.us-east-1.amazonaws.com", "verified, in this region"),
    ],
)
def test_a_sender_that_is_not_the_accounts_is_told_as_such(
    code: int, enhanced: str, text: str, host: str, words: str
) -> None:
    """The second line names the setting, and what the provider allows."""
    exit_code, remedy = refused_sender(code, enhanced, text, f"a@b.example@{host}:465")

    assert exit_code == 5
    assert "Correct from under [sender]" in remedy
    assert words in remedy


def test_a_refusal_for_other_reasons_does_not_blame_the_address() -> None:
    """Where the relay dislikes the network or the reputation, another address would not help."""
    _, remedy = refused_sender(554, "5.7.1", "Service unavailable; client blocked using Spamhaus", "mail.x.org:465")

    assert "from under [sender]" not in remedy
    assert "operator" in remedy


def test_a_relay_that_wants_a_login_and_got_none_ends_like_a_refused_one() -> None:
    """530 at MAIL: there is no username, and the second line says so."""
    outcome = judge(Reply(Stage.MAIL, 530, "5.7.0", "Authentication required"))

    without, with_login = (refused_altogether(outcome, account) for account in ("x.org:465", "me@x.org:465"))

    assert (without.exit_code, with_login.exit_code) == (4, 4)
    assert "Set username and password" in without.remedy
    assert "Check username and password" in with_login.remedy


def test_a_run_that_lost_its_reply_still_has_words() -> None:
    """An outcome without an answer is told by its reason."""
    stop = refused_altogether(Outcome(Kind.UNTRIED, Concern.RUN, "odd"), "x.org:465")

    assert stop.remedy == "No letter is charged for it. Check [sender] and [relay], or ask the relay's operator."


def test_each_provider_is_known_by_its_host() -> None:
    """So that its words are found again; Gmail and Workspace share a host, and their words."""
    found = {provider.key: provider_of(provider.host) for provider in PROVIDERS}

    assert {key: provider.key for key, provider in found.items() if provider} == {
        **{provider.key: provider.key for provider in PROVIDERS},
        "workspace": "gmail",
    }
    assert provider_of("mail.coalition.example") is None
    assert provider_of("smtp.gmail.com.evil.example") is None
