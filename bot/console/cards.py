"""The two cards that live, a question to people and a run, made from the ledger for one reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bot import ticket
from bot.console.look import value
from config.errors import NotFound
from config.people import People, Person
from config.redaction import Redactor
from runbooks.rights import describe, may_decide, may_deny, who_can
from runbooks.views import approval_view, run_view
from store import approvals, ledger
from store.records import Approval, Decision, Required, Run, Step

#: what a run may still leave by itself
MOVING = frozenset({"waiting", "queued", "running", "undoing"})


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose eyes a card is made for, and when (Unix seconds); `redact` hides secrets from everybody."""

    person: Person
    people: People
    now: float
    redact: Redactor


@dataclass(frozen=True, slots=True)
class Line:
    """What one write changes: `changes` are (name, before, after) in words; `later` says when it is not known yet."""

    summary: str
    changes: tuple[tuple[str, str, str], ...]
    later: str
    check: str
    undo: str
    dangerous: bool


@dataclass(frozen=True, slots=True)
class Question:
    """An approval for one reader. `refusal` says why this person cannot approve; empty: they can, now.

    `mark` changes whenever it or its run does.
    """

    view: Mapping[str, Any]
    services: str
    risk: str
    cost: str
    reach: str
    lines: tuple[Line, ...]
    stages: tuple[tuple[str, bool], ...]
    deciders: tuple[str, ...]
    refusal: str
    may_deny: bool
    may_withdraw: bool
    may_edit: bool
    mark: str

    @property
    def pending(self) -> bool:
        return str(self.view["status"]) == "pending"

    @property
    def acts(self) -> bool:
        return not self.refusal or self.may_deny or self.may_withdraw or self.may_edit


@dataclass(frozen=True, slots=True)
class Work:
    """A run for one reader: its view, what its plan says of each step, what this person may do with it."""

    view: Mapping[str, Any]
    planned: Mapping[str, Mapping[str, Any]]
    may_steer: bool
    may_answer: bool
    approval_id: str | None
    mark: str

    @property
    def status(self) -> str:
        return str(self.view["status"])

    @property
    def moving(self) -> bool:
        return self.status in MOVING or self.status == "paused"

    @property
    def unknown_step(self) -> str | None:
        found = [step["id"] for step in self.view["steps"] if step["status"] == "unknown"]
        return found[0] if self.status == "unknown" and found else None

    @property
    def done_steps(self) -> int:
        return sum(step["status"] not in ("new", "started") for step in self.view["steps"])


def question(conn: Connection, approval_id: str, reader: Reader) -> Question:
    """Raises NotFound."""
    approval = approvals.get(conn, approval_id)
    run = None if approval is None else ledger.get_run(conn, approval.run_id)
    if approval is None or run is None:
        raise NotFound(
            f"There is no approval {approval_id[:80]!r}. The list of approvals has those that wait."
        )
    return _question(approval, run, approvals.decisions(conn, approval_id), reader)


def questions(conn: Connection, asked: Sequence[Approval], reader: Reader) -> list[Question]:
    """Several at once, in the same order."""
    runs = ledger.get_runs(conn, [one.run_id for one in asked])
    given = approvals.decisions_of(conn, [one.id for one in asked])
    return [
        _question(one, runs[one.run_id], given.get(one.id, []), reader) for one in asked if one.run_id in runs
    ]


def work(conn: Connection, run_id: str, reader: Reader) -> Work:
    """Raises NotFound."""
    run = ledger.get_run(conn, run_id)
    if run is None:
        raise NotFound(f"There is no run {run_id[:80]!r}. The list of runs has them all.")
    asked = approvals.by_run(conn, run_id)
    return _work(run, ledger.get_steps(conn, run_id), reader, asked)


def mark(run_version: int, approval_version: int) -> str:
    """As a page and `/ws` write it."""
    return f"{run_version}.{approval_version}"


def _work(run: Run, steps: Sequence[Step], reader: Reader, asked: Approval | None) -> Work:
    person = reader.person
    helper = person.may("operator") or person.may("approver")
    planned = {str(step["id"]): step for step in reader.redact.tree(run.plan.get("steps", ()))}
    return Work(
        view=reader.redact.tree(run_view(run, steps)),
        planned=planned,
        may_steer=person.id == run.requester or helper,
        may_answer=helper,
        approval_id=None if asked is None else asked.id,
        mark=mark(run.version, 0 if asked is None else asked.version),
    )


def _question(approval: Approval, run: Run, decisions: Sequence[Decision], reader: Reader) -> Question:
    person = reader.person
    view = {**reader.redact.tree(approval_view(approval, run, decisions)), "plan_hash": approval.plan_hash}
    if approval.status == "pending" and approval.expires_at <= reader.now:
        view = {**view, "status": "expired"}
    stage = next(one for one in approval.required if one.stage == approval.stage)
    spoke = {one.person for one in decisions}
    can = tuple(one for one in who_can(stage, reader.people, approval.requester) if one not in spoke)
    plan = view["plan"]
    writes = ticket.writes(view)
    own = person.id == approval.requester
    return Question(
        view=view,
        services=", ".join(plan["blast_radius"]["services"])
        or str(view["inputs"].get("service") or "no service"),
        risk=str(plan.get("risk") or "low"),
        cost=", ".join(ticket.cost(view)) or "no change known",
        reach=ticket.reach(view),
        lines=tuple(_line(step) for step in writes),
        stages=tuple((_stage(one), one.stage < approval.stage) for one in approval.required),
        deciders=can,
        refusal=_refusal(stage, approval, person, spoke),
        may_deny=may_deny(stage, approval, person) is None and person.id not in spoke,
        may_withdraw=own or person.may("admin"),
        may_edit=own,
        mark=mark(run.version, approval.version),
    )


def _refusal(stage: Required, approval: Approval, person: Person, spoke: set[str]) -> str:
    if person.id in spoke:
        return "You have given your word; it waits for somebody else."
    return may_decide(stage, approval, person) or ""


def _line(step: Mapping[str, Any]) -> Line:
    change = step.get("change")
    pairs: tuple[tuple[str, str, str], ...] = ()
    if isinstance(change, Mapping):
        before, after = change["before"], change["after"]
        pairs = tuple(
            (key.replace("_", " "), value(before.get(key)), value(after[key]))
            for key in after
            if before.get(key) != after[key]
        )
    return Line(
        summary=str(step.get("summary") or step["action"]),
        changes=pairs,
        later="" if isinstance(change, Mapping) else str(change or ""),
        check=str(step.get("verify") or ""),
        undo=ticket.undo(step),
        dangerous=step["effect"] == "dangerous",
    )


def _stage(one: Required) -> str:
    return f"{one.name}: {describe(one)}" if one.name else describe(one)


def checked(step: Mapping[str, Any]) -> tuple[str, str] | None:
    """Whether the check after a step held, as a state, and its figure; None while nobody looked."""
    told = ticket.checked(step)
    return None if told is None else ({True: "ok", False: "failed", None: "waiting"}[told[0]], told[1])


def brief(step: Mapping[str, Any], inputs: Mapping[str, Any]) -> str:
    """A step's output in a few words."""
    return ticket.brief(
        {key: one for key, one in (step.get("output") or {}).items() if key != "verify"}, inputs
    )
