"""How rates, quotas, durations and references to secrets are written and shown."""

from __future__ import annotations

import pytest

from outreach.config.values import (
    read_domain_rates,
    read_duration,
    read_quota,
    read_rate,
    read_secret,
    read_timeouts,
    show_duration,
    show_rate,
    show_secret,
)
from outreach.model import SecretReference


@pytest.mark.parametrize("written", ["1/second", "50/minute", "7/hour", "2000/day", "3/second", "none"])
def test_a_shown_pace_reads_as_the_same_pace(written: str) -> None:
    """What is shown of a pace means what was written."""
    rate = read_rate(written)

    shown = read_rate(show_rate(rate))
    assert shown == (rate if rate is None else pytest.approx(rate))


def test_pace_is_per_second() -> None:
    """Fifty a minute is five sixths of a letter a second."""
    assert read_rate("50/minute") == pytest.approx(50 / 60)
    assert show_rate(read_rate("50/minute")) == "50/minute"
    assert show_rate(read_rate("0.00001/second")) == "0.00001/second"


@pytest.mark.parametrize("written", ["0/second", "1", "-1/second", "1/week", 5, None, ["1/second"], "1e9/second"])
def test_other_paces_are_refused(written: object) -> None:
    """A pace without a unit, of zero, or of another kind is refused with an example."""
    with pytest.raises(ValueError, match="50/minute"):
        read_rate(written)


def test_quota_may_be_one_text() -> None:
    """A single quota needs no brackets."""
    assert read_quota("100/hour") == read_quota(["100/hour"]) == ((100, 3600.0),)


@pytest.mark.parametrize("written", ["100", ["0/day"], ["1.5/day"], 7, [5]])
def test_other_quotas_are_refused(written: object) -> None:
    """A quota that is not a whole number in a window is refused with an example."""
    with pytest.raises(ValueError, match="2000/day"):
        read_quota(written)


def test_domains_are_compared_as_addresses_are() -> None:
    """The domains of per_domain come out in lower case and as A-labels."""
    rates = read_domain_rates({"Gmail.COM": "1/second", "Bücher.example": "1/minute"})

    assert rates == {"gmail.com": 1.0, "xn--bcher-kva.example": pytest.approx(1 / 60)}


def test_pace_of_none_for_a_domain_is_refused() -> None:
    """A domain has a pace or is not named."""
    with pytest.raises(ValueError, match="leave the domain out"):
        read_domain_rates({"gmail.com": "none"})


@pytest.mark.parametrize(("written", "shown"), [("90s", "90s"), ("60m", "1h"), ("24h", "1d"), ("1h30m", "90m")])
def test_durations_are_shown_in_whole_units(written: str, shown: str) -> None:
    """A duration is shown in the largest unit that it is whole in."""
    assert show_duration(read_duration(written)) == shown


@pytest.mark.parametrize("written", ["0s", 30, "30", "", "5 minutes"])
def test_other_durations_are_refused(written: object) -> None:
    """A duration without a unit, or of zero, is refused with examples."""
    with pytest.raises(ValueError, match='"30s"'):
        read_duration(written)


def test_timeouts_keep_the_defaults_that_are_not_named() -> None:
    """Naming one timeout changes one timeout."""
    timeouts = read_timeouts({"greeting": "10s"})

    assert (timeouts.greeting, timeouts.final) == (10.0, 600.0)


@pytest.mark.parametrize(
    ("written", "reference"),
    [
        ({"env": "P"}, SecretReference("env", "P")),
        ({"file": "secret.txt"}, SecretReference("file", "secret.txt")),
        ({"command": ["pass", "show"]}, SecretReference("command", ("pass", "show"))),
        ({"ask": True}, SecretReference("ask")),
        ({"keyring": "outreach/letters"}, SecretReference("keyring", "outreach/letters")),
    ],
)
def test_each_place_of_a_secret_is_read(written: object, reference: SecretReference) -> None:
    """A secret may be in a variable, a file, a program's output, a head or a keyring."""
    assert read_secret(written) == reference


@pytest.mark.parametrize(
    "written",
    ["hunter2", {"env": ""}, {"env": "A", "file": "b"}, {"ask": False}, {"command": "pass"}, {"keyring": "x"}, {}],
)
def test_other_places_of_a_secret_are_refused(written: object) -> None:
    """A password itself, or a place that is not one, is refused with the places there are."""
    with pytest.raises(ValueError, match="not the password but where it is kept"):
        read_secret(written)


def test_arguments_of_a_command_are_masked() -> None:
    """A key among the arguments of the command that fetches the password is not shown."""
    assert show_secret(SecretReference("command", ("vault", "-token=hunter2"))) == {"command": ["vault", "***"]}
