"""Suppression lists of others that came as keyed digests: what is on them is found by whoever has the address.

Where an address that we plan to write to is on one, it goes on our own list, so that taking a slice and the intent look
in one place only, whatever came how.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence

import apsw

from outreach.ledger.journal import RecordKind, to_json
from outreach.ledger.queries import fetch_rows, sql
from outreach.ledger.record_values import HashedSource, HashedSuppression, Suppression
from outreach.ledger.transaction import Transaction

_PAGE = 2000


def hash_address(salt: bytes, key: str) -> str:
    """HMAC-SHA-256 of an address key, in UTF-8, by the salt; 64 hex digits."""
    return hmac.digest(salt, key.encode(errors="surrogatepass"), "sha256").hex()


def add_hashed(tx: Transaction, entries: Sequence[HashedSuppression]) -> int:
    """Add digests; returns how many were new."""
    if not entries:
        return 0
    new = 0
    for salt in dict.fromkeys(entry.salt for entry in entries):
        tx.db.execute(sql("note_hashed_list"), (salt,))
    for entry in entries:
        tx.db.execute(sql("add_hashed"), (entry.salt, entry.digest, entry.reason, entry.source, entry.at))
        new += tx.db.changes()
    at = max(entry.at for entry in entries)
    chain = tx.open_chain(None, who=entries[0].source, at=at)
    tx.record(chain, RecordKind.DECISION, at=at, body={"what": "suppress hashed", "new": new})
    return new


def remove_hashed(tx: Transaction, key: str, salts: Sequence[bytes]) -> bool:
    """Take an address off these lists; whether it was on any."""
    removed = False
    for salt in salts:
        tx.db.execute(sql("remove_hashed"), (salt, hash_address(salt, key)))
        removed = removed or tx.db.changes() > 0
    return removed


def hashed_salts(db: apsw.Connection, *, after: int = 0) -> tuple[list[bytes], int]:
    """The salts of the lists that changed after a revision, and the last revision."""
    rows = fetch_rows(db, "hashed_lists", {"after": after})
    return [salt for salt, _ in rows], rows[0][1] if rows else after


def find_hashed(db: apsw.Connection, addresses: Mapping[str, str], salts: Sequence[bytes]) -> list[Suppression]:
    """Those of the addresses, by key, that are on these lists, as entries of our own list."""
    found: dict[str, Suppression] = {}
    for salt in salts:
        keys = {hash_address(salt, key): key for key in addresses}
        for digest, reason, source, at in fetch_rows(db, "find_hashed", {"salt": salt, "digests": to_json(list(keys))}):
            key = keys[digest]
            found.setdefault(key, Suppression(key, addresses[key], reason, source, at))
    return list(found.values())


def page_hashed(db: apsw.Connection, after: HashedSuppression | None) -> list[HashedSuppression]:
    """The next digests, in order of salt and digest; from the first where none is given."""
    place = {"salt": after.salt if after else b"", "digest": after.digest if after else "", "limit": _PAGE}
    return [HashedSuppression(*row) for row in fetch_rows(db, "page_hashed", place)]


def count_hashed(db: apsw.Connection) -> tuple[HashedSource, ...]:
    """How many digests came from whom."""
    return tuple(HashedSource(*row) for row in fetch_rows(db, "count_hashed"))


def find_open_hashed(db: apsw.Connection, salts: Sequence[bytes], *, after: int) -> tuple[list[Suppression], int]:
    """Of the next open deliveries the addresses that are on these lists, and where to go on; 0 at the end."""
    rows = fetch_rows(db, "page_open_addresses", {"after": after, "limit": _PAGE})
    copies = fetch_rows(db, "open_copies_of", {"deliveries": to_json([row[0] for row in rows])})
    addresses = {**dict(copies), **{key: address for _, key, address in rows}}
    return find_hashed(db, addresses, salts), rows[-1][0] if len(rows) == _PAGE else 0


# --- the roster -------------------------------------------------------------------------------------------------------


def note_listed(db: apsw.Connection, addresses: Mapping[str, str], salts: Sequence[bytes]) -> None:
    """Note which of some addresses, by key, that the roster takes in are on these lists."""
    for entry in find_hashed(db, addresses, salts):
        db.execute(sql("note_listed"), (entry.key, entry.address, entry.reason, entry.source, entry.at))


def find_listed(db: apsw.Connection, *, after: int) -> list[Suppression]:
    """The addresses of the roster that are on any list, those that changed after a revision looked at once more."""
    salts, _ = hashed_salts(db, after=after)
    if salts:
        for page in _pages(db):
            note_listed(db, dict.fromkeys(page, ""), salts)
    return [Suppression(key, address or key, *rest) for key, address, *rest in fetch_rows(db, "find_listed")]


def _pages(db: apsw.Connection) -> Iterator[Iterable[str]]:
    number = position = -1
    while rows := fetch_rows(db, "page_roster_addresses", {"number": number, "position": position, "limit": _PAGE}):
        yield [key for _, _, key in rows]
        number, position, _ = rows[-1]
