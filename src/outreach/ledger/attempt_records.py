"""What the journal tells of an attempt: its intent, and what became of it. Met here: INTENDING and RESULTING."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from json.encoder import encode_basestring

from outreach import crashpoints
from outreach.crashpoints import CrashPoint
from outreach.ledger.journal import RecordKind, to_json
from outreach.ledger.run_values import Intent, Result
from outreach.ledger.transaction import Transaction
from outreach.model import Answer, Lost, RecipientState, Reply


def answer_columns(answer: Answer | None) -> tuple[str, int | None, str, str]:
    """Stage, code, enhanced code and text of an answer, empty where it has none."""
    if isinstance(answer, Reply):
        return answer.stage.value, answer.code, answer.enhanced, answer.text
    return ("" if answer is None else answer.stage.value), None, "", ""


def journal_intent(tx: Transaction, intent: Intent, addresses: Sequence[str]) -> None:
    """Tell the journal that this attempt is about to send its body to these."""
    tx.append(
        RecordKind.INTENT,
        at=intent.at,
        subject=(intent.delivery_id, intent.attempt),
        body=intent_body(intent),
        # The Message-ID is made from the contact's key, which may be an address.
        personal=intent_personal(intent, addresses),
    )
    if crashpoints.hook:
        crashpoints.hook(CrashPoint.INTENDING)


def journal_result(tx: Transaction, result: Result, kind: RecordKind) -> None:
    """Tell the journal what became of this attempt."""
    tx.append(
        kind,
        at=result.at,
        subject=(result.delivery_id, result.attempt),
        body=result_body(result),
        # What the relay says may name the recipient, and our reason may quote the relay.
        personal=result_personal(result),
    )
    if crashpoints.hook:
        crashpoints.hook(CrashPoint.RESULTING)


# The texts are those of `to_json`, written out where they are of a common shape: a tenth of the time.


def intent_body(intent: Intent) -> str:
    """What an intent's record says that names nobody."""
    named = ",".join(map(str, intent.named))
    return (
        f'{{"date":{intent.date!r},"digest":{encode_basestring(intent.digest)},"epoch":{intent.epoch},'
        f'"named":[{named}],"slice":{intent.slice},"units":{intent.units}}}'
    )


def intent_personal(intent: Intent, addresses: Sequence[str]) -> str:
    """What an intent's record says that names somebody."""
    to = ",".join(map(encode_basestring, addresses))
    return f'{{"message_id":{encode_basestring(intent.message_id)},"to":[{to}]}}'


def result_body(result: Result) -> str:
    """What a result's record says that names nobody."""
    outcome = result.outcome
    stage, code, enhanced, _ = answer_columns(outcome.answer)
    dot = outcome.answer.dot_written if isinstance(outcome.answer, Lost) else None
    recipients = tuple(map(_recipient_columns, result.recipients)) if len(result.recipients) > 1 else ()
    return _result_body(
        (result.state, outcome.kind, outcome.concern),
        (stage, code, enhanced),
        (result.charged, result.had_intent, dot),
        recipients,
    )


@lru_cache(256)
def _result_body(
    what: tuple[str, str, str],
    answer: tuple[str, int | None, str],
    flags: tuple[bool, bool, bool | None],
    recipients: tuple[tuple[str, str, int | None, str], ...],
) -> str:
    """Kept for the next: most letters of a run fare alike."""
    body: dict[str, object] = dict(zip(("state", "kind", "concern"), what, strict=True))
    body |= zip(("stage", "code", "enhanced"), answer, strict=True)
    charged, had_intent, dot = flags
    body |= {"charged": charged, "intent": had_intent}
    if dot is not None:
        body["dot"] = dot
    if recipients:
        body["recipients"] = recipients
    return to_json(body)


def result_personal(result: Result) -> str:
    """What a result's record says that may name somebody."""
    outcome = result.outcome
    text = answer_columns(outcome.answer)[3]
    if len(result.recipients) <= 1 and not isinstance(outcome.answer, Lost):
        return f'{{"reason":{encode_basestring(outcome.reason)},"reply":{encode_basestring(text)}}}'
    personal: dict[str, object] = {"reply": text, "reason": outcome.reason}
    if isinstance(outcome.answer, Lost):
        personal["lost"] = outcome.answer.reason
    if len(result.recipients) > 1:
        personal["recipients"] = [recipient.reply.text if recipient.reply else "" for recipient in result.recipients]
    return to_json(personal)


def _recipient_columns(recipient: RecipientState) -> tuple[str, str, int | None, str]:
    stage, code, enhanced, _ = answer_columns(recipient.reply)
    return recipient.state.value, stage, code, enhanced
