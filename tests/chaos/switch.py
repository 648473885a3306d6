"""Everything is stopped while runs are at work in several processes: within a second no step starts any more."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from random import Random

from sqlalchemy import Connection, select

from runbooks.halt import lift, stop_everything
from store.engine import Database
from store.migrate import upgrade
from store.tables import audit as audit_rows
from tests.bench.report import Row
from tests.bench.served import place
from tests.chaos.history import SWITCH, Calls, history
from tests.chaos.persons import answered
from tests.chaos.scenes import Scene, Tally
from tests.runbooks.world import MARIA, PRIYA, Rig
from tests.support.processes import counted, lines, process, rigged

RUNS, WORKERS, STEPS = 50, 3, 3
#: seconds that each call of the target takes
SLOW = 0.3
PATIENCE = 120.0


async def play(kind: str, seed: int, rounds: int) -> Tally:
    tally, draw = Tally(seed, kind), Random(seed)
    with place(kind) as (folder, url):
        log = folder / "log"
        async with Database(url) as database:
            await upgrade(database)
            rig = rigged(database, log)
            with contextlib.ExitStack() as stack:
                for number in range(WORKERS):
                    stack.enter_context(process(url, f"worker{number}", log, slow=SLOW))
                for _ in range(rounds):
                    tally.kills += 1
                    before = len(lines(log, "begin"))
                    ids = [await rig.queued("three") for _ in range(RUNS)]
                    await _stopped(rig, before, draw, tally)
                    await answered(rig, ids, tally)
            found = await database.read(
                lambda conn: history(conn, Calls(counted(log, "done"), counted(log, "begin")))
            )
            late = await database.read(_latest)
    tally.wrong += found.wrong
    tally.counts.update(found.counts)
    tally.counts["latest ms"] = max(late, default=0)
    return tally


async def _stopped(rig: Rig, before: int, draw: Random, tally: Tally) -> None:
    """Throw the switch when some of the steps have begun; look at the target's log; lift it."""
    log, wanted = rig.world.log, before + draw.randrange(1, RUNS * STEPS // 2)  # type: ignore[attr-defined]
    async with asyncio.timeout(PATIENCE):
        while len(lines(log, "begin")) < wanted:
            await asyncio.sleep(0.005)
    now = rig.clock.now()
    await rig.database.write(lambda conn: stop_everything(conn, MARIA, None, now), durable=True)
    thrown = time.time()
    await asyncio.sleep(SWITCH)
    begun = lines(log, "begin")
    await asyncio.sleep(SWITCH)
    more = lines(log, "begin")[len(begun) :]
    if more:
        tally.wrong.append(f"after the switch of {thrown:.3f} {len(more)} steps began: {more[:3]}")
    tally.counts["steps held"] += before + RUNS * STEPS - len(begun)
    later = rig.clock.now()
    await rig.database.write(lambda conn: lift(conn, PRIYA, None, later), durable=True)


def _latest(conn: Connection) -> list[int]:
    """For each switch, how many milliseconds after it the last step was marked."""
    found, since, last = [], None, 0.0
    for row in conn.execute(select(audit_rows).order_by(audit_rows.c.seq)):
        if row.what == "work.stopped":
            since, last = row.at, 0.0
        elif row.what == "work.resumed" and since is not None:
            found.append(round(1000 * last))
            since = None
        elif row.what == "step.started" and since is not None:
            last = max(last, row.at - since)
    return found


def _rows(counts: Counter[str]) -> list[Row]:
    return [
        Row("· the last step was marked, after the switch", f"{counts['latest ms']} ms at most"),
        Row("· steps that were held and done after it was lifted", str(counts["steps held"])),
        Row(
            "· runs, effects, audit rows",
            f"{counts['runs succeeded']}, {counts['acts']}, {counts['audit rows']}",
        ),
    ]


SCENE = Scene(
    name="switch",
    title="The kill switch",
    play=play,
    rounds=20,
    part=20,
    short=1,
    headline=lambda counts: f"everything stopped {counts['everything stopped']} times during {RUNS} runs",
    rows=_rows,
    notes=(
        f"{WORKERS} worker processes on PostgreSQL, {RUNS} runs of {STEPS} writes; thrown when a random number of them "
        "have begun. Looked at: the target's log one and two seconds after it, the audit of every step.",
    ),
    kinds=("postgresql",),
)
