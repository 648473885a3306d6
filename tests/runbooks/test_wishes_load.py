"""Pause, resume and cancel while two workers are busy: each run ends as people said, and starts nothing after."""

from __future__ import annotations

import asyncio
import random

from config.errors import Conflict
from store.engine import Database
from tests.runbooks.test_dispatcher import started, until_over
from tests.runbooks.test_halt import NOTES
from tests.runbooks.world import MARIA, Rig
from tests.support.clock import ManualClock


async def test_forty_runs_are_steered_at_random_and_none_is_lost(
    database: Database, clock: ManualClock
) -> None:
    draw, rig = random.Random(3), Rig(database, clock, books=(NOTES,))
    ids = [await rig.queued("notes") for _ in range(40)]
    cancelled: dict[str, int] = {}

    async def steer(run_id: str) -> None:
        await asyncio.sleep(draw.random() * 0.5)
        try:
            await rig.runbooks.pause(run_id, MARIA)
            await asyncio.sleep(draw.random() * 0.05)
            if draw.random() < 0.5:
                await rig.runbooks.cancel(run_id, MARIA)
                began = [status for status in (await rig.statuses(run_id)).values() if status != "new"]
                cancelled[run_id] = len([one for one in began if one != "skipped"])
            else:
                await rig.runbooks.resume(run_id, MARIA)
        except Conflict:
            return  # it was not running yet, or is over already

    async with started(rig, "one", most=4), started(rig, "two", most=4):
        await asyncio.gather(*(steer(one) for one in ids))
        ends = {one: (await until_over(rig, one)).status for one in ids}
    assert set(ends.values()) <= {"succeeded", "cancelled"}
    notes = {one: sum(key.startswith(f"{one}:") for key in rig.world.notes) for one in ids}
    assert all(notes[one] == 3 for one, status in ends.items() if status == "succeeded")
    assert all(notes[one] <= begun + 1 for one, begun in cancelled.items())
    assert "succeeded" in ends.values()
