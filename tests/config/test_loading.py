"""Where settings come from, which of them wins, and what is said of those that are wrong."""

from __future__ import annotations

import datetime
import subprocess
import sys
from pathlib import Path

import pytest

from outreach.config import ledger_path, load_settings, user_file
from outreach.errors import SettingsError
from outreach.model import SecretReference
from outreach.smtp.options import Timeouts, is_loopback
from tests.config.campaigns import SMALL, load, refusal, write_campaign

FULL = """\
relay.host = "smtp.coalition.example"     # a dotted key is as good as a section

[campaign]
name = "repatriation-2023-10"
date = 2023-10-16
attachments = ["letterhead.pdf"]
purpose = "press"

[contacts]
file = "people.csv"
columns = { email = "이메일" }

[data]
signatories = "contacts/signatories.csv"
data_encoding = "cp949"

[sender]
from = "Coalition <letters@coalition.example>"

[relay.timeouts]
connect = "5s"

[retry]
first_wait = "1h30m"

[ledger]
url = "sqlite:///.outreach/ledger.db"
"""


def test_every_section_becomes_its_options(tmp_path: Path) -> None:
    """What a campaign file says arrives in the options, and what it leaves out has its default."""
    settings = load(write_campaign(tmp_path, FULL))

    campaign, sender, relay = settings.require_campaign(), settings.require_sender(), settings.require_relay()
    assert campaign.name == "repatriation-2023-10"
    assert campaign.date == datetime.date(2023, 10, 16)
    assert campaign.attachments == ("letterhead.pdf",)
    assert campaign.purpose == "press"
    assert campaign.letter == "templates/letter.md"
    assert settings.contacts.columns == {"email": "이메일"}
    assert settings.data.tables == {"signatories": "contacts/signatories.csv"}
    assert settings.data.encoding == "cp949"
    assert sender.from_ == "Coalition <letters@coalition.example>"
    assert relay.host == "smtp.coalition.example"
    assert relay.timeouts == Timeouts(connect=5.0)
    assert settings.retry.first_wait == 5400.0


def test_later_layers_override_earlier_ones(tmp_path: Path) -> None:
    """User's file, campaign's file, .env, environment, flags: each overrides those before it, and origins tell."""
    user_file().parent.mkdir(parents=True)
    user_file().write_text('[relay]\nhost = "user.example"\nport = 1\nconnections = 1\nusername = "u"\n')
    campaign = write_campaign(
        tmp_path, '[campaign]\nname = "x"\n[relay]\nport = 2\nconnections = 2\nusername = "c"\nehlo_name = "c"\n'
    )
    (campaign / ".env").write_text("# secrets\n\nOUTREACH_RELAY__CONNECTIONS=3\nOUTREACH_RELAY__USERNAME=d\nX=$HOME\n")

    settings = load(
        campaign, environ={"OUTREACH_RELAY__USERNAME": "e"}, flags={"relay.ehlo_name": "f", "relay.port": None}
    )

    relay = settings.require_relay()
    assert (relay.host, relay.port, relay.connections) == ("user.example", 2, 3)
    assert (relay.username, relay.ehlo_name) == ("e", "f")
    assert settings.origins["relay.host"] == f"{user_file()}:2"
    assert settings.origins["relay.port"] == "outreach.toml:4"
    assert settings.origins["relay.connections"] == ".env:3"
    assert settings.origins["relay.username"] == "environment OUTREACH_RELAY__USERNAME"
    assert settings.origins["relay.ehlo_name"] == "command line"
    assert settings.origins["relay.security"] == "default"
    assert settings.environment["X"] == "$HOME"


def test_nearest_file_upwards_counts(tmp_path: Path) -> None:
    """A command given in a folder below the campaign's uses the campaign's file and its folder."""
    campaign = write_campaign(tmp_path)
    below = campaign / "a" / "b"
    below.mkdir(parents=True)

    settings = load(below)

    assert settings.folder == campaign.resolve()
    assert settings.file == campaign.resolve() / "outreach.toml"


def test_named_file_counts_wherever_it_is(tmp_path: Path) -> None:
    """--config names a file by any name, seen from the current folder."""
    (tmp_path / "other.toml").write_text(SMALL)

    settings = load_settings(config=Path("other.toml"), cwd=tmp_path, environ={}, flags={})

    assert settings.file == tmp_path.resolve() / "other.toml"


def test_missing_file_is_told_how_to_begin(tmp_path: Path) -> None:
    """Without a campaign file the error says how to get one; commands that need none go on with defaults."""
    (tmp_path / ".env").write_text("another project's\n")

    with pytest.raises(SettingsError) as caught:
        load(tmp_path)
    settings = load_settings(config=None, cwd=tmp_path, environ={}, flags={}, campaign_needed=False)

    assert "outreach init" in caught.value.remedy
    assert settings.file is None
    assert settings.folder == tmp_path.resolve()


def test_named_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    """--config with a file that is not there does not fall back to another one."""
    campaign = write_campaign(tmp_path)

    with pytest.raises(SettingsError, match=r"nowhere\.toml: no such file"):
        load_settings(config=Path("nowhere.toml"), cwd=campaign, environ={}, flags={})


@pytest.mark.parametrize(
    ("text", "what", "remedy"),
    [
        ('[relai]\nhost = "x"\n', "outreach.toml:1: there is no section [relai]", 'Did you mean "relay"?'),
        ('\n[relay]\nhots = "x"\n', 'outreach.toml:3: there is no "hots" under [relay]', 'Did you mean "host"?'),
        ("[retry]\nxyz = 1\n", 'outreach.toml:2: there is no "xyz" under [retry]', "Known are: first_wait, give"),
        ("port = 5\n", 'outreach.toml:1: "port" stands outside of any section', "Move it below"),
        ("relay = 5\n", 'outreach.toml:1: "relay" is a section', "Write [relay]"),
        ('[relay]\nhost = "x\n', "outreach.toml:2: not valid TOML", "A line reads"),
        ("x = " + "[" * 3000, "outreach.toml: it holds what is nested too deeply", "Take it out"),
        ("x = " + "9" * 5000, "outreach.toml: it holds what is nested too deeply", "Take it out"),
        ("[relay]\nport = [1,\n", "outreach.toml:2: not valid TOML", "A line reads"),
        ('[relay]\nport = "abc"\n', 'outreach.toml:2: "port" under [relay] can\'t be "abc"', "a whole number"),
        ("[relay]\nport = true\n", "can't be true", "a whole number"),
        ("[relay]\nport = 70000\n", "can't be 70000", "from 1 to 65535"),
        ("[relay]\nhost = 5\n", "can't be 5", "a text in quotes"),
        ('[relay]\npipelining = "perhaps"\n', 'can\'t be "perhaps"', "true or false"),
        ('[relay]\nsecurity = "ssl"\n', 'can\'t be "ssl"', 'one of "tls", "starttls", "none"'),
        ('[relay]\nrate = "fast"\n', 'can\'t be "fast"', '"50/minute"'),
        ('[relay.timeouts]\nconect = "5s"\n', 'outreach.toml:1: "timeouts" under [relay]', "connect, greeting"),
        ('[campaign]\nname = "a\\nb"\n', 'can\'t be "a\\nb"', "a name of one line"),
        ("[campaign]\ndate = 2023-10-16T09:00:00\n", "can't be 2023-10-16T09:00:00", "a date such as 2023-10-16"),
        ("[campaign]\ndate = 20231016\n", "can't be 20231016", "a date such as 2023-10-16"),
        ('[campaign]\ndate = "16 October"\n', 'can\'t be "16 October"', "a date such as 2023-10-16"),
        ('[campaign]\nattachments = "a.pdf"\n', 'can\'t be "a.pdf"', "a list such as"),
        ('[contacts]\ncolumns = ["email"]\n', 'can\'t be ["email"]', "a table such as"),
        ("[relay]\nca_file = 5\n", "can't be 5", "a path in quotes"),
        ('[data]\n"sign-atories" = "s.csv"\n', "outreach.toml:2", "a name that a letter can use"),
        ('[ledger]\nurl = "postgresql://x"\n', 'can\'t be "postgresql://x"', "sqlite:///"),
    ],
)
def test_wrong_settings_are_told_with_place_and_remedy(tmp_path: Path, text: str, what: str, remedy: str) -> None:
    """A wrong setting gives its file and line, what was given, and what is expected."""
    error = refusal(tmp_path, text)

    assert what in error.what
    assert remedy in error.remedy
    assert "\n" not in error.what + error.remedy


def test_lines_are_found_past_long_texts(tmp_path: Path) -> None:
    """A line inside a text of several lines is not taken for a key."""
    error = refusal(tmp_path, '[sender]\npostal_address = """\n[relay]\nport = 1\n"""\n[relay]\nport = "x"\n')

    assert error.what.startswith("outreach.toml:7:")


def test_password_itself_is_refused_and_not_repeated(tmp_path: Path) -> None:
    """A password in plain is refused in the file and in the environment, without showing it."""
    in_file = refusal(tmp_path, SMALL + 'password = "hunter2"\n')
    in_environment = refusal(tmp_path, SMALL, environ={"OUTREACH_RELAY__PASSWORD": "{hunter2"})

    assert in_file.what.startswith("outreach.toml:6:")
    assert '{ env = "SMTP_PASSWORD" }' in in_file.remedy
    for error in (in_file, in_environment):
        assert "hunter2" not in error.what + error.remedy
        assert "hunter2" not in repr(error.__context__ if not error.__suppress_context__ else None)


def test_environment_takes_lists_and_tables_as_toml(tmp_path: Path) -> None:
    """A variable may hold a list or a table, a number, a truth value, or a text that looks like a list."""
    settings = load(
        write_campaign(tmp_path),
        environ={
            "OUTREACH_RELAY__QUOTA": '["2000/day", "100/hour"]',
            "OUTREACH_RELAY__PASSWORD": '{ env = "P" }',
            "OUTREACH_RELAY__PORT": "2525",
            "OUTREACH_RELAY__PIPELINING": "false",
            "OUTREACH_CAMPAIGN__DATE": "2024-02-29",
            "OUTREACH_SENDER__FROM": "[Board] <a@coalition.example>",
            "OUTREACH_DATA__OFFICES": "offices.csv",
        },
    )

    relay = settings.require_relay()
    assert relay.quota == ((2000, 86400.0), (100, 3600.0))
    assert relay.password == SecretReference("env", "P")
    assert (relay.port, relay.pipelining) == (2525, False)
    assert settings.require_campaign().date == datetime.date(2024, 2, 29)
    assert settings.require_sender().from_ == "[Board] <a@coalition.example>"
    assert settings.data.tables == {"offices": "offices.csv"}


@pytest.mark.parametrize(
    ("variable", "remedy"),
    [
        ("OUTREACH_RELAY__PROT", 'Did you mean "port"?'),
        ("OUTREACH_RELAIS__PORT", 'Did you mean "relay"?'),
        ("OUTREACH_RELAY_PORT", "Write OUTREACH_RELAY__PORT"),
    ],
)
def test_misspelt_variables_are_errors(tmp_path: Path, variable: str, remedy: str) -> None:
    """A variable that means a setting but misses it is an error; one that means something else is not ours."""
    error = refusal(tmp_path, environ={variable: "1", "OUTREACH_HOME": "elsewhere"})

    assert error.what.startswith(f"environment {variable}:")
    assert remedy in error.remedy


def test_flags_take_text_as_the_environment_does(tmp_path: Path) -> None:
    """A setting given on the command line may be a list in TOML; an unknown one is an error."""
    campaign = write_campaign(tmp_path)

    settings = load(campaign, flags={"relay.quota": '["5/day"]', "relay.connections": "2"})

    assert settings.require_relay().quota == ((5, 86400.0),)
    assert settings.require_relay().connections == 2
    with pytest.raises(SettingsError, match='command line: there is no "prot"'):
        load(campaign, flags={"relay.prot": "1"})


def test_broken_line_in_dotenv_is_an_error(tmp_path: Path) -> None:
    """A line in .env that is no assignment stops with its number instead of being passed over."""
    campaign = write_campaign(tmp_path)
    (campaign / ".env").write_text("A=1\n\nSMTP_PASSWORD\n")

    with pytest.raises(SettingsError, match=r"^\.env:3: "):
        load(campaign)


def test_file_that_is_not_utf8_is_an_error(tmp_path: Path) -> None:
    """A settings file in another encoding is refused in words."""
    campaign = write_campaign(tmp_path)
    (campaign / "outreach.toml").write_bytes('[campaign]\nname = "é"'.encode("latin-1"))

    with pytest.raises(SettingsError, match=r"outreach\.toml: not UTF-8"):
        load(campaign)


def test_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    """A file saved with a byte-order mark reads like any other."""
    assert load(write_campaign(tmp_path, "\ufeff" + SMALL)).require_campaign().name == "letter"


@pytest.mark.parametrize(
    ("host", "rate", "expected"),
    [
        ("127.0.0.1", "", None),
        ("::1", "", None),
        ("localhost", "", None),
        ("smtp.coalition.example", "", 1.0),
        ("smtp.coalition.example", 'rate = "none"', None),
        ("127.0.0.1", 'rate = "600/hour"', 1 / 6),
    ],
)
def test_pace_is_polite_off_loopback(tmp_path: Path, host: str, rate: str, expected: float | None) -> None:
    """Without a stated pace one letter a second leaves for a relay elsewhere, and there is no pace on loopback."""
    settings = load(write_campaign(tmp_path, f'[campaign]\nname = "x"\n[relay]\nhost = "{host}"\n{rate}\n'))

    assert settings.require_relay().rate == expected


@pytest.mark.parametrize("host", ["127.8.0.1", "LOCALHOST", "localhost.", "[::1]"])
def test_other_names_of_this_machine_are_loopback(host: str) -> None:
    """All of 127/8 and any spelling of localhost is this machine."""
    assert is_loopback(host)


def test_names_that_only_begin_like_loopback_are_not(tmp_path: Path) -> None:
    """A host that merely contains a loopback name is elsewhere."""
    assert not is_loopback("127.0.0.1.example.org")
    assert not is_loopback("localhost.example.org")


def test_sections_that_are_missing_are_asked_for_only_when_needed(tmp_path: Path) -> None:
    """A file without sender and relay loads; the command that needs them is told what to add and where."""
    settings = load(write_campaign(tmp_path, "[relay]\nport = 25\n"))

    assert settings.relay is None
    with pytest.raises(SettingsError, match=r'outreach\.toml: no "host" under \[relay\]'):
        settings.require_relay()
    with pytest.raises(SettingsError, match=r'no "from" under \[sender\]'):
        settings.require_sender()
    with pytest.raises(SettingsError, match=r'no "name" under \[campaign\]'):
        settings.require_campaign()


def test_paths_start_at_the_folder_of_their_file(tmp_path: Path, home: Path) -> None:
    """A certificate or a password file is found beside the file that names it, or in the user's home."""
    campaign = write_campaign(tmp_path, SMALL + 'ca_file = "ca.pem"\npassword = { file = "~/secret" }\n')

    relay = load(campaign).require_relay()

    assert relay.ca_file == campaign.resolve() / "ca.pem"
    assert relay.password == SecretReference("file", str(home / "secret"))


def test_ledger_is_the_users_own_unless_named(tmp_path: Path, home: Path) -> None:
    """Without a url the ledger is in the user's data directory; a relative one starts at the campaign's folder."""
    own = load(write_campaign(tmp_path))
    local = load(write_campaign(tmp_path, SMALL + '[ledger]\nurl = "sqlite:///.outreach/ledger.db"\n'))
    elsewhere = load(write_campaign(tmp_path, SMALL + '[ledger]\nurl = "sqlite:////srv/ledger.db"\n'))

    assert ledger_path(own) == home / "data" / "outreach" / "ledger.db"
    assert ledger_path(local) == local.folder / ".outreach" / "ledger.db"
    assert ledger_path(elsewhere) == Path("/srv/ledger.db")


def test_secrets_do_not_show_in_the_settings_value(tmp_path: Path) -> None:
    """The settings' repr leaves the environment out, so that a log of them holds no password."""
    settings = load(write_campaign(tmp_path), environ={"SMTP_PASSWORD": "hunter2"})

    assert settings.environment["SMTP_PASSWORD"] == "hunter2"
    assert "hunter2" not in repr(settings)


def test_importing_config_stays_light() -> None:
    """pydantic, which takes longer than all the rest, is imported only when settings are read."""
    code = "import sys, outreach.config; sys.exit('pydantic' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
