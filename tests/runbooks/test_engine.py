from __future__ import annotations

import asyncio

import pytest

from integrations.actions import Actions
from runbooks.policy import Mode
from store import audit, inbox, ledger
from store.engine import Database, StaleFence
from tests.runbooks.world import MARIA, ROLLBACK, Rig
from tests.support.clock import ManualClock

PLAIN = """
version: 1
name: plain
description: Set a version.
owner: platform
inputs:
  service: {type: service, required: true}
  environment: {type: environment, default: staging}
steps:
"""


def plain(steps: str) -> str:
    return PLAIN + steps


async def test_a_run_goes_from_its_plan_to_its_end_and_every_transition_is_in_the_audit(rig: Rig) -> None:
    run_id = await rig.queued()
    await rig.work()
    run = await rig.run(run_id)
    assert (run.status, run.error) == ("succeeded", None)
    assert await rig.statuses(run_id) == {"now": "done", "back": "done", "tell": "done"}
    assert rig.world.acts == [(f"{run_id}:back", "rag-api", "v1")]
    assert rig.world.notes == {f"{run_id}:tell": "rag-api: succeeded"}
    assert await rig.audited(run_id) == [
        "run.created",
        "approval.opened",
        "approval.decision",
        "approval.approved",
        "run.queued",
        "run.claimed",
        "step.started",
        "step.done",
        "step.started",
        "step.done",
        "step.verified",
        "step.started",
        "step.done",
        "run.succeeded",
    ]
    assert (await rig.database.read(audit.verify)).ok


async def test_the_end_of_a_run_is_an_inbox_row_with_its_request(rig: Rig) -> None:
    run_id = await rig.queued()
    await rig.work()
    rows = []
    while (
        row := await rig.database.write(lambda c: inbox.claim_next(c, owner="x", now=rig.clock.now()))
    ) is not None:
        rows.append((row.kind, row.payload))
    assert [kind for kind, _ in rows] == ["decided", "ended"]
    assert rows[1][1] == {"run_id": run_id, "request_id": "req_1", "status": "succeeded"}


async def test_what_a_verification_said_is_kept_with_the_step(rig: Rig) -> None:
    rig.world.errors = iter([0.9, 0.8, 0.1]).__next__
    run_id = await rig.queued()
    await rig.work()
    note = ((await rig.steps(run_id))["back"].output or {})["verify"]
    assert note["ok"] is True
    assert note["result"] == {"value": 0.1}


async def test_a_step_that_does_not_make_it_well_is_put_back(rig: Rig) -> None:
    rig.world.errors = lambda: 0.9
    run_id = await rig.queued()
    await rig.work()
    run = await rig.run(run_id)
    assert run.status == "rolled_back"
    assert "it is not well after 60 s" in (run.error or "")
    assert (await rig.statuses(run_id))["back"] == "undone"
    assert rig.world.versions["rag-api"][-1] == "v2"
    assert rig.world.notes[f"{run_id}:tell"] == "rag-api: rolled_back"


async def test_what_an_undo_cannot_put_back_is_said(rig: Rig) -> None:
    rig.world.errors = lambda: 0.9
    rig.world.scripts["version.set"] = ["ok", "refuse"]
    run_id = await rig.queued()
    await rig.work()
    run = await rig.run(run_id)
    assert run.status == "failed"
    assert "could not be put back: The world says no." in (run.error or "")
    assert (await rig.statuses(run_id))["back"] == "undo_failed"


async def test_undo_goes_backwards_through_what_was_done(
    sqlite_database: Database, clock: ManualClock
) -> None:
    steps = "".join(
        f"""
  - id: {name}
    uses: version.set
    with: {{service: {service}, to: new}}
    undo: {{uses: version.set, with: {{service: {service}, to: old}}}}
"""
        for name, service in (("a", "rag-api"), ("b", "embeddings"))
    )
    broken = "  - {id: c, uses: version.set, with: {service: rag-api, to: newer}}\n"
    rig = Rig(sqlite_database, clock, books=(plain(steps + broken),))
    rig.world.scripts["version.set"] = ["ok", "ok", "refuse"]
    run_id = await rig.queued("plain")
    await rig.work()
    assert (await rig.run(run_id)).status == "rolled_back"
    assert [(service, to) for _, service, to in rig.world.acts[2:]] == [
        ("embeddings", "old"),
        ("rag-api", "old"),
    ]


async def test_a_failed_read_stops_the_run_and_leaves_what_was_done(
    sqlite_database: Database, clock: ManualClock
) -> None:
    text = plain(
        """
  - {id: a, uses: version.set, with: {service: rag-api, to: new}, undo: {uses: version.set, with: {service: x, to: o}}}
  - {id: b, uses: version.get, with: {service: rag-api}}
  - {id: c, uses: version.set, with: {service: rag-api, to: newer}}
"""
    )
    rig = Rig(sqlite_database, clock, books=(text,))
    run_id = await rig.queued("plain")
    rig.world.scripts["version.get"] = ["refuse"]
    await rig.work()
    run = await rig.run(run_id)
    assert run.status == "failed"
    assert "What was done stands: a." in (run.error or "")
    assert await rig.statuses(run_id) == {"a": "done", "b": "failed", "c": "skipped"}


async def test_steps_without_needs_run_one_after_the_other_and_independent_ones_together(
    sqlite_database: Database, clock: ManualClock
) -> None:
    text = plain(
        """
  - {id: a, uses: version.get, with: {service: rag-api}}
  - {id: b, uses: version.set, needs: [a], with: {service: rag-api, to: new}}
  - {id: c, uses: version.set, needs: [a], with: {service: embeddings, to: new}}
  - {id: d, uses: note.add, needs: [b, c], with: {text: both}}
"""
    )
    rig = Rig(sqlite_database, clock, books=(text,))
    rig.world.scripts["version.set"] = ["hang", "ok"]
    run_id = await rig.queued("plain")
    work = asyncio.create_task(rig.work())
    while (await rig.statuses(run_id))["c"] != "done":
        await asyncio.sleep(0)
    assert (await rig.statuses(run_id)) == {"a": "done", "b": "started", "c": "done", "d": "new"}
    rig.world.release.set()
    await work
    assert (await rig.run(run_id)).status == "succeeded"


async def test_a_condition_that_does_not_hold_leaves_the_step_out(
    sqlite_database: Database, clock: ManualClock
) -> None:
    rig = Rig(sqlite_database, clock)
    rig.world.versions["rag-api"] = ["v1"]
    run_id = await rig.queued()
    await rig.work()
    assert await rig.statuses(run_id) == {"now": "done", "back": "skipped", "tell": "done"}
    assert (await rig.run(run_id)).status == "succeeded"


async def test_a_read_is_tried_again_as_often_as_the_runbook_says(
    sqlite_database: Database, clock: ManualClock
) -> None:
    text = plain(
        "  - {id: a, uses: version.get, with: {service: rag-api}, retry: {attempts: 3, backoff: 10s}}\n"
    )
    rig = Rig(sqlite_database, clock, books=(text,))
    run_id = await rig.queued("plain")
    rig.world.scripts["version.get"] = ["down", "down", "ok"]
    began = clock.now()
    await rig.work()
    assert (await rig.steps(run_id))["a"].attempts == 3
    assert clock.now() - began >= 30
    assert (await rig.run(run_id)).status == "succeeded"


async def test_a_write_whose_answer_is_lost_is_not_done_twice(rig: Rig) -> None:
    rig.world.scripts["version.set"] = ["lose the answer"]
    run_id = await rig.queued()
    await rig.work()
    assert (await rig.run(run_id)).status == "succeeded"
    assert len(rig.world.acts) == 1
    assert rig.world.asked == 1


async def test_a_write_that_timed_out_is_asked_whether_it_happened(
    sqlite_database: Database, clock: ManualClock
) -> None:
    rig = Rig(sqlite_database, clock, books=(ROLLBACK.replace("    if:", "    timeout: 0.02\n    if:"),))
    rig.world.scripts["version.set"] = ["hang"]
    run_id = await rig.queued()
    await rig.work()
    run = await rig.run(run_id)
    assert run.status == "failed"
    assert "did not answer within 0.02 s" in (run.error or "")
    assert (rig.world.asked, rig.world.acts) == (2, [])


async def test_a_write_that_certainly_did_not_happen_may_be_tried_again(
    sqlite_database: Database, clock: ManualClock
) -> None:
    rig = Rig(
        sqlite_database, clock, books=(ROLLBACK.replace("    if:", "    retry: {attempts: 2}\n    if:"),)
    )
    rig.world.scripts["version.set"] = ["lose the call", "ok"]
    run_id = await rig.queued()
    await rig.work()
    assert (await rig.run(run_id)).status == "succeeded"
    assert ((await rig.steps(run_id))["back"].attempts, len(rig.world.acts)) == (2, 1)


async def test_a_write_that_nobody_can_tell_of_stops_the_run_for_a_person(rig: Rig) -> None:
    rig.world.scripts["version.set"] = ["lose the answer"]
    rig.world.tells = False
    run_id = await rig.queued()
    await rig.work()
    assert (await rig.run(run_id)).status == "unknown"
    assert await rig.statuses(run_id) == {"now": "done", "back": "unknown", "tell": "new"}
    assert rig.world.notes == {}


async def test_an_action_that_breaks_is_an_unknown_outcome_with_an_error_id(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.world.scripts["version.set"] = ["break"]
    run_id = await rig.queued()
    await rig.work()
    run = await rig.run(run_id)
    assert run.status == "failed"
    assert "broke (ZeroDivisionError); error" in (run.error or "")
    assert "ZeroDivisionError" in caplog.text


async def test_a_changed_world_stops_the_run_before_its_write_and_asks_anew(rig: Rig) -> None:
    run_id = await rig.queued()
    rig.world.versions["rag-api"].append("v3")
    await rig.work()
    run = await rig.run(run_id)
    assert run.status == "failed"
    assert "to was 'v1' when you saw the plan and is 'v2' now" in (run.error or "")
    assert rig.world.acts == []
    row = await rig.database.write(lambda c: inbox.claim_next(c, owner="x", now=rig.clock.now()))
    assert row is not None
    row = await rig.database.write(lambda c: inbox.claim_next(c, owner="x", now=rig.clock.now()))
    assert row is not None
    assert row.payload["replan"] is True


async def test_a_second_write_on_what_the_first_changed_is_no_surprise(
    sqlite_database: Database, clock: ManualClock
) -> None:
    text = plain(
        """
  - {id: a, uses: version.set, with: {service: rag-api, to: new}}
  - {id: b, uses: version.set, with: {service: rag-api, to: newer}}
"""
    )
    rig = Rig(sqlite_database, clock, books=(text,))
    run_id = await rig.queued("plain")
    await rig.work()
    assert (await rig.run(run_id)).status == "succeeded"
    assert rig.world.versions["rag-api"][-2:] == ["new", "newer"]


async def test_a_dry_run_never_reaches_a_write_or_a_record(rig: Rig) -> None:
    proposal = await rig.propose(environment="production", dry_run=True)
    assert proposal.approval is None
    assert proposal.run is not None
    await rig.work()
    assert (await rig.run(proposal.run.id)).status == "succeeded"
    steps = await rig.steps(proposal.run.id)
    assert (steps["back"].status, steps["tell"].status) == ("skipped", "skipped")
    assert (steps["back"].output or {})["would"]["after"] == {"version": "v1"}
    assert (rig.world.acts, rig.world.notes) == ([], {})


@pytest.mark.parametrize(
    ("mode", "status"), [("propose", "cancelled"), ("observe", "cancelled"), ("demo", "succeeded")]
)
async def test_the_mode_is_looked_at_again_when_a_run_is_claimed(
    sqlite_database: Database, clock: ManualClock, mode: Mode, status: str
) -> None:
    rig = Rig(sqlite_database, clock)
    run_id = await rig.queued()
    rig.mode = mode
    await rig.work(engine=rig.engine_on(sqlite_database))
    assert (await rig.run(run_id)).status == status
    assert bool(rig.world.acts) is (status == "succeeded")


async def test_a_run_longer_than_its_time_stops(sqlite_database: Database, clock: ManualClock) -> None:
    text = ROLLBACK.replace("inputs:\n", "timeout: 30s\ninputs:\n", 1).replace("within: 1m", "within: 10m")
    text = text.replace("  - id: tell", "  - {id: more, uses: note.add, with: {text: more}}\n  - id: tell")
    rig = Rig(sqlite_database, clock, books=(text,))
    rig.world.errors = lambda: 0.0 if clock.now() > 1_760_000_090 else 0.9
    run_id = await rig.queued()
    await rig.work()
    run = await rig.run(run_id)
    assert run.status == "failed"
    assert run.error == "The run took longer than its 30 s. What was done stands: back."


async def test_a_worker_with_an_old_fence_writes_nothing(rig: Rig) -> None:
    rig.world.scripts["version.set"] = ["hang"]
    run_id = await rig.queued()
    first = asyncio.create_task(rig.work("one"))
    while (await rig.statuses(run_id))["back"] != "started":
        await asyncio.sleep(0)
    rig.clock.advance(31)
    await rig.work("two")
    before = await rig.steps(run_id)
    assert (await rig.run(run_id)).status == "succeeded"
    rig.world.release.set()
    await first
    assert await rig.steps(run_id) == before
    with pytest.raises(StaleFence):
        await rig.database.write(
            lambda conn: ledger.move_step(conn, run_id, "back", "undone", now=rig.clock.now(), fence=1)
        )


MORE = ROLLBACK.replace("  - id: tell", "  - {id: more, uses: note.add, with: {text: more}}\n  - id: tell")


async def while_back_runs(rig: Rig, run_id: str) -> asyncio.Task[None]:
    """A worker in the middle of step `back`, until the world lets go."""
    work = asyncio.create_task(rig.work())
    while (await rig.statuses(run_id))["back"] != "started":
        await asyncio.sleep(0)
    return work


async def test_a_paused_run_holds_before_its_next_step_and_goes_on(
    sqlite_database: Database, clock: ManualClock
) -> None:
    rig = Rig(sqlite_database, clock, books=(MORE.replace("inputs:", "timeout: 10m\ninputs:", 1),))
    rig.world.scripts["version.set"] = ["hang"]
    run_id = await rig.queued()
    work = await while_back_runs(rig, run_id)
    await rig.runbooks.pause(run_id, MARIA)
    rig.world.release.set()
    await work
    assert (await rig.run(run_id)).status == "paused"
    assert await rig.statuses(run_id) == {"now": "done", "back": "done", "more": "new", "tell": "new"}
    clock.advance(3600)
    assert await rig.claim() is None
    await rig.runbooks.resume(run_id, MARIA)
    await rig.work("two")
    run = await rig.run(run_id)
    assert (run.status, run.error) == ("succeeded", None), "an hour of pause is not an hour of run"
    assert len(rig.world.acts) == 1


async def test_a_paused_run_can_be_cancelled(sqlite_database: Database, clock: ManualClock) -> None:
    rig = Rig(sqlite_database, clock, books=(MORE,))
    rig.world.scripts["version.set"] = ["hang"]
    run_id = await rig.queued()
    work = await while_back_runs(rig, run_id)
    await rig.runbooks.pause(run_id, MARIA)
    rig.world.release.set()
    await work
    await rig.runbooks.cancel(run_id, MARIA)
    await rig.work("two")
    assert (await rig.run(run_id)).status == "cancelled"
    assert await rig.statuses(run_id) == {"now": "done", "back": "done", "more": "skipped", "tell": "done"}


async def test_a_cancelled_run_stops_before_its_next_step(
    sqlite_database: Database, clock: ManualClock
) -> None:
    rig = Rig(sqlite_database, clock, books=(MORE,))
    rig.world.scripts["version.set"] = ["hang"]
    run_id = await rig.queued()
    work = await while_back_runs(rig, run_id)
    await rig.runbooks.cancel(run_id, MARIA)
    rig.world.release.set()
    await work
    run = await rig.run(run_id)
    assert (run.status, run.error) == ("cancelled", "Cancelled by maria. What was done stands: back.")
    assert await rig.statuses(run_id) == {"now": "done", "back": "done", "more": "skipped", "tell": "done"}


async def test_a_run_whose_action_is_gone_ends_in_words(
    sqlite_database: Database, clock: ManualClock
) -> None:
    rig = Rig(sqlite_database, clock)
    run_id = await rig.queued()
    rig.actions = Actions({name: one for name, one in rig.actions.by_name.items() if name != "version.set"})
    await rig.work(engine=rig.engine_on(sqlite_database))
    run = await rig.run(run_id)
    assert run.status == "failed"
    assert "no action 'version.set'" in (run.error or "")
