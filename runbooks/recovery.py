"""A person says what happened where no machine can: the only way on from `unknown`."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection

from config.errors import BadRequest, Conflict, Forbidden, NotFound
from config.people import Person
from runbooks.expressions import did_you_mean
from runbooks.journal import tell
from store import audit, ledger
from store.records import AuditEntry, Run, Step, StepStatus

Answer = Literal["happened", "did-not", "abort"]
ANSWERS: tuple[Answer, ...] = ("happened", "did-not", "abort")


def answer_unknown(
    conn: Connection,
    run_id: str,
    step_id: str,
    answer: Answer,
    person: Person,
    acting_as: str | None,
    now: float,
) -> Run:
    """`happened`: the step (or its undo) took place; `did-not`: the step failed, or its undo is tried again.

    `abort`: the run ends here and what was done stands. Raises NotFound, BadRequest, Forbidden, Conflict.
    """
    run = ledger.get_run(conn, run_id)
    if run is None:
        raise NotFound(f"There is no run {run_id!r}. List the runs to see their ids.")
    if answer not in ANSWERS:
        raise BadRequest(f"{answer!r} is no answer; say one of {', '.join(ANSWERS)}.")
    if not (person.may("operator") or person.may("approver")):
        raise Forbidden("Saying what happened needs the role operator or approver.")
    if run.status != "unknown":
        raise Conflict(f"The run is {run.status}; nobody needs to say what happened.")
    step = _asked_about(conn, run, step_id)
    detail = {"answer": answer, "step": step.id, "was": step.status}
    entry = AuditEntry(person.id, "run.answered", "run", run.id, run.id, acting_as, detail)
    if answer == "abort":
        audit.append(conn, entry, now)
        return _given_up(conn, run, step, person, acting_as, now)
    _write_down(conn, run, step, answer, person, acting_as, now)
    return ledger.move_run(
        conn, run.id, "running", now=now, entry=entry, owner=None, lease_until=0.0, error=None
    )


def _given_up(
    conn: Connection, run: Run, step: Step, person: Person, acting_as: str | None, now: float
) -> Run:
    why = f"Aborted by {person.id}: nobody knows whether step {step.id} took place. What was done stands."
    for one in ledger.get_steps(conn, run.id):
        if one.status == "new":
            ledger.move_step(conn, run.id, one.id, "skipped", now=now, fence=run.fence)
    entry = AuditEntry(person.id, "run.cancelled", "run", run.id, run.id, acting_as, {"why": why})
    ended = ledger.move_run(conn, run.id, "cancelled", now=now, entry=entry, error=why)
    tell(conn, ended, now)
    return ended


def _asked_about(conn: Connection, run: Run, step_id: str) -> Step:
    """The step whose outcome, or whose undo's, is unknown."""
    steps = ledger.get_steps(conn, run.id)
    unclear = {step.id: step for step in steps if step.status == "unknown" or _undo_open(step)}
    if step_id not in unclear:
        raise NotFound(f"Step {step_id!r} is not one that is unknown.{did_you_mean(step_id, unclear)}")
    return unclear[step_id]


def _undo_open(step: Step) -> bool:
    return step.status == "done" and "undo" in (step.output or {})


def _write_down(
    conn: Connection, run: Run, step: Step, answer: Answer, person: Person, acting_as: str | None, now: float
) -> None:
    happened = answer == "happened"
    entry = AuditEntry(person.id, "step.answered", "step", step.id, run.id, acting_as, {"answer": answer})
    if step.status == "done" and not happened:
        output = {key: value for key, value in (step.output or {}).items() if key != "undo"}
        ledger.update_step(conn, run.id, step.id, fence=run.fence, output=output)
        audit.append(conn, entry, now)
        return
    to: StepStatus = "failed"
    if happened:
        to = "undone" if step.status == "done" else "done"
    words = None if happened else f"{person.id} says that it did not take place"
    ledger.move_step(conn, run.id, step.id, to, now=now, fence=run.fence, entry=entry, error=words)
