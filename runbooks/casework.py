"""Runs the cases of runbooks through the real planner, policy, approvals and engine, on a recorded world."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.catalogue import Catalogue
from config.errors import CopilotError, NotFound
from config.people import People, Person
from integrations.actions import Actions
from runbooks.approvals import Approvals
from runbooks.casefile import Case, CaseFile, Expected, PlannedWrite, find_cases
from runbooks.compiler import Runbook
from runbooks.dispatcher import InProcessDispatcher
from runbooks.engine import Engine
from runbooks.loader import Library, load
from runbooks.plan import PlannedStep, RunRequest
from runbooks.planner import Planner
from runbooks.policy import Policy
from runbooks.service import Proposal, Runbooks
from runbooks.stubs import Stubs
from store import ledger
from store.engine import Database
from store.migrate import upgrade
from store.records import Run, Step

BEGAN = 1_767_600_000.0


@dataclass(frozen=True, slots=True)
class Company:
    """What the cases' people, services and rules are."""

    actions: Actions
    policy: Policy
    people: People
    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case and what is not as it was expected (nothing: it passed)."""

    file: str
    case: str
    problems: tuple[str, ...]


class CaseClock:
    """Time stands still but for who sleeps; a sleep takes no time."""

    def __init__(self) -> None:
        self._at = BEGAN

    def now(self) -> float:
        return self._at

    async def sleep(self, seconds: float) -> None:
        self._at += max(0.0, seconds)
        await asyncio.sleep(0)


@dataclass
class _Came:
    """What came of a case."""

    refused: str = ""
    proposal: Proposal | None = None
    may: list[str] = field(default_factory=list)
    run: Run | None = None
    steps: list[Step] = field(default_factory=list)


async def run_cases(path: Path, company: Company) -> list[Outcome]:
    """Every case at `path`. Raises BadRequest (no cases, misshapen), LoadError (the runbook), StoreError."""
    return await try_cases(find_cases(path), company)


async def try_cases(files: Sequence[CaseFile], company: Company) -> list[Outcome]:
    """Raises LoadError (a runbook), StoreError."""
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="copilot-cases-") as folder:
        async with Database(f"sqlite:///{folder}/cases.db", CaseClock()) as database:
            await upgrade(database)
            for found in files:
                runbook = load([found.runbook], company.actions).get(found.runbook.stem)
                for number, case in enumerate(found.cases):
                    name = f"{found.file.name}-{number}"
                    problems = await _try(database, company, runbook, case, name)
                    outcomes.append(Outcome(str(found.file), case.name, tuple(problems)))
    return outcomes


async def _try(
    database: Database, company: Company, runbook: Runbook, case: Case, request_id: str
) -> list[str]:
    stubs = Stubs(case)
    came = await _play(database, company, runbook, case, request_id, stubs)
    return [*stubs.problems, *_compare(case.expect, came, stubs)]


async def _play(
    database: Database, company: Company, runbook: Runbook, case: Case, request_id: str, stubs: Stubs
) -> _Came:
    actions, clock, people = stubs.actions(company.actions), CaseClock(), company.people
    planner = Planner(Library({runbook.id: runbook}), actions, company.catalogue, clock)
    approvals = Approvals(database, people, company.policy, clock)
    runbooks = Runbooks(database, planner, company.policy, approvals, people, clock, "act")
    engine = Engine(database, actions, company.policy, people, clock, "act")
    dispatcher = InProcessDispatcher(engine, database, clock, request_id, approvals)
    came = _Came()
    try:
        person = _requester(people, case)
        request = RunRequest(
            runbook.id, case.inputs, person.id, "test:case", request_id, dry_run=case.dry_run
        )
        came.proposal = await runbooks.propose(request, person)
        if came.proposal.run is None:
            came.refused = came.proposal.verdict.reason
            return came
        await _decide(approvals, dispatcher, came, case, people)
    except CopilotError as err:
        came.refused = str(err)
    if came.proposal is None or came.proposal.run is None:
        return came
    run_id, now = came.proposal.run.id, clock.now()
    claimed = await database.write(
        lambda conn: ledger.claim_run(conn, owner=request_id, now=now, run_id=run_id)
    )
    if claimed is not None:
        await engine.execute(claimed)
    came.run, came.steps = await database.read(
        lambda conn: (ledger.get_run(conn, run_id), ledger.get_steps(conn, run_id))
    )
    return came


async def _decide(
    approvals: Approvals, dispatcher: InProcessDispatcher, came: _Came, case: Case, people: People
) -> None:
    """Raises CopilotError when somebody may not."""
    assert came.proposal is not None and came.proposal.run is not None
    approval = came.proposal.approval
    if approval is None:
        return
    came.may = approvals.who_can(approval)
    votes = [(name, "approve") for name in case.approve] + [(name, "deny") for name in case.deny]
    for name, word in votes:
        approval = await approvals.decide(
            approval.id,
            person=_person(people, name),
            decision="approve" if word == "approve" else "deny",
            plan_hash=approval.plan_hash,
            via="test",
        )
    if approval.status == "approved":
        await dispatcher.submit(came.proposal.run.id)


def _requester(people: People, case: Case) -> Person:
    if case.requester is not None:
        return _person(people, case.requester)
    operators = people.holders("operator")
    if not operators:
        raise NotFound("Nobody in people.yaml is an operator; name a requester in the case.")
    return operators[0]


def _person(people: People, name: str) -> Person:
    found = people.get(name)
    if found is None:
        raise NotFound(f"There is no {name!r} in people.yaml; name somebody who is.")
    return found


def _compare(expect: Expected, came: _Came, stubs: Stubs) -> Iterator[str]:
    if expect.refused is not None and expect.refused not in came.refused:
        yield f"expected a refusal with {expect.refused!r}, it was {came.refused or 'not refused'}"
    if expect.refused is None and came.refused:
        yield f"it was refused: {came.refused}"
        return
    yield from _compare_plan(expect, came)
    yield from _compare_approval(expect, came)
    if expect.status is not None and (came.run is None or came.run.status != expect.status):
        said = f"{came.run.status} ({came.run.error})" if came.run else "not run"
        yield f"expected the run to be {expect.status}, it is {said}"
    statuses = {step.id: step for step in came.steps}
    for name, status in expect.steps.items():
        step = statuses.get(name)
        if step is None or step.status != status:
            said = f"{step.status} ({step.error})" if step else "not in the run"
            yield f"expected step {name} to be {status}, it is {said}"
    for what, wanted, found in (
        ("writes", expect.writes, stubs.writes),
        ("posts", expect.posts, stubs.posts),
    ):
        if wanted is not None and not _alike(wanted, found):
            yield f"expected the {what} {list(wanted)}, there were {found}"


def _alike(wanted: tuple[str, ...], found: list[str]) -> bool:
    """Each expected text is a part of the one at its place, and there are no others."""
    return len(wanted) == len(found) and all(one in other for one, other in zip(wanted, found, strict=True))


def _compare_plan(expect: Expected, came: _Came) -> Iterator[str]:
    if expect.plan is None or came.proposal is None:
        return
    plan = came.proposal.plan
    for key in ("effect", "risk", "environment", "targets"):
        wanted, found = getattr(expect.plan, key), getattr(plan, key)
        if wanted is not None and wanted != found:
            yield f"expected the plan's {key} to be {wanted}, it is {found}"
    planned = {step.id: step for step in plan.steps}
    for name, write in expect.plan.writes.items():
        if name not in planned:
            yield f"expected step {name} in the plan, it has {', '.join(planned)}"
        else:
            yield from _compare_write(name, write, planned[name])


def _compare_write(name: str, write: PlannedWrite, step: PlannedStep) -> Iterator[str]:
    pairs: Mapping[str, tuple[Any, Any]] = {
        **{key: (value, step.inputs.get(key)) for key, value in write.inputs.items()},
        "before": (write.before, dict(step.change.before) if step.change else None),
        "after": (write.after, dict(step.change.after) if step.change else None),
        "known_after": (write.known_after, step.known_after),
    }
    for key, (wanted, found) in pairs.items():
        if wanted is not None and wanted != found:
            yield f"expected {key} of {name} in the plan to be {wanted}, it is {found}"


def _compare_approval(expect: Expected, came: _Came) -> Iterator[str]:
    approval = came.proposal.approval if came.proposal else None
    if expect.approval is None:
        return
    if expect.approval is False:
        if approval is not None:
            yield "expected that nobody is asked, an approval was opened"
        return
    if approval is None:
        yield "expected an approval, nobody was asked"
        return
    first, wanted = approval.required[0], expect.approval
    if wanted.count is not None and wanted.count != first.count:
        yield f"expected {wanted.count} approvers, it wants {first.count}"
    if wanted.not_requester is not None and wanted.not_requester != first.not_requester:
        yield f"expected not_requester {wanted.not_requester}, it is {first.not_requester}"
    if wanted.may is not None and sorted(wanted.may) != came.may:
        yield f"expected that {', '.join(sorted(wanted.may))} may approve, it is {', '.join(came.may)}"
