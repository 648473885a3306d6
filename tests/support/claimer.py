"""A process that handles inbox rows until none is left and prints when it did each.

It waits for a second one to start, and with its first row in hand for the other to have one too.

python claimer.py DATABASE_URL OWNER NOW
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from store import inbox
from store.engine import Database
from tests.support.meeting import meet


async def main(url: str, owner: str, now: float) -> None:
    async with Database(url) as database:
        await meet(database, owner, 1)
        met = False
        idle = 0
        while idle < 3:
            row = await database.write(lambda conn: inbox.claim_next(conn, owner=owner, now=now))
            if row is None:
                idle += 1
                await asyncio.sleep(0.02)
                continue
            idle, claimed = 0, time.time()
            if not met:
                await meet(database, owner, 2)
                met = True
            finished = time.time()
            if await database.write(partial(inbox.finish, id=row.id, owner=owner, now=now)):
                found = {
                    "owner": owner,
                    "event": row.event_id,
                    "lane": row.lane,
                    "claimed": claimed,
                    "finished": finished,
                }
                print(json.dumps(found))


asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
