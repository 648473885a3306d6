"""What must hold of every history, whatever was done to it: the ledger, its audit and the target's own log agree.

Every finding is a sentence with ids. Each scene adds what is particular to it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from store import audit
from store.policy_tables import reviews, standing_uses
from store.tables import approvals, decisions, inbox, runs, steps
from store.tables import audit as audit_rows
from store.transitions import RUN

WRITES = frozenset({"write", "dangerous"})
#: what the audit says where a run ends, or stops for a person to say what happened: each is told
ENDED = ("run.unknown", "run.succeeded", "run.failed", "run.rolled_back", "run.cancelled")
#: states of a step that has changed something
WROTE = frozenset({"done", "undone", "undo_failed"})
#: seconds after the switch in which a step that was being marked may still begin
SWITCH = 1.0


@dataclass
class Calls:
    """The target's log: how often each key (`run:step`, `run:step:undo`) was called, and how often it took effect.

    `begun` None: calls are not logged, only effects.
    """

    done: Counter[str]
    begun: Counter[str] | None = None


@dataclass
class Findings:
    """`wrong` is empty when all is well; `counts` are what was looked at."""

    wrong: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def history(conn: Connection, calls: Calls) -> Findings:
    """Read all of it at rest: no worker runs, nobody clicks."""
    found = Findings()
    rows = list(conn.execute(select(audit_rows).order_by(audit_rows.c.seq)))
    found.wrong += _runs(conn, rows, found.counts)
    found.wrong += _effects(conn, calls, found.counts)
    found.wrong += _marked(rows, calls)
    found.wrong += _fences(rows)
    found.wrong += _switch(rows, found.counts)
    found.wrong += _consent(conn, rows, found.counts)
    found.wrong += _decided(conn, found.counts)
    found.wrong += _chain(conn, found.counts)
    return found


def _runs(conn: Connection, rows: list[Any], counts: Counter[str]) -> Iterator[str]:
    """Every run is over or unknown, its steps too; each end, and each stop for a person, was told once."""
    told = Counter(
        one["run_id"]
        for one in conn.execute(select(inbox.c.payload).where(inbox.c.kind == "ended")).scalars()
    )
    wanted = Counter(row.run_id for row in rows if row.what in ENDED)
    by_run: dict[str, list[Any]] = defaultdict(list)
    for step in conn.execute(select(steps)):
        by_run[step.run_id].append(step)
    for run in conn.execute(select(runs)):
        counts[f"runs {run.status}"] += 1
        counts["runs claimed again"] += run.fence > 1
        if run.status == "waiting":
            continue
        if run.status not in ("unknown", "paused") and RUN[run.status]:
            yield f"run {run.id} is stuck: {run.status}, owner {run.owner}, fence {run.fence}"
        elif (
            run.fence > 0
            and run.status != "paused"
            and (not wanted[run.id] or told[run.id] != wanted[run.id])
        ):
            yield f"run {run.id} ended or stopped {wanted[run.id]} times and that was told {told[run.id]} times"
        writes = [one for one in by_run[run.id] if one.effect in WRITES]
        counts["runs with several writes"] += sum(one.status in WROTE for one in writes) > 1
        loose = [f"{one.id} {one.status}" for one in by_run[run.id] if one.status in ("new", "started")]
        if loose and run.status not in ("unknown", "paused") and run.fence > 0:
            yield f"run {run.id} is {run.status} with steps {', '.join(loose)}"


def _effects(conn: Connection, calls: Calls, counts: Counter[str]) -> Iterator[str]:
    """One effect for each write that is done, none twice, none for what did not happen, none of no step."""
    acts = Counter(calls.done)
    counts["acts"] += acts.total()
    for step in conn.execute(select(steps).where(steps.c.effect.in_(WRITES))):
        number = acts.pop(f"{step.run_id}:{step.id}", 0)
        undone = acts.pop(f"{step.run_id}:{step.id}:undo", 0)
        if number > 1 or undone > 1:
            yield f"step {step.id} of {step.run_id} acted {number} times, its undo {undone} times"
        if step.status in ("done", "undone") and number != 1:
            yield f"step {step.id} of {step.run_id} is {step.status} and acted {number} times"
        if step.status in ("new", "skipped", "failed") and number:
            yield f"step {step.id} of {step.run_id} is {step.status} ({step.error}) and acted {number} times"
        if step.status == "undone" and undone != 1:
            yield f"step {step.id} of {step.run_id} is undone and its undo acted {undone} times"
    for key, number in acts.items():
        yield f"the act {key} happened {number} times and belongs to no step"


def _marked(rows: list[Any], calls: Calls) -> Iterator[str]:
    """Nothing was called, or took effect, more often than it was marked as started before."""
    marked = Counter(
        f"{row.run_id}:{row.subject_id}" + (":undo" if row.what == "step.undo_started" else "")
        for row in rows
        if row.what in ("step.started", "step.undo_started")
    )
    for key, number in (calls.done if calls.begun is None else calls.begun).items():
        if number > marked[key]:
            yield f"{key} was called {number} times and marked as started {marked[key]} times"


def _fences(rows: list[Any]) -> Iterator[str]:
    """A worker whose run was claimed by another writes nothing more of it."""
    newest: dict[str, int] = {}
    for row in rows:
        fence = row.detail.get("fence") if row.run_id else None
        if fence is None:
            continue
        if fence < newest.get(row.run_id, 0):
            yield f"row {row.seq} ({row.what} of {row.run_id}) is of fence {fence}, after {newest[row.run_id]}"
        newest[row.run_id] = max(fence, newest.get(row.run_id, 0))


def _switch(rows: list[Any], counts: Counter[str]) -> Iterator[str]:
    """While everything is stopped nothing starts."""
    since: float | None = None
    for row in rows:
        if row.what == "work.stopped":
            since = row.at
            counts["everything stopped"] += 1
        elif row.what == "work.resumed":
            since = None
        elif since is not None and row.what in ("step.started", "step.undo_started"):
            if row.at > since + SWITCH:
                yield f"step {row.subject_id} of {row.run_id} started {row.at - since:.2f} s after the switch"
        elif since is not None and row.what == "run.claimed" and row.at > since + SWITCH:
            yield f"run {row.run_id} was claimed {row.at - since:.2f} s after the switch"


def _consent(conn: Connection, rows: list[Any], counts: Counter[str]) -> Iterator[str]:
    """What changed something had been approved as it is, agreed to in advance, or broke glass."""
    agreed = {row.run_id for row in conn.execute(select(standing_uses.c.run_id))}
    agreed |= {row.run_id for row in conn.execute(select(reviews.c.run_id))}
    given = {
        row.run_id: row for row in conn.execute(select(approvals).where(approvals.c.status == "approved"))
    }
    effects = {(row.run_id, row.id): row.effect for row in conn.execute(select(steps))}
    changing = {
        row.run_id
        for row in rows
        if row.what == "step.started" and effects.get((row.run_id, row.subject_id)) in WRITES
    }
    for run in conn.execute(select(runs).where(runs.c.dry_run.is_(False))):
        if run.id not in changing:
            continue
        counts["runs that changed something"] += 1
        approval = given.get(run.id)
        if approval is None and run.id not in agreed:
            yield f"run {run.id} changed something and nobody approved it"
        elif approval is not None and approval.plan_hash != run.plan_hash:
            yield f"run {run.id} changed something under an approval of another plan"


def _decided(conn: Connection, counts: Counter[str]) -> Iterator[str]:
    """An approval ends once, by as many distinct persons as it wanted, and the graph was woken once."""
    said = defaultdict(list)
    for row in conn.execute(select(decisions)):
        said[row.approval_id].append(row)
    woke = Counter(
        one["approval_id"]
        for one in conn.execute(select(inbox.c.payload).where(inbox.c.kind == "decided")).scalars()
    )
    for row in conn.execute(select(approvals)):
        counts[f"approvals {row.status}"] += 1
        if woke[row.id] != (row.status != "pending"):
            yield f"approval {row.id} is {row.status} and woke the graph {woke[row.id]} times"
        yes = [one.person for one in said[row.id] if one.decision == "approve"]
        wanted = sum(int(stage["count"]) for stage in row.required)
        if len(set(yes)) != len(yes):
            yield f"approval {row.id} counts somebody twice: {yes}"
        if row.status == "approved" and len(yes) != wanted:
            yield f"approval {row.id} is approved by {len(yes)}, wanted were {wanted}"
        if row.status == "denied" and not any(one.decision == "deny" for one in said[row.id]):
            yield f"approval {row.id} is denied by nobody"


def _chain(conn: Connection, counts: Counter[str]) -> Iterator[str]:
    checked = audit.verify(conn)
    counts["audit rows"] += checked.rows
    if not checked.ok:
        yield f"the audit chain is broken at {checked.broken_at}: {checked.why}"
