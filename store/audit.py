"""The audit: append-only, each row chained by sha256 to the one before it.

One head row says where the chain ends, so that rows cut off its end are missed too. Whoever can rewrite every row *and*
the head can forge the whole chain: export the last hash to another place if that matters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Text, bindparam, cast, or_, select, update
from sqlalchemy import insert as plain_insert

from store.canonical import canonical
from store.hide import hidden, hidden_in
from store.records import AuditEntry, AuditRow
from store.tables import audit, audit_head, clean
from store.writer import HEAD_LOCKED, STAMP

START = "0" * 64

_HEAD = select(audit_head.c.seq, audit_head.c.hash).where(audit_head.c.id == 1)
_LOCK = _HEAD.with_for_update()
_MOVE = update(audit_head).where(audit_head.c.id == 1).values(seq=bindparam("to"), hash=bindparam("link"))
_INSERT = plain_insert(audit)
_ALL = select(audit).order_by(audit.c.seq)


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """`broken_at` is the seq of the first row that does not fit, None when all do; `why` says it in words."""

    ok: bool
    rows: int
    broken_at: int | None
    why: str


def append(conn: Connection, entry: AuditEntry, now: float) -> AuditRow:
    """Add a link. The head stays locked to the end of the transaction, so call it after every other lock."""
    head = conn.execute(_LOCK).one()
    conn.info[HEAD_LOCKED] = True
    columns: dict[str, Any] = {
        "seq": head.seq + 1,
        "at": float(now),
        "actor": clean(entry.actor),
        "acting_as": None if entry.acting_as is None else clean(entry.acting_as),
        "what": clean(entry.what),
        "subject": clean(hidden(conn, entry.subject)),
        "subject_id": clean(entry.subject_id),
        "run_id": entry.run_id,
        "detail": {**hidden_in(conn, entry.detail), **conn.info.get(STAMP, {})},
    }
    link = _link(head.hash, columns)
    row = AuditRow(**columns, prev_hash=head.hash, hash=link)
    conn.execute(_INSERT, columns | {"prev_hash": head.hash, "hash": link})
    conn.execute(_MOVE, {"to": row.seq, "link": link})
    return row


def rows(conn: Connection, run_id: str | None = None, after: int = 0, limit: int = 500) -> list[AuditRow]:
    """Rows with a seq above `after`, oldest first, of one run or of all."""
    wanted = _ALL.where(audit.c.seq > after).limit(limit)
    if run_id is not None:
        wanted = wanted.where(audit.c.run_id == run_id)
    return [AuditRow(*row) for row in conn.execute(wanted)]


def between(conn: Connection, start: float, end: float, most: int = 5000) -> list[AuditRow]:
    """The newest `most` rows written in [start, end), newest first."""
    wanted = (
        select(audit).where(audit.c.at >= start, audit.c.at < end).order_by(audit.c.seq.desc()).limit(most)
    )
    return [AuditRow(*row) for row in conn.execute(wanted)]


def search(
    conn: Connection,
    *,
    words: str = "",
    what: str = "",
    run_id: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[AuditRow]:
    """Newest first, below the seq `before`: rows that hold every one of `words` in who, what, whom or why.

    `what` is the beginning of what was done (`approval.`, `run.cancelled`); case does not matter.
    """
    wanted = select(audit).order_by(audit.c.seq.desc()).limit(limit)
    for word in words.split()[:8]:
        held = (audit.c.actor, audit.c.acting_as, audit.c.what, audit.c.subject_id, audit.c.run_id)
        anywhere = [column.icontains(word, autoescape=True) for column in held]
        anywhere.append(cast(audit.c.detail, Text).icontains(word, autoescape=True))
        wanted = wanted.where(or_(*anywhere))
    if what:
        wanted = wanted.where(audit.c.what.startswith(what, autoescape=True))
    if run_id is not None:
        wanted = wanted.where(audit.c.run_id == run_id)
    if before is not None:
        wanted = wanted.where(audit.c.seq < before)
    return [AuditRow(*row) for row in conn.execute(wanted)]


def head(conn: Connection) -> tuple[int, str]:
    """The last row's seq and hash (0 and 64 zeros while there is none)."""
    row = conn.execute(_HEAD).one()
    return row.seq, row.hash


def verify(conn: Connection) -> AuditCheck:
    """Recompute the whole chain and compare its end with the head. Rows are read in parts, memory stays flat."""
    head = conn.execute(_HEAD).one_or_none()
    if head is None:
        return AuditCheck(False, 0, 1, "the head row is missing: the chain's end cannot be known")
    count, link = 0, START
    for row in _every(conn):
        why = _fault(row, count + 1, link)
        if why is not None:
            return AuditCheck(False, count, row.seq if row.seq <= count + 1 else count + 1, why)
        count, link = row.seq, row.hash
    if (count, link) != (head.seq, head.hash):
        why = f"the chain ends at row {count}, its head says row {head.seq}: rows were cut off or added"
        return AuditCheck(False, count, min(count, head.seq) + 1, why)
    return AuditCheck(True, count, None, f"{count} rows, unbroken")


def _fault(row: AuditRow, seq: int, link: str) -> str | None:
    if row.seq != seq:
        return f"row {seq} is missing: row {row.seq} follows row {seq - 1}"
    if row.prev_hash != link:
        return f"row {seq} does not name the hash of the row before it: rows were exchanged or replaced"
    columns = {name: getattr(row, name) for name in audit.c.keys() if name not in ("prev_hash", "hash")}  # noqa: SIM118
    if row.hash != _link(link, columns):
        return f"row {seq} was changed after it was written"
    return None


def _every(conn: Connection, part: int = 1000) -> Iterable[AuditRow]:
    after = 0
    while True:
        some = rows(conn, after=after, limit=part)
        yield from some
        if len(some) < part:
            return
        after = some[-1].seq


def _link(prev_hash: str, columns: dict[str, Any]) -> str:
    return hashlib.sha256((prev_hash + canonical(columns)).encode("ascii")).hexdigest()
