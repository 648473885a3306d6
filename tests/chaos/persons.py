"""What people do about runs of worker processes: wait for them, and say what happened where nobody else can."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlalchemy import Connection, select

from runbooks.recovery import Answer
from store import ledger
from store.tables import runs
from store.transitions import RUN
from tests.chaos.scenes import Tally
from tests.runbooks.world import PRIYA, Rig
from tests.support.processes import counted

PATIENCE = 60.0


async def at_rest(rig: Rig, ids: Sequence[str]) -> None:
    """Until each has ended, or waits for a person's word. Raises TimeoutError."""

    def moving(conn: Connection) -> bool:
        states = conn.execute(select(runs.c.status).where(runs.c.id.in_(ids))).scalars()
        return any(RUN[one] and one != "unknown" for one in states)

    async with asyncio.timeout(PATIENCE):
        while await rig.database.read(moving):
            await asyncio.sleep(0.02)


async def answered(rig: Rig, ids: Sequence[str], tally: Tally) -> None:
    """A person looks at the target, says what happened, and the runs go on to their ends."""
    log = rig.world.log  # type: ignore[attr-defined]
    while True:
        await at_rest(rig, ids)
        asked = 0
        for run_id in ids:
            for step in await rig.database.read(lambda conn, one=run_id: ledger.get_steps(conn, one)):  # type: ignore[misc]
                if step.status == "unknown" and (await rig.run(run_id)).status == "unknown":
                    done = counted(log, "done")[f"{run_id}:{step.id}"]
                    answer: Answer = "happened" if done else "did-not"
                    await rig.runbooks.answer_unknown(run_id, step.id, answer, PRIYA)
                    tally.counts[f"unknown: {answer}"] += 1
                    asked += 1
        if not asked:
            return
