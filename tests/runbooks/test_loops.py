from __future__ import annotations

import asyncio

import pytest

from config.errors import BadRequest
from runbooks.compiler import compile_runbook
from runbooks.loops import base_id, expanded, item_id
from runbooks.plan import Plan
from runbooks.source import read_source
from store.engine import Database
from tests.runbooks.test_engine import plain
from tests.runbooks.world import Rig, book
from tests.support.clock import ManualClock

EACH = plain(
    """
  - id: set
    uses: version.set
    foreach: "['rag-api', 'embeddings', 'llm-gateway']"
    max_parallel: 2
    with: {service: "${{ item }}", to: new}
    undo: {uses: version.set, with: {service: "${{ item }}", to: old}}
  - {id: tell, uses: note.add, with: {text: "${{ string(size(steps.set.output.items)) }} ${{ steps.set.output.items[1].version }}"}}
"""  # noqa: E501
)
SERVICES = ("rag-api", "embeddings", "llm-gateway")


def rigged(database: Database, clock: ManualClock, text: str = EACH) -> Rig:
    rig = Rig(database, clock, books=(text,))
    rig.world.versions |= {"llm-gateway": ["g1", "g2"]}
    return rig


async def test_each_item_is_a_step_of_the_plan_of_the_ledger_and_of_the_world(
    database: Database, clock: ManualClock
) -> None:
    rig = rigged(database, clock)
    proposal = await rig.propose("plain")
    plan = proposal.plan
    assert [step.id for step in plan.steps] == ["set[0]", "set[1]", "set[2]", "tell"]
    assert plan.targets == tuple(sorted(SERVICES))
    assert plan.effect == "write"
    assert Plan.from_json(plan.to_json()).hash == plan.hash
    run_id = await rig.queued("plain")
    await rig.work()
    assert (await rig.run(run_id)).status == "succeeded"
    assert await rig.statuses(run_id) == {
        "set[0]": "done",
        "set[1]": "done",
        "set[2]": "done",
        "tell": "done",
    }
    assert sorted(rig.world.acts) == sorted(
        (f"{run_id}:set[{place}]", service, "new") for place, service in enumerate(SERVICES)
    )
    assert rig.world.notes == {f"{run_id}:tell": "3 new"}


async def test_no_more_items_than_allowed_run_together(sqlite_database: Database, clock: ManualClock) -> None:
    rig = rigged(sqlite_database, clock)
    rig.world.scripts["version.set"] = ["hang", "hang", "hang"]
    run_id = await rig.queued("plain")
    work = asyncio.create_task(rig.work())
    async with asyncio.timeout(10):
        while list((await rig.statuses(run_id)).values()).count("started") < 2:
            await asyncio.sleep(0)
    for _ in range(20):
        await asyncio.sleep(0.002)
    assert await rig.statuses(run_id) == {
        "set[0]": "started",
        "set[1]": "started",
        "set[2]": "new",
        "tell": "new",
    }
    rig.world.release.set()
    await work
    assert (await rig.run(run_id)).status == "succeeded"


async def test_an_item_that_fails_puts_the_others_back(sqlite_database: Database, clock: ManualClock) -> None:
    rig = rigged(sqlite_database, clock, EACH.replace("max_parallel: 2", "max_parallel: 1"))
    rig.world.scripts["version.set"] = ["ok", "ok", "refuse"]
    run_id = await rig.queued("plain")
    await rig.work()
    assert (await rig.run(run_id)).status == "rolled_back"
    assert [(service, to) for _, service, to in rig.world.acts] == [
        ("rag-api", "new"),
        ("embeddings", "new"),
        ("embeddings", "old"),
        ("rag-api", "old"),
    ]


async def test_a_list_that_a_read_gives_is_pinned_by_the_plan(
    sqlite_database: Database, clock: ManualClock
) -> None:
    text = plain(
        """
  - {id: now, uses: version.get, with: {service: rag-api}}
  - {id: note, uses: note.add, foreach: "[steps.now.output.current, 'x']", with: {text: "${{ item }}"}}
"""
    )
    rig = rigged(sqlite_database, clock, text)
    run_id = await rig.queued("plain")
    rig.world.versions["rag-api"].append("v9")
    await rig.work()
    assert rig.world.notes == {f"{run_id}:note[0]": "v2", f"{run_id}:note[1]": "x"}


async def test_an_empty_list_leaves_the_step_out(sqlite_database: Database, clock: ManualClock) -> None:
    empty = EACH.replace("['rag-api', 'embeddings', 'llm-gateway']", "[]").replace(
        " ${{ steps.set.output.items[1].version }}", ""
    )
    rig = rigged(sqlite_database, clock, empty)
    run_id = await rig.queued("plain")
    await rig.work()
    assert await rig.statuses(run_id) == {"set": "skipped", "tell": "done"}
    assert rig.world.acts == []
    assert rig.world.notes == {f"{run_id}:tell": "0"}


@pytest.mark.parametrize(
    ("foreach", "words"),
    [
        ("1", "it must give a list"),
        ("[0,1,2,3,4,5,6,7].map(a, [0,1,2,3,4,5,6].map(b, b))[0] + 1", "cannot be worked out"),
        ("[run.id]", "must be known when the run is planned"),
    ],
)
async def test_what_is_no_list_when_planned_is_refused(
    foreach: str, words: str, sqlite_database: Database, clock: ManualClock
) -> None:
    text = EACH.replace("['rag-api', 'embeddings', 'llm-gateway']", foreach)
    with pytest.raises(BadRequest, match=words):
        await rigged(sqlite_database, clock, text).propose("plain")


async def test_too_long_a_list_is_refused(sqlite_database: Database, clock: ManualClock) -> None:
    text = EACH.replace("['rag-api', 'embeddings', 'llm-gateway']", str(["rag-api"] * 51))
    with pytest.raises(BadRequest, match="gives 51 items; at most 50"):
        await rigged(sqlite_database, clock, text).propose("plain")


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (
            '  - {id: a, uses: note.add, with: {text: "${{ item }}"}}\n',
            "which only a step with `foreach` has",
        ),
        ("  - {id: a, uses: note.add, max_parallel: 2, with: {text: x}}\n", "belongs to `foreach`"),
        ('  - {id: a, uses: note.add, always: true, foreach: "[1]", with: {text: x}}\n', "runs once"),
    ],
)
def test_what_does_not_belong_together_is_a_problem(
    steps: str, words: str, sqlite_database: Database, clock: ManualClock
) -> None:
    rig = Rig(sqlite_database, clock)
    problems = compile_runbook(read_source(plain(steps)).content, rig.actions)
    assert isinstance(problems, list)
    assert any(words in one.what for one in problems)


async def test_a_worker_that_dies_between_items_leaves_the_rest_to_the_next(
    database: Database, clock: ManualClock
) -> None:
    rig = rigged(database, clock, EACH.replace("max_parallel: 2", "max_parallel: 1"))
    rig.world.scripts["version.set"] = ["ok", "hang"]
    run_id = await rig.queued("plain")
    run = await rig.claim("one")
    assert run is not None
    work = asyncio.create_task(rig.engine.execute(run))
    async with asyncio.timeout(10):
        while (await rig.statuses(run_id))["set[1]"] != "started":
            await asyncio.sleep(0)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    clock.advance(60)
    await rig.work("two")
    assert (await rig.run(run_id)).status == "succeeded"
    assert sorted(service for _, service, _ in rig.world.acts) == sorted(SERVICES)


def test_a_runbook_without_loops_is_left_as_it_is(sqlite_database: Database, clock: ManualClock) -> None:
    rig = Rig(sqlite_database, clock)
    one = book(plain("  - {id: a, uses: note.add, with: {text: x}}\n"), rig.actions)
    plan = Plan("plain", one.digest, "t", "staging", {}, (), "read", "low")
    assert expanded(one, plan) is one
    assert (item_id("a", 2), base_id("a[2]"), base_id("a")) == ("a[2]", "a", "a")
