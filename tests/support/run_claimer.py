"""A process that claims and ends runs until none is left and prints each claim.

It waits for a second one to start, and with its first run in hand for the other to have one too.

python run_claimer.py DATABASE_URL OWNER NOW
"""

from __future__ import annotations

import asyncio
import json
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from store import ledger
from store.engine import Database
from store.records import AuditEntry
from tests.support.meeting import meet


async def main(url: str, owner: str, now: float) -> None:
    async with Database(url) as database:
        await meet(database, owner, 1)
        met = False
        idle = 0
        while idle < 3:
            run = await database.write(lambda conn: ledger.claim_run(conn, owner=owner, now=now))
            if run is None:
                idle += 1
                await asyncio.sleep(0.02)
                continue
            idle = 0
            if not met:
                await meet(database, owner, 2)
                met = True
            entry = AuditEntry(owner, "run.succeeded", "run", run.id, run.id)
            end = partial(
                ledger.move_run, run_id=run.id, to="succeeded", now=now, entry=entry, fence=run.fence
            )
            await database.write(end)
            print(json.dumps({"owner": owner, "run": run.id, "fence": run.fence}))


asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
