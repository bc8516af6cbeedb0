"""A relay that lacks SMTPUTF8 (RFC 6531): the copies that it can't carry fail, so that the others still get theirs."""

from __future__ import annotations

from outreach.model import OPEN_STATES, Delivery, Outcome, Reply, Role, Stage
from outreach.policy.outcome import judge
from outreach.sending.attempt import Attempt
from outreach.sending.messages import Messages
from outreach.sending.orders import Composed


def fit(attempt: Attempt, messages: Messages) -> Attempt:
    """The attempt without those copies, as a message without raw UTF-8.

    The same attempt where that does not help: a To is needed, and the sender's own address as well. The relay's
    answer to those is known without asking.
    """
    delivery = attempt.delivery
    unreachable = _unreachable(delivery)
    if any(delivery.recipients[index].role is Role.TO for index in unreachable):
        return attempt
    composed: Composed = messages.without_smtputf8(delivery, date=attempt.date)
    if composed.message.needs_smtputf8:
        return attempt
    return Attempt(delivery, composed.message, date=composed.date, digest=composed.digest, unreachable=unreachable)


def _unreachable(delivery: Delivery) -> dict[int, Outcome]:
    """The outstanding recipients that it can't be asked for, by index, with the answer that it would have to give."""
    return {
        index: judge(_answer(one.mailbox.address))
        for index, one in enumerate(delivery.recipients)
        if one.state in OPEN_STATES and one.mailbox.needs_smtputf8
    }


def _answer(address: str) -> Reply:
    text = f"{address} can only be written to with SMTPUTF8, which the relay does not offer"
    return Reply(Stage.RCPT, 553, "5.6.7", text)
