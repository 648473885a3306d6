"""The runbooks that come with us, on the demo company: they load, plan, run, and mend what they are for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from integrations.actions import Actions
from integrations.chat import chat_actions
from integrations.demo import open_company
from integrations.demo.faults import start_fault
from integrations.registry import Deps, build_backends
from runbooks.loader import Library, load
from runbooks.plan import RunRequest
from runbooks.planner import Planner
from runbooks.reminders import Reminders
from runbooks.service import Runbooks
from store.engine import Database
from store.records import Run
from tests.runbooks.world import CATALOGUE, CONFIG, LENA, MARIA, PEOPLE, PRIYA, Rig
from tests.support.clock import ManualClock

LIBRARY = CONFIG.parent / "runbooks" / "library"


class Board:
    def __init__(self) -> None:
        self.said: dict[str, str] = {}

    async def post(self, key: str, place: str, body: Mapping[str, Any]) -> None:
        self.said.setdefault(key, body["text"])


class Company(Rig):
    """The rig over the demo company instead of the small world."""

    board: Board
    deps: Deps

    def over_demo(self) -> None:
        self.board = Board()
        self.deps = Deps(self.database, self.clock, CATALOGUE, PEOPLE)
        backends = build_backends({"demo": {}}, self.deps)
        posts = {one.name: one for one in chat_actions(self.board)}
        self.actions = Actions({**backends.actions.by_name, **posts})
        self.library: Library = load([LIBRARY], self.actions)
        self.planner = Planner(self.library, self.actions, CATALOGUE, self.clock)
        self.runbooks = Runbooks(
            self.database, self.planner, self.policy, self.approvals, self.people, self.clock, self.mode
        )
        self.engine = self.engine_on(self.database)

    async def broken(self, fault: str) -> None:
        await start_fault(open_company(self.deps), fault, self.clock.now())
        self.clock.advance(300)

    async def mended(self, runbook: str, **inputs: Any) -> Run:
        request = RunRequest(runbook, inputs, "maria", "rest:ses_1", "req_1")
        proposal = await self.runbooks.propose(request, MARIA)
        assert proposal.run is not None
        await self.approve(proposal.approval, PRIYA)
        await self.submit(proposal.run.id)
        await self.work()
        return await self.run(proposal.run.id)


@pytest.fixture
def company(sqlite_database: Database, clock: ManualClock) -> Company:
    rig = Company(sqlite_database, clock, books=())
    rig.over_demo()
    return rig


def test_every_runbook_of_the_library_loads(company: Company) -> None:
    assert {one.id for one in company.library.all()} == {
        path.stem for path in Path(LIBRARY).glob("*.yaml") if not path.stem.endswith(".test")
    }


async def test_a_rollback_shows_its_change_and_mends_a_bad_release(company: Company) -> None:
    await company.broken("bad-release")
    request = RunRequest(
        "rollback-service", {"service": "rag-api", "environment": "production"}, "maria", "x:y", "r"
    )
    plan = await company.planner.plan(request)
    change = plan.step("rollback").change
    assert change is not None
    assert set(change.before) == {"version"} != set(change.after.values())
    assert plan.risk == "high"
    assert "chat-frontend" in plan.blast_radius.dependants
    run = await company.mended("rollback-service", service="rag-api", environment="production")
    assert (run.status, run.error) == ("succeeded", None)
    assert company.board.said == {
        f"{run.id}:tell": f"Rollback of rag-api in production: succeeded (run {run.id})."
    }


async def test_a_restart_does_not_mend_a_bad_release_and_says_so(company: Company) -> None:
    await company.broken("bad-release")
    run = await company.mended("restart-service", service="rag-api", environment="production")
    assert run.status == "failed"
    assert "it is not well after 300 s" in (run.error or "")
    assert "What was done stands: restart." in (run.error or "")


async def test_a_failover_mends_a_provider_outage(company: Company) -> None:
    await company.broken("provider-outage")
    run = await company.mended("provider-failover", service="llm-gateway", environment="production")
    assert (run.status, run.error) == ("succeeded", None)


async def test_a_rollback_that_does_not_help_is_put_back(company: Company) -> None:
    await company.broken("provider-outage")
    run = await company.mended("rollback-service", service="llm-gateway", environment="production")
    assert run.status == "rolled_back"
    steps = await company.steps(run.id)
    assert steps["rollback"].status == "undone"
    company.clock.advance(60)
    action = company.actions.by_name["deployments.status"]
    where = action.inputs.model_validate({"service": "llm-gateway", "environment": "production"})
    now = await action.run(_context(company), where)
    assert now.model_dump()["current"] == (steps["now"].output or {})["current"]


def _context(company: Company) -> Any:
    from integrations.actions import Context

    return Context("r", "s", "k", "maria", "production", "x:y", company.clock.now())


async def test_the_card_says_check_and_undo_in_words(company: Company) -> None:
    request = RunRequest(
        "rollback-service", {"service": "rag-api", "environment": "production"}, "maria", "t:c", "req_w"
    )
    plan = await company.planner.plan(request)
    step = plan.step("rollback")
    assert step.verify == "error rate of rag-api < 2 % within 5 min"
    assert step.undo is not None
    assert step.undo.startswith("deployments.release of rag-api, version ")


async def test_a_fault_at_night_heals_unattended_under_what_two_agreed_to_in_advance(
    company: Company,
) -> None:
    one = await company.runbooks.standing.propose(
        "rollback-service", services=["rag-api"], environment="production", bounds={}, person=MARIA,
        reason="nobody must wake up for it", place="rest:ses_2",
    )  # fmt: skip
    for person in (PRIYA, LENA):
        await company.runbooks.standing.approve(one.id, person=person, hash=one.hash, via="rest")
    await company.broken("bad-release")
    inputs = {"service": "rag-api", "environment": "production"}
    request = RunRequest("rollback-service", inputs, "maria", "rest:ses_1", "req_1")
    proposal = await company.runbooks.propose(request, MARIA)
    assert proposal.run is not None
    assert (proposal.approval, proposal.run.status) == (None, "queued")
    await company.work()
    run = await company.run(proposal.run.id)
    assert (run.status, run.error) == ("succeeded", None)
    said = Board()
    await Reminders(company.database, PEOPLE, company.policy, said, company.clock).tick()
    assert any(
        "APPROVED IN ADVANCE: rollback-service of rag-api in production" in one for one in said.said.values()
    )


@pytest.mark.parametrize(
    "runbook, inputs, words",
    [
        (
            "cache-flush",
            {"max_latency": 800},
            "latency of summarizer < 800 ms within 8 min, from 2 min after it on",
        ),
        ("cache-flush", {}, r"latency of summarizer < [\d,.]+ m?s within 8 min, from 2 min after it on"),
        ("token-cap", {}, r"cost of summarizer < [\d.]+ USD/h within 8 min, from 2 min after it on"),
        ("budget-stop", {"daily_usd": 1200}, "cost of summarizer < 50 USD/h within 8 min"),
    ],
)
async def test_a_check_against_what_was_measured_before_is_said_as_a_figure(
    company: Company, runbook: str, inputs: dict[str, Any], words: str
) -> None:
    given = {"service": "summarizer", "environment": "production", **inputs}
    plan = await company.planner.plan(RunRequest(runbook, given, "maria", "t:c", "req_w"))
    (check,) = [step.verify for step in plan.steps if step.verify]
    assert re.match(words, check), check
