"""The balance of a campaign, in words and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from outreach.ledger.campaign_values import Balance
from outreach.ledger.run_values import Quota
from outreach.model import State


def balance_json(campaign: str, campaign_id: str | None, seal: str | None, balance: Balance) -> dict[str, Any]:
    """The part that `send --json` and `status --json` have in common."""
    return {
        "campaign": campaign,
        "id": campaign_id,
        "seal": seal,
        "total": balance.total,
        "counts": counts_json(balance.counts),
        "balanced": sum(balance.counts.values()) == balance.total,
        "copies_refused": balance.copies_refused,
    }


def counted(count: int, one: str, many: str = "") -> str:
    """1 letter, 2 letters, 1 copy, 2 copies."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def bytes_words(count: int) -> str:
    """87 bytes, 1.8 kB, 2.5 MB."""
    if count < 1000:
        return counted(count, "byte")
    return f"{count / 1024:.1f} kB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MB"


RESERVED_ONE = "letter is to an address reserved for examples: it stays on this machine"
RESERVED_MANY = "letters are to addresses reserved for examples: they stay on this machine"
SWALLOWED = "Swallowed by the test sink: nobody received anything."


def recipients_words(letters: int, cc: int, bcc: int) -> str:
    """300 To, 112 Cc, 3 Bcc."""
    copies = [f"{count} {role}" for count, role in ((cc, "Cc"), (bcc, "Bcc")) if count]
    return ", ".join([f"{letters} To", *copies])


def relay_words(relay: str, *, on_loopback: bool, is_sink: bool) -> str:
    """smtp.coalition.example:465; what is on this machine is said to be."""
    if is_sink:
        return f"{relay}, the test sink on this machine: nobody will receive anything"
    return f"{relay}, on this machine" if on_loopback else relay


def pace_words(rate: float | None, quotas: Sequence[Quota], quota_left: int | None) -> str:
    """One every 60 s, at most 2000 in 1 d (1800 left)."""
    if rate is None:
        pace = "as fast as the relay takes them"
    else:
        pace = f"{rate:g} a second" if rate >= 1 else f"one every {1 / rate:g} s"
    limits = "".join(f", at most {quota.limit} in {_span(quota.window_seconds)}" for quota in quotas)
    return f"{pace}{limits} ({quota_left} left)" if quota_left is not None else f"{pace}{limits}"


def _span(seconds: float) -> str:
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds % unit == 0:
            return f"{seconds / unit:g} {name}"
    return f"{seconds:g} s"


def spell_duration(seconds: float) -> str:
    """How far ahead something is: in 14 h 12 min, in 3 d 4 h, in 45 s."""
    whole = round(seconds)
    minutes = round(whole / 60)
    if whole <= 0:
        return "now"
    if whole < 60:
        return f"in {whole} s"
    if minutes < 60:
        return f"in {minutes} min"
    if minutes < 24 * 60:
        return _in_two(minutes, 60, "h", "min")
    return _in_two(round(minutes / 60), 24, "d", "h")


def _in_two(count: int, size: int, large: str, small: str) -> str:
    whole, rest = divmod(count, size)
    return f"in {whole} {large} {rest} {small}" if rest else f"in {whole} {large}"


def counts_json(counts: Mapping[State, int]) -> dict[str, int]:
    """Every state, zeros included."""
    return {state.value: counts.get(state, 0) for state in State}


def all_of(counts: Mapping[State, int], total: int) -> str:
    """27 of 27 accepted; or the balance, where something else is among them."""
    if counts[State.ACCEPTED] == total:
        return f"{total} of {total} accepted"
    return balance_words(Balance(total, counts))


def balance_words(balance: Balance) -> str:
    """One line: 25 accepted + 1 deferred + 1 failed = 27."""
    parts = [f"{count} {state.value}" for state, count in balance.counts.items() if count]
    if not parts:
        return "nothing planned yet"
    return f"{' + '.join(parts)} = {balance.total}"
