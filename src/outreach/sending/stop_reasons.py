"""The reasons for which a run stops before its end, in words."""

from __future__ import annotations

from collections.abc import Sequence

from outreach.clock import local_iso, local_time
from outreach.model import Lost, Outcome, Reply
from outreach.policy.rules import WANTS_LOGIN
from outreach.preflight.advice import login_advice, says_no_token, sender_advice
from outreach.sending.stop import Ended, Stop

_DAY = 86400.0
_NO_LOGIN = "Set username and password under [relay]."

INTERRUPTED = Stop(
    Ended.INTERRUPTED, 130, "Interrupted: what had left is recorded.", "Run outreach send again to go on."
)
FINDINGS_FORBID = Stop(
    Ended.STOPPED,
    3,
    "Nothing was sent: the errors above must be mended first.",
    "Mend them, then outreach check. outreach check --bad-rows FILE writes the rows with errors.",
)


def warnings_forbid(codes: Sequence[str]) -> Stop:
    """Warnings that nobody has accepted."""
    return Stop(
        Ended.STOPPED,
        3,
        "Nothing was sent: the warnings above ask for your word.",
        f"Mend what they are about; or, where it is meant, say --accept {','.join(codes)}.",
    )


FAULT = Stop(Ended.STOPPED, 2, "A fault in outreach itself.", "What had left is recorded; please report it.")
PAUSED = Stop(Ended.STOPPED, 5, "The campaign is paused in the ledger.", "Run outreach send again when it goes on.")

INTERRUPTED_WAITING = Stop(
    Ended.INTERRUPTED, 130, "Interrupted while waiting: nothing was sent.", "All is planned: run outreach send again."
)
HELD_BACK = Stop(
    Ended.STOPPED,
    5,
    "The ledger holds the campaign back: its not_before has not come.",
    "Run outreach send again later.",
)

OTHER_RELAY = Stop(
    Ended.STOPPED,
    3,
    "Another server answers now: the relay has become the test sink, or no longer is it.",
    "No more was sent. See to it that the right one answers, then run outreach send again.",
)


def not_yet(time: float, setting: str) -> Stop:
    """Nothing may leave yet, for longer than the run waits."""
    return Stop(
        Ended.STOPPED,
        5,
        f"Nothing may leave before {local_time(time):%Y-%m-%d %H:%M} ({setting})",
        f"Run outreach send then; or leave it waiting: outreach send --at {local_iso(time)}",
        resume_at=time,
    )


def overslept(now: float, late_seconds: float) -> Stop:
    """The time to start has long passed."""
    return Stop(
        Ended.STOPPED,
        3,
        f"It is {local_time(now):%H:%M}, {late_seconds / 60:.0f} min past the time to start: "
        "this machine was asleep or busy.",
        "Nothing was sent. Run outreach send when it is right.",
    )


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
        f"The relay takes no more from this account for now: {_said(outcome)}.",
        "No letter is charged for it. Run outreach send again later; a quota under [relay] avoids this.",
        resume_at=now + (outcome.wait_seconds or _DAY),
    )


def content_refused(outcome: Outcome, count: int) -> Stop:
    """Letters are refused for what they say or how they are made: the next ones would be too."""
    return Stop(
        Ended.STOPPED,
        5,
        f"The relay refused {count} letters for their content: {_said(outcome)}.",
        "The rest is kept back. Look at outreach log --state failed; mend the letter, then outreach retry.",
    )


def refused_alike(outcome: Outcome, count: int) -> Stop:
    """Every recipient is refused with the same words, and none has been accepted."""
    return Stop(
        Ended.STOPPED,
        5,
        f"The relay refused {count} recipients in a row with the same words, and took none: {_said(outcome)}.",
        "The rest is kept back. If it refuses you, ask its operator, then outreach retry; else outreach send goes on.",
    )


def answers_lost(outcome: Outcome, count: int) -> Stop:
    """The final answers do not come: every further letter would be unsure too."""
    return Stop(
        Ended.STOPPED,
        5,
        f"The answers to {count} letters in a row were lost: {outcome.reason}.",
        "The rest is kept back. Ask the relay's operator; outreach resolve lists what is unsure.",
    )


def distrusted(outcome: Outcome, count: int) -> Stop:
    """Letters are put off for reasons of policy or reputation: the relay distrusts us, not the recipients."""
    return Stop(
        Ended.STOPPED,
        5,
        f"The relay put off {count} letters in a row because of who sends them: {_said(outcome)}.",
        "The rest is kept back. Ask the relay's operator, or send more slowly later on.",
    )


def _said(outcome: Outcome) -> str:
    """The reason, and the relay's own words."""
    answer = outcome.answer
    return f"{outcome.reason} ({answer.code} {answer.text})" if isinstance(answer, Reply) else outcome.reason


def refused_altogether(outcome: Outcome, account: str) -> Stop:
    """The relay refuses us, whatever the letter."""
    if outcome.reason == WANTS_LOGIN:
        return login_refused(outcome, account)
    advice = sender_advice(_host(account), outcome.answer) or "Check [sender] and [relay], or ask the relay's operator."
    return Stop(
        Ended.STOPPED,
        5,
        f"The relay refuses to take letters from us: {_said(outcome)}.",
        f"No letter is charged for it. {advice}",
    )


def login_refused(outcome: Outcome, account: str) -> Stop:
    """The relay refuses the login of this account, or wants one and got none."""
    logs_in = "@" in account
    advice = login_advice(_host(account), outcome.answer) if logs_in and outcome.answer else _NO_LOGIN
    answer = outcome.answer
    missing = answer.reason if isinstance(answer, Lost) and says_no_token(answer) else ""
    return Stop(
        Ended.STOPPED,
        4,
        f"The login is not possible: {missing}." if missing else f"The relay refused the login: {_said(outcome)}.",
        f"No letter is charged for it. {advice}",
    )


def _host(account: str) -> str:
    """The host of username@host:port."""
    return account.rpartition("@")[2].rpartition(":")[0]
