"""The kill switch: while it is on no worker claims a run and no step starts, in any process."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Connection

from config.errors import Conflict, CopilotError, Forbidden
from config.people import Person, Role
from store import audit, ledger, runtime
from store.records import AuditEntry

MAY_STOP: tuple[Role, ...] = ("operator", "approver", "incident-commander", "admin")
MAY_LIFT: tuple[Role, ...] = ("approver", "incident-commander")


class Halted(CopilotError):
    """The kill switch is on: nothing may start. What was asked for waits until it is lifted."""

    status = 409
    title = "Everything is stopped"


@dataclass(frozen=True, slots=True)
class Halt:
    """Who stopped everything, when (Unix seconds) and why (empty: not said)."""

    by: str
    at: float
    why: str = ""

    def words(self) -> str:
        reason = f": {self.why.rstrip('.')}" if self.why else ""
        return f"Everything is stopped by {self.by}{reason}. No run starts a step until it is lifted."


def halted(conn: Connection) -> Halt | None:
    """What stops everything now; None: nothing does."""
    stored = runtime.get(conn, runtime.STOPPED)
    return Halt(**json.loads(stored)) if stored else None


def refuse_when_halted(conn: Connection) -> None:
    """Raises Halted. In the transaction that marks a step as started: after the switch no step is marked."""
    halt = halted(conn)
    if halt is not None:
        raise Halted(halt.words())


def stop_everything(
    conn: Connection, person: Person, acting_as: str | None, now: float, why: str = ""
) -> Halt:
    """Throw the switch. Thrown already, it stays as it is. Raises Forbidden."""
    _check(person, MAY_STOP, "Stopping everything")
    there = halted(conn)
    if there is not None:
        return there
    halt = Halt(person.id, now, why)
    runtime.put(conn, runtime.STOPPED, json.dumps({"by": halt.by, "at": halt.at, "why": halt.why}))
    audit.append(conn, _entry(person, "work.stopped", acting_as, {"why": why}), now)
    return halt


def lift(conn: Connection, person: Person, acting_as: str | None, now: float) -> int:
    """Let work go on; gives how many runs that it held go on. Raises Forbidden, Conflict (nothing is stopped).

    A run that a person had paused as well stays paused.
    """
    _check(person, MAY_LIFT, "Letting everything go on")
    halt = halted(conn)
    if halt is None:
        raise Conflict("Nothing is stopped; there is nothing to lift.")
    runtime.put(conn, runtime.STOPPED, "")
    detail = {"stopped_by": halt.by, "stopped_at": halt.at}
    audit.append(conn, _entry(person, "work.resumed", acting_as, detail), now)
    held = 0
    for run in ledger.list_runs(conn, "paused", limit=100_000):
        if not runtime.get(conn, f"want:{run.id}"):
            entry = AuditEntry(person.id, "run.released", "run", run.id, run.id, acting_as)
            ledger.move_run(conn, run.id, "running", now=now, entry=entry, owner=None, lease_until=0.0)
            held += 1
    return held


def _check(person: Person, roles: tuple[Role, ...], what: str) -> None:
    if not any(person.may(role) for role in roles):
        raise Forbidden(f"{what} needs the role {' or '.join(roles)}, which people.yaml gives.")


def _entry(person: Person, what: str, acting_as: str | None, detail: dict[str, object]) -> AuditEntry:
    return AuditEntry(person.id, what, "work", "all", None, acting_as, detail)
