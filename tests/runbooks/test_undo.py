from __future__ import annotations

from store.engine import Database
from tests.runbooks.world import Rig
from tests.support.clock import ManualClock

HEAD = """
version: 1
name: other
description: d
owner: me
inputs:
  service: {type: service, required: true}
  environment: {type: environment, default: staging}
steps:
"""


def step(name: str, service: str, undo: str | None) -> str:
    text = f"  - id: {name}\n    uses: version.set\n    with: {{service: {service}, to: {name}}}\n"
    return text + (
        f"    undo: {{uses: version.set, with: {{service: {service}, to: {undo}}}}}\n" if undo else ""
    )


BROKEN = step("broken", "rag-api", None)


async def ran(rig: Rig, *how: str) -> str:
    rig.world.scripts["version.set"] = [*how]  # type: ignore[list-item]
    run_id = await rig.queued("other")
    await rig.work()
    return run_id


async def test_an_undo_that_fails_leaves_older_steps_alone_and_says_so(
    sqlite_database: Database, clock: ManualClock
) -> None:
    book = HEAD + step("a", "rag-api", "old") + step("b", "embeddings", "old") + BROKEN
    rig = Rig(sqlite_database, clock, books=(book,))
    run_id = await ran(rig, "ok", "ok", "refuse", "refuse")
    run = await rig.run(run_id)
    assert run.status == "failed"
    assert "Step b could not be put back: The world says no." in (run.error or "")
    assert await rig.statuses(run_id) == {"a": "done", "b": "undo_failed", "broken": "failed"}


async def test_a_write_without_an_undo_stands_and_is_named(
    sqlite_database: Database, clock: ManualClock
) -> None:
    book = HEAD + step("a", "rag-api", None) + step("b", "embeddings", "old") + BROKEN
    rig = Rig(sqlite_database, clock, books=(book,))
    run_id = await ran(rig, "ok", "ok", "refuse")
    run = await rig.run(run_id)
    assert run.status == "failed"
    assert "These steps have no undo and stand: a." in (run.error or "")
    assert await rig.statuses(run_id) == {"a": "done", "b": "undone", "broken": "failed"}


async def test_nothing_to_undo_is_a_plain_failure(sqlite_database: Database, clock: ManualClock) -> None:
    rig = Rig(sqlite_database, clock, books=(HEAD + BROKEN,))
    run_id = await ran(rig, "refuse")
    assert ((await rig.run(run_id)).status, (await rig.run(run_id)).error) == (
        "failed",
        "Step broken: The world says no.",
    )
    assert "run.undoing" not in await rig.audited(run_id)


async def test_an_undo_that_cannot_be_resolved_is_a_failed_undo_and_not_a_crash(
    sqlite_database: Database, clock: ManualClock
) -> None:
    book = HEAD + step("a", "rag-api", '"${{ steps.a.output.nope }}"') + BROKEN
    rig = Rig(sqlite_database, clock, books=(book,))
    run_id = await ran(rig, "ok", "refuse")
    run = await rig.run(run_id)
    assert run.status == "failed"
    assert "reads 'nope', which is not there" in (run.error or "")


async def test_each_undo_is_in_the_audit_with_what_it_changed_from(
    sqlite_database: Database, clock: ManualClock
) -> None:
    rig = Rig(sqlite_database, clock, books=(HEAD + step("a", "rag-api", "old") + BROKEN,))
    run_id = await ran(rig, "ok", "refuse")
    assert (await rig.run(run_id)).status == "rolled_back"
    assert (await rig.audited(run_id))[-4:] == [
        "run.undoing",
        "step.undo_started",
        "step.undone",
        "run.rolled_back",
    ]
    note = ((await rig.steps(run_id))["a"].output or {})["undo"]
    assert (note["action"], note["before"]) == ("version.set", {"version": "a"})
