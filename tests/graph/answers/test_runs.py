from __future__ import annotations

from sqlalchemy import Connection

from store import ledger, runtime
from store.records import AuditEntry
from tests.graph.world import World
from tests.support.ledger import a_run, a_step, an_entry


async def running(world: World, status: str = "running") -> str:
    def work(conn: Connection) -> None:
        run = a_run("run_1k7abc", status="queued", runbook="rollback-service", requester="maria")
        ledger.create_run(
            conn,
            run,
            [a_step("one", run.id), a_step("two", run.id, position=1)],
            an_entry(run_id=run.id),
            1.0,
        )
        claimed = ledger.claim_run(conn, owner="w", now=1.0, run_id=run.id)
        assert claimed is not None
        if status == "unknown":
            entry = AuditEntry("copilot", "step", "step", "one", run.id)
            ledger.move_step(conn, run.id, "one", "started", now=1.0, fence=claimed.fence, entry=entry)
            ledger.move_step(conn, run.id, "one", "unknown", now=1.0, fence=claimed.fence, entry=entry)
            ledger.move_run(conn, run.id, "unknown", now=1.0, entry=entry)

    await world.database.write(work)
    return "run_1k7abc"


async def test_no_runs_yet_is_said(world: World) -> None:
    assert "No runs yet." in (await world.say("status")).reply.text


async def test_status_lists_what_is_going_on(world: World) -> None:
    await running(world)
    assert (
        "run_1k7abc: rollback-service rag-api in staging, running" in (await world.say("status")).reply.text
    )


async def test_one_run_is_shown_with_its_steps(world: World) -> None:
    await running(world)
    reply = (await world.say("status run_1k7abc")).reply
    assert "is running. 0 of 2 steps are done." in reply.text
    assert [step["id"] for step in reply.blocks[1]["steps"]] == ["one", "two"]


async def test_a_wrong_run_id_is_answered_with_the_nearest(world: World) -> None:
    await running(world)
    reply = (await world.say("cancel run_1k7abd")).reply
    assert "There is no run 'run_1k7abd'. Did you mean run_1k7abc?" in reply.text


async def test_cancel_is_a_wish_that_the_engine_sees(world: World) -> None:
    await running(world)
    assert "It stops before its next step." in (await world.say("cancel run_1k7abc")).reply.text
    wish = await world.database.read(lambda conn: runtime.get(conn, "want:run_1k7abc"))
    assert str(wish).startswith("cancel")


async def test_pause_and_resume(world: World) -> None:
    await running(world)
    assert "It holds before its next step." in (await world.say("pause run_1k7abc")).reply.text
    assert "It goes on." in (await world.say("resume run_1k7abc")).reply.text


async def test_who_may_not_steer_is_told_so(world: World) -> None:
    await running(world)
    assert "needs the role operator" in (await world.say("cancel run_1k7abc", as_="jonas")).reply.text


async def test_a_waiting_run_is_cancelled_at_once(world: World) -> None:
    reply = (await world.say("roll back rag-api in production")).reply
    assert reply.run is not None
    assert "Cancelled." in (await world.say(f"cancel {reply.run['id']}")).reply.text


async def test_a_person_says_what_became_of_a_step(world: World) -> None:
    await running(world, "unknown")
    reply = (await world.say("happened run_1k7abc one")).reply
    assert "Noted: step one did happen." in reply.text
    assert world.dispatcher.nudges == 1


async def test_an_answer_about_a_step_that_is_known_is_refused(world: World) -> None:
    await running(world)
    assert (await world.say("did-not run_1k7abc one")).reply.blocks[0]["type"] == "error"
    assert "There is no run" in (await world.say("abort run_zzzzzzz one")).reply.text
