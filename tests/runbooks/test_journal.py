from __future__ import annotations

import pytest

from runbooks.job import Job
from runbooks.journal import Journal, tell
from runbooks.plan import Plan
from store import inbox, ledger
from store.engine import Database, StaleFence
from tests.runbooks.world import Rig
from tests.support.clock import ManualClock


@pytest.fixture
async def held(database: Database, clock: ManualClock) -> tuple[Rig, Job, Journal]:
    """A claimed run and the journal of that claim."""
    rig = Rig(database, clock)
    await rig.queued()
    run = await rig.claim()
    assert run is not None
    job = Job(run, rig.library.get("rollback"), Plan.from_json(run.plan), await rig.steps(run.id))
    return rig, job, Journal(database, clock, job, rig.changes.append)


async def test_the_job_always_shows_what_the_ledger_holds(held: tuple[Rig, Job, Journal]) -> None:
    rig, job, journal = held
    await journal.started("now", {"service": "rag-api"}, None)
    await journal.done("now", {"current": "v2"})
    await journal.started("back", {"to": "v1"}, {"version": "v2"})
    await journal.done("back", {"version": "v1"})
    await journal.verified("back", {"ok": True, "expect": "x", "result": {}, "why": ""})
    assert job.steps == await rig.steps(job.run.id)
    assert job.steps["back"].before == {"version": "v2"}
    assert job.steps["back"].output == {
        "version": "v1",
        "verify": {"ok": True, "expect": "x", "result": {}, "why": ""},
    }


async def test_another_attempt_is_counted_and_keeps_the_step_started(held: tuple[Rig, Job, Journal]) -> None:
    _, job, journal = held
    await journal.started("now", {}, None)
    await journal.started("now", {"service": "rag-api"}, None)
    assert (job.steps["now"].status, job.steps["now"].attempts) == ("started", 2)


async def test_nothing_is_written_under_an_old_fence(held: tuple[Rig, Job, Journal]) -> None:
    rig, job, journal = held
    await journal.started("now", {}, None)
    rig.clock.advance(31)
    assert await rig.claim("two") is not None
    before, audited = await rig.steps(job.run.id), await rig.audited()
    for write in (
        journal.done("now", {}),
        journal.failed("now", "x"),
        journal.unknown("now", "x"),
        journal.started("now", {}, None),
        journal.skipped("back", "x"),
        journal.verified("now", {"ok": True}),
        journal.undo_started("now", {}),
        journal.undoing("x"),
        journal.end("succeeded"),
    ):
        with pytest.raises(StaleFence):
            await write
    assert await rig.steps(job.run.id) == before
    assert await rig.audited() == audited


async def test_the_end_is_told_once_and_closes_what_never_ran(held: tuple[Rig, Job, Journal]) -> None:
    rig, job, journal = held
    await journal.end("failed", "because", replan=True)
    assert set((await rig.statuses(job.run.id)).values()) == {"skipped"}
    await rig.database.write(lambda conn: tell(conn, job.run, rig.clock.now()))
    found = []
    while (
        row := await rig.database.write(lambda c: inbox.claim_next(c, owner="x", now=rig.clock.now()))
    ) is not None:
        found.append((row.kind, row.lane, dict(row.payload)))
    assert found[-1] == (
        "ended",
        None,
        {"run_id": job.run.id, "request_id": "req_1", "status": "failed", "replan": True},
    )
    assert [kind for kind, _, _ in found].count("ended") == 1


async def test_a_pause_that_was_taken_back_meanwhile_is_no_pause(held: tuple[Rig, Job, Journal]) -> None:
    rig, job, journal = held
    assert await journal.paused() is False
    assert (await rig.run(job.run.id)).status == "running"


async def test_an_interrupted_write_keeps_what_it_changed_from(held: tuple[Rig, Job, Journal]) -> None:
    rig, job, journal = held
    await journal.started("back", {"to": "v1"}, {"version": "v2"})
    await journal.resolved("back", "no")
    step = (await rig.database.read(lambda conn: ledger.get_steps(conn, job.run.id)))[1]
    assert (step.status, step.before) == ("started", {"version": "v2"})
    assert "step.asked" in await rig.audited(job.run.id)
