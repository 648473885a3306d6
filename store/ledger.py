"""Runs and their steps. Every move is checked against the table of transitions and against the fence."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, or_, select, text, tuple_, update
from sqlalchemy import insert as plain_insert

from config.errors import Conflict, NotFound
from store import audit
from store.dialect import insert_new, known, losing_is_fine, stored, values
from store.errors import IllegalTransition, StaleFence
from store.hide import hidden_in
from store.records import AuditEntry, Run, RunStatus, Step, StepStatus
from store.runtime import STOPPED
from store.tables import RUNS_HELD, runs, runtime, steps
from store.transitions import RUN, allowed

__all__ = [
    "IllegalTransition",
    "StaleFence",
    "blocked",
    "by_request",
    "claim_run",
    "create_run",
    "get_run",
    "get_runs",
    "get_steps",
    "holder",
    "list_runs",
    "move_run",
    "move_step",
    "release_runs",
    "renew_run",
    "update_step",
]

LEASE = 30.0

_HELD = ("running", "undoing", "paused")
_STEP_OVER = frozenset({"done", "skipped", "failed", "undone", "undo_failed"})
_RUN_FIXED = frozenset({"id", "status", "fence", "version", "created_at"})
_STEP_FIXED = frozenset({"run_id", "id", "status", "fence", "position"})

_RUN = select(runs).where(runs.c.id == bindparam("key"))
_STEPS = select(steps).where(steps.c.run_id == bindparam("key")).order_by(steps.c.position, steps.c.id)
_STEP = select(steps).where(steps.c.run_id == bindparam("key"), steps.c.id == bindparam("step"))
_TOUCH = (
    update(runs)
    .where(runs.c.id == bindparam("key"), runs.c.fence == bindparam("held"))
    .values(version=runs.c.version + 1)
)
_OTHER = runs.alias("other")
_TAKEN = (
    select(_OTHER.c.id)
    .where(
        _OTHER.c.conflict_group == runs.c.conflict_group,
        _OTHER.c.status.in_(("running", "paused", "undoing", "unknown")),
    )
    .exists()
)
_STOPPED = select(runtime.c.key).where(runtime.c.key == STOPPED, runtime.c.value != "").exists()
_NEXT = (
    select(runs)
    .where(
        text("status IN ('queued', 'running', 'undoing')"),
        or_(runs.c.status == "queued", func.coalesce(runs.c.lease_until, 0.0) < bindparam("now")),
        ~_STOPPED,
        or_(runs.c.conflict_group.is_(None), runs.c.status != "queued", ~_TAKEN),
    )
    .order_by(runs.c.created_at, runs.c.id)
    .limit(1)
    .with_for_update(skip_locked=True, of=runs)
)
_BLOCKED = (
    select(runs)
    .where(text("status IN ('queued', 'running', 'undoing')"), runs.c.status == "queued", _TAKEN)
    .order_by(runs.c.created_at, runs.c.id)
)


@cache
def _create(dialect: str) -> Any:
    return insert_new(dialect, runs, ["request_id"])


def create_run(conn: Connection, run: Run, steps_: Sequence[Step], entry: AuditEntry, now: float) -> Run:
    """Store a run with its steps. A request has one run: the one it has is returned unchanged, with no new row."""
    if not stored(conn, _create(conn.dialect.name), values(run)):
        there = by_request(conn, run.request_id)
        assert there is not None
        return there
    if steps_:
        conn.execute(plain_insert(steps), [values(step) for step in steps_])
    audit.append(conn, entry, now)
    return run


def get_run(conn: Connection, id: str) -> Run | None:
    row = conn.execute(_RUN, {"key": id}).first()
    return None if row is None else Run(*row)


def get_runs(conn: Connection, ids: Sequence[str]) -> dict[str, Run]:
    """Several at once, by id; one that is not there is missing."""
    wanted = select(runs).where(runs.c.id.in_(ids))
    return {row.id: Run(*row) for row in conn.execute(wanted)} if ids else {}


def by_request(conn: Connection, request_id: str) -> Run | None:
    row = conn.execute(select(runs).where(runs.c.request_id == request_id)).first()
    return None if row is None else Run(*row)


def get_steps(conn: Connection, run_id: str) -> list[Step]:
    """In the order of the runbook."""
    return [Step(*row) for row in conn.execute(_STEPS, {"key": run_id})]


def list_runs(
    conn: Connection, status: RunStatus | None = None, limit: int = 50, before: str | None = None
) -> list[Run]:
    """Newest first, from the one after run `before` on."""
    wanted = select(runs)
    if status is not None:
        wanted = wanted.where(runs.c.status == status)
    if before is not None:
        there = select(runs.c.created_at, runs.c.id).where(runs.c.id == before).subquery()
        wanted = wanted.where(
            tuple_(runs.c.created_at, runs.c.id) < select(there.c.created_at, there.c.id).scalar_subquery()
        )
    wanted = wanted.order_by(runs.c.created_at.desc(), runs.c.id.desc()).limit(limit)
    return [Run(*row) for row in conn.execute(wanted)]


def by_status(conn: Connection) -> dict[str, int]:
    """How many runs there are in each status."""
    counted = conn.execute(select(runs.c.status, func.count()).group_by(runs.c.status))
    return {row[0]: row[1] for row in counted}


def move_run(
    conn: Connection,
    run_id: str,
    to: RunStatus,
    *,
    now: float,
    entry: AuditEntry,
    fence: int | None = None,
    **columns: Any,
) -> Run:
    """Change a run's status, with its audit row. An ended run gets `ended_at` and loses its lease.

    Raises NotFound, IllegalTransition, StaleFence (a `fence` that is not the run's: nothing is written), Conflict.
    """
    row = conn.execute(_RUN.with_for_update(), {"key": run_id}).first()
    if row is None:
        raise NotFound(f"There is no run {run_id}.")
    before = Run(*row)
    if fence is not None and fence != before.fence:
        raise _stale(run_id, fence, before.fence)
    if not allowed("run", before.status, to):
        raise IllegalTransition(f"Run {run_id} is {before.status}; it cannot become {to}.")
    changes: dict[str, Any] = {"status": to, "version": before.version + 1}
    if not RUN[to]:
        changes |= {"ended_at": now, "lease_until": None}
    elif to == "unknown":
        changes |= {"lease_until": None}
    changes |= known(runs, columns, _RUN_FIXED)
    same = and_(runs.c.id == run_id, runs.c.status == before.status, runs.c.fence == before.fence)
    after = _changed(conn, same, changes)
    audit.append(conn, entry, now)
    return after


def claim_run(
    conn: Connection,
    *,
    owner: str,
    now: float,
    lease: float = LEASE,
    run_id: str | None = None,
    at: float | None = None,
) -> Run | None:
    """Take the oldest run that waits for a worker, or `run_id` alone if it does; its fence rises by one.

    Such is a queued run whose group no other run holds, and one that runs or undoes whose lease ran out. None: there
    is none, or all work is stopped. `now` is the wall's time, of leases; `at` the domain's, where they differ.
    """
    at = now if at is None else at
    wanted = _NEXT if run_id is None else _NEXT.where(runs.c.id == run_id)
    row = conn.execute(wanted, {"now": now}).first()
    if row is None:
        return None
    before = Run(*row)
    changes = {
        "status": "running" if before.status == "queued" else before.status,
        "owner": owner,
        "lease_until": now + lease,
        "fence": before.fence + 1,
        "version": before.version + 1,
        "started_at": at if before.started_at is None else before.started_at,
    }
    same = and_(runs.c.id == before.id, runs.c.status == before.status, runs.c.fence == before.fence)
    taken: list[Run] = []
    with losing_is_fine(conn):  # another worker may take a run of the same group at this moment
        taken.append(_changed(conn, same, changes))
    if not taken:
        return None
    after = taken[0]
    detail = {"owner": owner, "fence": after.fence, "from": before.status}
    audit.append(conn, AuditEntry("copilot", "run.claimed", "run", after.id, after.id, detail=detail), at)
    return after


def holder(conn: Connection, group: str) -> Run | None:
    """The run of `group` that is at work, paused, or waits for a person's word."""
    held = and_(runs.c.conflict_group == group, text(RUNS_HELD))
    row = conn.execute(select(runs).where(held).limit(1)).first()
    return None if row is None else Run(*row)


def blocked(conn: Connection) -> list[Run]:
    """Queued runs whose group another run holds, oldest first."""
    return [Run(*row) for row in conn.execute(_BLOCKED)]


def renew_run(conn: Connection, run_id: str, fence: int, until: float) -> bool:
    """Hold a claim longer. False: it is lost, or the run is over; stop what you do."""
    held = and_(runs.c.id == run_id, runs.c.fence == fence, runs.c.status.in_(_HELD))
    return conn.execute(update(runs).where(held).values(lease_until=until)).rowcount == 1


def release_runs(conn: Connection, owner: str) -> int:
    """Free the runs of a worker that is dead, at once."""
    held = and_(runs.c.owner == owner, runs.c.status.in_(_HELD))
    return conn.execute(update(runs).where(held).values(lease_until=0.0)).rowcount


def move_step(
    conn: Connection,
    run_id: str,
    step_id: str,
    to: StepStatus,
    *,
    now: float,
    fence: int,
    entry: AuditEntry | None = None,
    **columns: Any,
) -> Step:
    """Change a step's status under the run's fence; the run's version rises so that watchers see it.

    `started` counts an attempt and sets `started_at`; an end sets `ended_at`; `columns` override both.
    Raises NotFound, IllegalTransition, StaleFence: nothing is written.
    """
    before = _locked_step(conn, run_id, step_id, fence)
    if not allowed("step", before.status, to):
        raise IllegalTransition(f"Step {step_id} of run {run_id} is {before.status}; it cannot become {to}.")
    changes: dict[str, Any] = {"status": to}
    if to == "started":
        changes |= {"attempts": before.attempts + 1, "started_at": now}
    elif to in _STEP_OVER:
        changes |= {"ended_at": now}
    after = _write_step(conn, before, fence, changes | dict(known(steps, columns, _STEP_FIXED)))
    if entry is not None:
        audit.append(conn, entry, now)
    return after


def update_step(conn: Connection, run_id: str, step_id: str, *, fence: int, **columns: Any) -> Step:
    """Change a step without moving it (another attempt, a part of its output). Raises NotFound, StaleFence."""
    before = _locked_step(conn, run_id, step_id, fence)
    return _write_step(conn, before, fence, dict(known(steps, columns, _STEP_FIXED)))


def _changed(conn: Connection, same: ColumnElement[bool], changes: dict[str, Any]) -> Run:
    if changes.get("error"):
        changes = changes | {"error": hidden_in(conn, changes["error"])}
    row = conn.execute(update(runs).where(same).values(**changes).returning(runs)).first()
    if row is None:
        raise Conflict("The run was changed by somebody else at the same moment; look at it again.")
    return Run(*row)


def _locked_step(conn: Connection, run_id: str, step_id: str, fence: int) -> Step:
    """The step, with its run locked under `fence` and its version raised."""
    row = conn.execute(_STEP, {"key": run_id, "step": step_id}).first()
    if row is None:
        raise NotFound(f"There is no step {step_id} in run {run_id}.")
    if conn.execute(_TOUCH, {"key": run_id, "held": fence}).rowcount != 1:
        run = get_run(conn, run_id)
        raise _stale(run_id, fence, 0 if run is None else run.fence)
    return Step(*conn.execute(_STEP, {"key": run_id, "step": step_id}).one())


def _write_step(conn: Connection, before: Step, fence: int, changes: dict[str, Any]) -> Step:
    """What a step gave back and why it failed are kept without secrets."""
    this = and_(steps.c.run_id == before.run_id, steps.c.id == before.id)
    told = {name: hidden_in(conn, changes[name]) for name in ("output", "error") if changes.get(name)}
    changes = changes | told
    return Step(
        *conn.execute(update(steps).where(this).values(**changes, fence=fence).returning(steps)).one()
    )


def _stale(run_id: str, fence: int, newest: int) -> StaleFence:
    return StaleFence(
        f"Run {run_id} was claimed again (fence {newest}, yours is {fence}); nothing was written. Stop this step."
    )
