"""The reasons for which a run stops before its end, in words."""

from __future__ import annotations

from outreach.model import Outcome
from outreach.sending.stop import Ended, Stop

_DAY = 86400.0

INTERRUPTED = Stop(
    Ended.INTERRUPTED, 130, "Interrupted: what had left is recorded.", "Run outreach send again to go on."
)
FINDINGS_FORBID = Stop(
    Ended.STOPPED, 3, "Nothing was sent: the errors above must be mended first.", "Mend them, then outreach check."
)
PAUSED = Stop(Ended.STOPPED, 5, "The campaign is paused.", "Run outreach resume, then outreach send.")


def unreachable(reason: str) -> Stop:
    """The relay can't be used."""
    return Stop(
        Ended.STOPPED,
        5,
        f"The relay can't be used: {reason}.",
        "Nothing is lost. outreach check --relay tells when it is back; then run outreach send again.",
    )


def quota_used_up(free_at: float | None) -> Stop:
    """Nothing is left of the quota that the settings state."""
    return Stop(
        Ended.STOPPED,
        5,
        "The quota of the relay account is used up.",
        "What waits is kept. Run outreach send again when the quota is free.",
        resume_at=free_at,
    )


def account_resting(outcome: Outcome, now: float) -> Stop:
    """The relay says that our account has sent enough for now."""
    return Stop(
        Ended.STOPPED,
        5,
        f"The relay takes no more from this account for now: {outcome.reason}.",
        "No letter is charged for it. Run outreach send again later; a quota under [relay] avoids this.",
        resume_at=now + (outcome.wait_seconds or _DAY),
    )


def refused_altogether(outcome: Outcome) -> Stop:
    """The relay refuses us, whatever the letter."""
    return Stop(
        Ended.STOPPED,
        5,
        f"The relay refuses to take letters from us: {outcome.reason}.",
        "No letter is charged for it. Check [sender] and [relay], or ask the relay's operator.",
    )


def login_refused(outcome: Outcome) -> Stop:
    """The relay refuses the login."""
    return Stop(
        Ended.STOPPED,
        4,
        f"The relay refused the login: {outcome.reason}.",
        "No letter is charged for it. Check username and password under [relay].",
    )
