"""The log: deliveries by row, or attempts by time, some at a time, so that reading a long one holds up nobody."""

from __future__ import annotations

import json
from typing import Any

import apsw

from outreach.ledger.encoding import contact_from_json
from outreach.ledger.journal import to_json
from outreach.ledger.past import journalled_recipients
from outreach.ledger.queries import fetch_rows, sql
from outreach.ledger.recipients import Standing, recipient_states, standings_of
from outreach.ledger.record_values import LogEntry, LogFilter
from outreach.model import State

PAGE = 500

Place = tuple[int, int]  # of the last entry: its row and delivery, or its seq in the chain and zero
START: Place = (-1, 0)


def list_scopes(db: apsw.Connection, log_filter: LogFilter, *, attempts: bool) -> list[int]:
    """What the log is read from, in order: the campaigns, or for attempts the journal's chains of runs."""
    query = sql("log_chains" if attempts else "log_campaigns")
    return [int(row[0]) for row in db.execute(query, {"campaign": log_filter.campaign_id or None})]


def page_log(
    db: apsw.Connection,
    log_filter: LogFilter,
    scope: int,
    after: Place,
    *,
    attempts: bool,
) -> tuple[list[LogEntry], Place | None]:
    """The next entries of a scope, and the place of the last of them; None where that was the end."""
    parameters = {**_parameters(log_filter), "scope": scope, "after": after[0], "after_delivery": after[1]}
    rows = fetch_rows(db, "log_attempts" if attempts else "log_deliveries", parameters)
    place = (rows[-1][0], rows[-1][1]) if len(rows) == PAGE else None
    if attempts:
        return [_attempt_entry(row) for row in rows], place
    several = standings_of(db, [row[1] for row in rows if row[2] > 1])
    return [_delivery_entry(row, several.get(row[1])) for row in rows], place


def _parameters(log_filter: LogFilter) -> dict[str, int | float | str | None]:
    # Only * and ? are special to us; to SQLite's GLOB a bracket is, too.
    glob = log_filter.address_glob.replace("[", "[[]")
    return {
        "states": to_json(list(log_filter.states)) if log_filter.states else None,
        "glob": glob or None,
        "since": log_filter.since,
        "limit": PAGE,
    }


def _delivery_entry(row: tuple[Any, ...], several: list[Standing] | None) -> LogEntry:
    (row_number, _, _, campaign, address, contact_json, state, attempts, relay, *last) = row
    stage, code, enhanced, reply, reason, message_id, updated_at = last
    contact = contact_from_json(contact_json, row=row_number)
    single: Standing = (state, stage, code, enhanced, reply)
    several = [_ended_with(standing, state) for standing in several or ()]
    return LogEntry(
        campaign=campaign,
        address=address,
        name=contact.to[0].name,
        row=row_number,
        state=state,
        attempts=attempts,
        relay=relay,
        stage=stage,
        code=code,
        enhanced=enhanced,
        reply=reply,
        reason=reason,
        message_id=message_id,
        updated_at=updated_at,
        recipients=recipient_states(contact, several or [single]),
    )


def _ended_with(standing: Standing, state: str) -> Standing:
    """A recipient that still waits of a delivery that was given up: nothing leaves for it either."""
    given_up = state in (State.CANCELLED, State.SUPPRESSED) and standing[0] in (State.PLANNED, State.DEFERRED)
    return (state, *standing[1:]) if given_up else standing


def _attempt_entry(row: tuple[Any, ...]) -> LogEntry:
    (_, _, row_number, campaign, address, contact_json, attempt, relay, message_id, at, body_json, private) = row
    body: dict[str, Any] = json.loads(body_json)
    personal: dict[str, Any] = json.loads(private) if private else {}
    contact = contact_from_json(contact_json, row=row_number)
    return LogEntry(
        campaign=campaign,
        address=address,
        name=contact.to[0].name,
        row=row_number,
        state=body["kind"],
        attempts=attempt,
        relay=relay,
        stage=body.get("stage", ""),
        code=body.get("code"),
        enhanced=body.get("enhanced", ""),
        reply=personal.get("reply", ""),
        reason=personal.get("reason", ""),
        message_id=message_id,
        updated_at=at,
        recipients=journalled_recipients(contact, body, personal),
    )
