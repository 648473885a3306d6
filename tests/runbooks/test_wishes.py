from __future__ import annotations

import pytest
from sqlalchemy import Connection

from config.errors import Conflict
from runbooks.wishes import What, Wish, wanted, wish
from store import ledger
from store.records import RunStatus
from tests.runbooks.world import Rig
from tests.support.ledger import NOW, a_run, an_entry


async def stored(rig: Rig, status: RunStatus) -> None:
    run = a_run(status=status, lease_until=None)
    await rig.database.write(lambda conn: ledger.create_run(conn, run, [], an_entry(), NOW))


async def say(rig: Rig, what: What) -> RunStatus:
    def work(conn: Connection) -> RunStatus:
        run = ledger.get_run(conn, "run_1")
        assert run is not None
        return wish(conn, run, what, "maria", None, NOW).status

    return await rig.database.write(work)


async def test_a_wish_is_there_for_any_worker_until_it_is_taken_back(rig: Rig) -> None:
    await stored(rig, "running")
    assert await rig.database.read(lambda conn: wanted(conn, "run_1")) is None
    await say(rig, "pause")
    assert await rig.database.read(lambda conn: wanted(conn, "run_1")) == Wish("pause", "maria")
    await say(rig, "resume")
    assert await rig.database.read(lambda conn: wanted(conn, "run_1")) is None
    await say(rig, "cancel")
    assert await rig.database.read(lambda conn: wanted(conn, "run_1")) == Wish("cancel", "maria")
    assert await rig.audited("run_1") == [
        "run.created",
        "run.pause_wanted",
        "run.resume_wanted",
        "run.cancel_wanted",
    ]


@pytest.mark.parametrize("what", ["resume", "cancel"])
async def test_a_paused_run_is_free_for_a_worker_at_once(rig: Rig, what: What) -> None:
    await stored(rig, "paused")
    assert await say(rig, what) == "running"
    assert await rig.claim() is not None


@pytest.mark.parametrize(
    ("status", "what", "words"),
    [
        ("succeeded", "cancel", "is succeeded already"),
        ("undoing", "cancel", "putting things back"),
        ("unknown", "cancel", "say what happened, or abort"),
        ("queued", "pause", "only a running one can be paused"),
        ("queued", "resume", "only a paused one can be resumed"),
    ],
)
async def test_what_cannot_be_is_said(rig: Rig, status: RunStatus, what: What, words: str) -> None:
    await stored(rig, status)
    with pytest.raises(Conflict, match=words):
        await say(rig, what)
