from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from config.errors import BadRequest, Conflict
from integrations.actions import Context
from runbooks.compiler import compile_runbook
from runbooks.groups import explained
from runbooks.source import read_source
from store import inbox
from store.engine import Database
from tests.runbooks.test_dispatcher import started, until_over
from tests.runbooks.world import MARIA, Done, Rig, Words, World
from tests.support.clock import ManualClock

TEXT = """
version: 1
name: {name}
description: Write a note about a service.
owner: platform
inputs:
  service: {{type: service, required: true}}
  environment: {{type: environment, default: staging}}
concurrency: {{group: "deploy/${{{{ inputs.service }}}}/${{{{ run.environment }}}}", on_conflict: {what}}}
steps:
  - {{id: a, uses: note.add, with: {{text: one}}}}
"""
WAITS = TEXT.format(name="waits", what="queue")
REJECTS = TEXT.format(name="rejects", what="reject")


def rigged(database: Database, clock: ManualClock) -> Rig:
    return Rig(database, clock, books=(WAITS, REJECTS))


async def queued(rig: Rig, runbook: str, **inputs: str) -> str:
    """A queued run that is younger than those before it."""
    rig.clock.advance(1)
    return await rig.queued(runbook, **inputs)


async def test_a_run_waits_for_the_one_of_its_group_that_is_at_work(
    database: Database, clock: ManualClock
) -> None:
    rig = rigged(database, clock)
    first, second = await queued(rig, "waits"), await queued(rig, "waits")
    elsewhere = await queued(rig, "waits", service="embeddings")
    taken = await rig.claim()
    assert taken is not None and taken.id == first
    assert taken.conflict_group == "deploy/rag-api/staging"
    other = await rig.claim("two")
    assert other is not None and other.id == elsewhere, "another group is not held up"
    assert await rig.claim("three") is None
    await rig.engine.execute(taken)
    last = await rig.claim()
    assert last is not None and last.id == second


async def test_a_run_that_waits_for_its_group_says_for_which_run(rig: Rig) -> None:
    rig = rigged(rig.database, rig.clock)
    first, second = await queued(rig, "waits"), await queued(rig, "waits")

    async def said() -> str | None:
        run = await rig.run(second)
        return (await rig.database.read(lambda conn: explained(conn, run))).error

    assert await said() is None
    assert await rig.claim() is not None
    assert await said() == (
        f"Run {first} (waits) of the group deploy/rag-api/staging is running; only one may be at work. "
        "It waits for that one."
    )
    assert (await rig.run(second)).error is None
    run = await rig.run(first)
    assert await rig.database.read(lambda conn: explained(conn, run)) == run


async def test_a_paused_run_keeps_its_group(sqlite_database: Database, clock: ManualClock) -> None:
    rig = rigged(sqlite_database, clock)
    first = await queued(rig, "waits")
    run = await rig.claim()
    assert run is not None
    await rig.runbooks.pause(first, MARIA)
    await rig.engine.execute(run)
    assert (await rig.run(first)).status == "paused"
    second = await queued(rig, "waits")
    assert await rig.claim() is None
    await rig.runbooks.resume(first, MARIA)
    await rig.work()
    assert (await rig.run(second)).status == "succeeded"


async def test_what_rejects_is_refused_when_it_is_asked_for(
    sqlite_database: Database, clock: ManualClock
) -> None:
    rig = rigged(sqlite_database, clock)
    first = await queued(rig, "waits")
    assert await rig.claim() is not None
    with pytest.raises(Conflict, match=f"Run {first} .waits. of the group deploy/rag-api/staging is running"):
        await rig.propose("rejects")
    assert (await rig.propose("rejects", dry_run=True)).run is not None, "a dry run is in nobody's way"


async def test_what_rejects_and_was_queued_before_ends_and_says_so(
    database: Database, clock: ManualClock
) -> None:
    rig = rigged(database, clock)
    first, second = await queued(rig, "waits"), await queued(rig, "rejects")
    rig.world.scripts["note.add"] = ["hang"]
    async with started(rig, "one"):
        ended = await until_over(rig, second)
        assert ended.status == "cancelled"
        assert first in (ended.error or "") and "Nothing was run." in (ended.error or "")
        rig.world.release.set()
        assert (await until_over(rig, first)).status == "succeeded"
    assert "run.rejected" in await rig.audited(second)
    told = []
    while (
        row := await database.write(lambda c: inbox.claim_next(c, owner="x", now=clock.now()))
    ) is not None:
        told.append(row.payload["run_id"])
    assert sorted(told) == sorted([first, second])


@dataclass
class Watched(World):
    """Counts how many notes are written at the same time."""

    at_work: int = 0
    most: int = 0

    async def note(self, context: Context, inputs: Words) -> Done:
        self.at_work += 1
        self.most = max(self.most, self.at_work)
        await asyncio.sleep(0.002)
        self.at_work -= 1
        return await super().note(context, inputs)


async def test_many_runs_of_one_group_and_three_workers_never_overlap(
    database: Database, clock: ManualClock
) -> None:
    world = Watched()
    rig = Rig(database, clock, books=(WAITS, REJECTS), world=world)
    ids = [await queued(rig, "waits") for _ in range(12)]
    async with started(rig, "one"), started(rig, "two"), started(rig, "three"), asyncio.timeout(30):
        for one in ids:
            assert (await until_over(rig, one)).status == "succeeded"
    assert world.most == 1


async def test_a_group_that_is_no_text_is_refused(sqlite_database: Database, clock: ManualClock) -> None:
    text = WAITS.replace("deploy/${{ inputs.service }}/${{ run.environment }}", "${{ size(inputs.service) }}")
    rig = Rig(sqlite_database, clock, books=(text,))
    with pytest.raises(BadRequest, match="must be 1 to 200 characters"):
        await rig.propose("waits")


@pytest.mark.parametrize(
    ("group", "words"),
    [("${{ run.id }}", "run.id is not known yet"), ("${{ steps.a.output.x }}", "has not ended by then")],
)
def test_a_group_is_worked_out_of_the_inputs_alone(
    group: str, words: str, sqlite_database: Database, clock: ManualClock
) -> None:
    text = WAITS.replace("deploy/${{ inputs.service }}/${{ run.environment }}", group)
    rig = Rig(sqlite_database, clock)
    problems = compile_runbook(read_source(text).content, rig.actions)
    assert isinstance(problems, list)
    assert any(words in one.what for one in problems)
