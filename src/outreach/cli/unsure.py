"""What is unsure, with all that is known: for people, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.cli.terminal import ARROW, clock_time, data, print_json, say

if TYPE_CHECKING:
    from outreach.ledger.record_values import Past, Undecided
    from outreach.model import RecipientState


def list_unsure(unsure: tuple[Undecided, ...]) -> None:
    """Print each letter with what came before it, and how to decide."""
    console = data()
    if not unsure:
        say(console, "Nothing is unsure.")
        return
    for one in unsure:
        attempt = f"attempt {one.attempts} at {clock_time(one.at)} through {one.relay}"
        say(console, (one.address, "magenta"), f" {one.name} (row {one.row}): {attempt}")
        say(console, f"{one.reason}; Message-ID {one.message_id}", before="  ")
        for recipient in one.recipients if len(one.recipients) > 1 else ():
            say(console, _recipient_words(recipient), before="  ")
        for past in one.past:
            say(console, _past_words(past), before="  before: ")
        if not one.past:
            say(console, "before: nothing, this was the first attempt", before="  ")
    say(
        console,
        "Ask the recipient or the relay's log for the Message-ID, then: outreach resolve --sent ADDRESS, "
        "or outreach resolve --resend ADDRESS.",
        before=ARROW,
    )


def print_unsure(unsure: tuple[Undecided, ...]) -> None:
    """One object a line."""
    from outreach.report.unsure import unsure_json

    for one in unsure:
        print_json(unsure_json(one))


def _recipient_words(recipient: RecipientState) -> str:
    reply = recipient.reply
    said = f", {reply.stage.value}: {_reply(reply.code, reply.enhanced, reply.text)}" if reply else ""
    return f"{recipient.role.value} {recipient.mailbox.address}: {recipient.state.value}{said}"


def _past_words(past: Past) -> str:
    if past.who:
        return f"{clock_time(past.at)} {past.what} by {past.who}"
    said = _reply(past.code, past.enhanced, past.reply) if past.code else past.reason
    stage = f"{past.stage}: " if past.code else ""
    through = f" through {past.relay}" if past.relay else ""
    return f"attempt {past.attempt} at {clock_time(past.at)}{through} was {past.what}, {stage}{said}"


def _reply(code: int | None, enhanced: str, text: str) -> str:
    return " ".join(part for part in (str(code or ""), enhanced, text) if part)
