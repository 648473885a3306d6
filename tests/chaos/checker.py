"""Reads the database after the kills and says what is not as it must be. Every finding is a sentence with ids."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from sqlalchemy import Connection, select, text

from integrations.demo.events import REPEATED
from store.tables import approvals, demo_events, inbox, outbox, runs, turns
from store.tables import audit as audit_rows
from tests.chaos.history import Calls, Findings, history
from tests.chaos.story import Told

ACTS = frozenset({"deployment", "restart", "routing"})


def check(conn: Connection, told: Told, waiting: frozenset[str] = frozenset()) -> Findings:
    """`waiting` are approvals that are left unanswered on purpose."""
    found = history(conn, Calls(done(conn)))
    for part in (_messages, _order, _once_each, _seen, _acts):
        found.wrong += part(conn, told, found.counts)
    found.wrong += _approvals(conn, waiting)
    if conn.dialect.name == "sqlite":
        state = conn.execute(text("PRAGMA integrity_check")).scalar_one()
        found.wrong += [] if state == "ok" else [f"SQLite's integrity check: {state}"]
    return found


def settled(conn: Connection) -> str | None:
    """What still moves, in words; None: nothing does."""
    open_rows = conn.execute(
        select(inbox.c.id, inbox.c.kind, inbox.c.status, inbox.c.owner, inbox.c.attempts).where(
            inbox.c.status.in_(("new", "claimed"))
        )
    ).all()
    live = conn.execute(
        select(runs.c.id, runs.c.status, runs.c.owner, runs.c.fence, runs.c.lease_until).where(
            runs.c.status.in_(("queued", "running", "undoing"))
        )
    ).all()
    if not open_rows and not live:
        return None
    return f"inbox {[tuple(row) for row in open_rows]}, runs {[tuple(row) for row in live]}"


def _messages(conn: Connection, told: Told, counts: Counter[str]) -> Iterator[str]:
    """What was acknowledged is there, done, and answered with exactly what the client was told."""
    rows = {row.id: row for row in conn.execute(select(inbox).where(inbox.c.kind == "message"))}
    replies = {row.key: row.body for row in conn.execute(select(outbox).where(outbox.c.kind == "reply"))}
    for said in told.messages:
        row = rows.pop(said.request_id, None)
        body = replies.get(f"reply:{said.request_id}")
        if row is None:
            yield f"message {said.request_id} ({said.text!r}) was acknowledged and is not in the inbox"
        elif row.status != "done" or row.payload["text"] != said.text:
            yield f"message {said.request_id} was acknowledged and is {row.status}: {row.payload}"
        elif body is None or body["text"] != said.answer:
            yield f"message {said.request_id} was answered {said.answer!r}, stored is {body and body['text']!r}"
    counts["messages acknowledged"] += len(told.messages)
    for row in rows.values():
        yield f"message {row.id} ({row.payload['text']!r}, {row.event_id}) was taken once more than it was sent"


def _order(conn: Connection, told: Told, counts: Counter[str]) -> Iterator[str]:
    """One turn a message, in the order they were sent."""
    sent: dict[str, list[str]] = defaultdict(list)
    for said in told.messages:
        sent[said.session].append(said.request_id)
    for session, wanted in sent.items():
        kept = select(turns.c.request_id).where(turns.c.conversation == session).order_by(turns.c.seq)
        there = list(conn.execute(kept).scalars())
        if there != wanted:
            yield f"turns of {session}: {_difference(wanted, there)}"


def _once_each(conn: Connection, told: Told, counts: Counter[str]) -> Iterator[str]:
    """Every decision and every end was handled, once, and said, once."""
    posts = Counter(conn.execute(select(outbox.c.key)).scalars())
    rows = conn.execute(select(inbox).where(inbox.c.kind != "message")).all()
    for row in rows:
        counts[f"{row.kind} rows"] += 1
        if row.status != "done":
            yield f"{row.event_id} is {row.status} after {row.attempts} attempts: {row.error}"
        if row.kind == "ended" and posts[row.event_id] != 1:
            yield f"the end {row.event_id} was said {posts[row.event_id]} times"
    for key, number in posts.items():
        if number > 1:
            yield f"post {key} is there {number} times"


def _seen(conn: Connection, told: Told, counts: Counter[str]) -> Iterator[str]:
    """What a client saw of a run's end is still so."""
    for run_id, status in told.runs.items():
        now = conn.execute(select(runs.c.status).where(runs.c.id == run_id)).scalar_one_or_none()
        if now != status:
            yield f"run {run_id} was seen {status} and is {now}"


def _acts(conn: Connection, told: Told, counts: Counter[str]) -> Iterator[str]:
    """The company is asked for no act twice, but for those that may be repeated."""
    for event in conn.execute(select(demo_events).where(demo_events.c.kind == REPEATED)):
        counts["acts asked for twice"] += 1
        if event.data["kind"] != "routing":
            yield f"the act {event.data['key']} was asked for twice (event {event.seq})"
    unknown = select(audit_rows.c.seq).where(audit_rows.c.what == "step.unknown")
    counts["unknown outcomes"] += len(conn.execute(unknown).all())


def done(conn: Connection) -> Counter[str]:
    """How often each key took effect, as the company's own log has it."""
    rows = conn.execute(select(demo_events).where(demo_events.c.kind.in_(ACTS)))
    return Counter(row.data["key"] for row in rows if "key" in row.data)


def _approvals(conn: Connection, waiting: frozenset[str]) -> Iterator[str]:
    for row in conn.execute(select(approvals).where(approvals.c.status == "pending")):
        if row.id not in waiting:
            yield f"approval {row.id} of run {row.run_id} is still pending, and nobody left it"
    for row in conn.execute(select(runs.c.id).where(runs.c.status == "waiting")):
        if not conn.execute(
            select(approvals.c.id).where(approvals.c.run_id == row.id, approvals.c.status == "pending")
        ).first():
            yield f"run {row.id} waits for an approval that is over"


def _difference(wanted: list[str], there: list[str]) -> str:
    lost = [one for one in wanted if one not in there]
    more = [one for one, number in Counter(there).items() if number > wanted.count(one)]
    if lost or more:
        return f"lost {lost}, too many {more}"
    return f"order was {wanted}, is {there}"
