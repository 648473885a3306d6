"""Reads the database after the kills and says what is not as it must be. Every finding is a sentence with ids."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select, text

from integrations.demo.events import REPEATED
from store import audit
from store.tables import approvals, demo_events, inbox, outbox, runs, steps, turns
from store.tables import audit as audit_rows
from store.transitions import RUN
from tests.chaos.story import Told

ACTS = frozenset({"deployment", "restart", "routing"})
#: what the audit says where a run ends, or stops for a person to say what happened: each is told
ENDED = ("run.unknown", "run.succeeded", "run.failed", "run.rolled_back", "run.cancelled")
#: states of a step that has changed something
WROTE = frozenset({"done", "undone", "undo_failed"})


@dataclass
class Findings:
    """`wrong` is empty when all is well; `counts` are what was looked at."""

    wrong: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def check(conn: Connection, told: Told, waiting: frozenset[str] = frozenset()) -> Findings:
    """`waiting` are approvals that are left unanswered on purpose."""
    found = Findings()
    for part in (_messages, _order, _once_each, _runs, _effects, _chain):
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


def _runs(conn: Connection, told: Told, counts: Counter[str]) -> Iterator[str]:
    """Every run is over or unknown; its steps too; its end was put into the inbox once a version."""
    ends = Counter(
        row.payload["run_id"] for row in conn.execute(select(inbox.c.payload).where(inbox.c.kind == "ended"))
    )
    wanted = Counter(
        row.run_id for row in conn.execute(select(audit_rows.c.run_id).where(audit_rows.c.what.in_(ENDED)))
    )
    by_run: dict[str, list[Any]] = defaultdict(list)
    for step in conn.execute(select(steps)):
        by_run[step.run_id].append(step)
    for run in conn.execute(select(runs)):
        counts[f"runs {run.status}"] += 1
        counts["runs claimed again"] += run.fence > 1
        if run.status == "waiting":
            continue
        if run.status != "unknown" and RUN[run.status]:
            yield f"run {run.id} is stuck: {run.status}, owner {run.owner}, fence {run.fence}"
        elif run.fence > 0 and (not wanted[run.id] or ends[run.id] != wanted[run.id]):
            yield f"run {run.id} ended or stopped {wanted[run.id]} times and that was told {ends[run.id]} times"
        writes = [one for one in by_run[run.id] if one.effect == "write"]
        counts["runs with several writes"] += sum(one.status in WROTE for one in writes) > 1
        loose = [f"{one.id} {one.status}" for one in by_run[run.id] if one.status in ("new", "started")]
        if loose and run.status != "unknown":
            yield f"run {run.id} is {run.status} with steps {', '.join(loose)}"
    for run_id, status in told.runs.items():
        now = conn.execute(select(runs.c.status).where(runs.c.id == run_id)).scalar_one_or_none()
        if now != status:
            yield f"run {run_id} was seen {status} and is {now}"


def _effects(conn: Connection, told: Told, counts: Counter[str]) -> Iterator[str]:
    """The world's own log: one act for each write that is done, none twice, none for what did not happen."""
    acts: Counter[str] = Counter()
    for event in conn.execute(select(demo_events)):
        key = event.data.get("key")
        if event.kind == REPEATED:
            counts["acts asked for twice"] += 1
            if event.data["kind"] != "routing":
                yield f"the act {key} was asked for twice (event {event.seq})"
        elif key is not None and event.kind in ACTS:
            acts[key] += 1
    counts["acts"] += acts.total()
    unknown = select(audit_rows.c.seq).where(audit_rows.c.what == "step.unknown")
    counts["unknown outcomes"] += len(conn.execute(unknown).all())
    writes = conn.execute(select(steps).where(steps.c.effect.in_(("write", "dangerous")))).all()
    for step in writes:
        number = acts.pop(f"{step.run_id}:{step.id}", 0)
        undone = acts.pop(f"{step.run_id}:{step.id}:undo", 0)
        if number > 1 or undone > 1:
            yield f"step {step.id} of {step.run_id} acted {number} times, its undo {undone} times"
        if step.status in ("done", "undone") and number != 1:
            yield f"step {step.id} of {step.run_id} is {step.status} and acted {number} times"
        if step.status in ("new", "skipped") and number:
            yield f"step {step.id} of {step.run_id} is {step.status} and acted {number} times"
        if step.status == "failed" and number:
            yield f"step {step.id} of {step.run_id} is failed ({step.error}) and acted {number} times"
        if step.status == "undone" and undone != 1:
            yield f"step {step.id} of {step.run_id} is undone and its undo acted {undone} times"
    for key, number in acts.items():
        yield f"the act {key} happened {number} times and belongs to no step"


def _approvals(conn: Connection, waiting: frozenset[str]) -> Iterator[str]:
    for row in conn.execute(select(approvals).where(approvals.c.status == "pending")):
        if row.id not in waiting:
            yield f"approval {row.id} of run {row.run_id} is still pending, and nobody left it"
    for row in conn.execute(select(runs.c.id).where(runs.c.status == "waiting")):
        if not conn.execute(
            select(approvals.c.id).where(approvals.c.run_id == row.id, approvals.c.status == "pending")
        ).first():
            yield f"run {row.id} waits for an approval that is over"


def _chain(conn: Connection, told: Told, counts: Counter[str]) -> Iterator[str]:
    checked = audit.verify(conn)
    counts["audit rows"] += checked.rows
    if not checked.ok:
        yield f"the audit chain is broken at {checked.broken_at}: {checked.why}"


def _difference(wanted: list[str], there: list[str]) -> str:
    lost = [one for one in wanted if one not in there]
    more = [one for one, number in Counter(there).items() if number > wanted.count(one)]
    if lost or more:
        return f"lost {lost}, too many {more}"
    return f"order was {wanted}, is {there}"
