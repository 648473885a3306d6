"""A worker is stopped (SIGSTOP) past its lease in the middle of calls, another takes its runs, and it goes on."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
from collections import Counter
from random import Random

from sqlalchemy import select

from store.engine import Database
from store.migrate import upgrade
from store.tables import runs
from tests.bench.report import Row
from tests.bench.served import place
from tests.chaos.history import Calls, history
from tests.chaos.persons import answered, at_rest
from tests.chaos.scenes import Scene, Tally
from tests.runbooks.world import Rig
from tests.support.processes import counted, lines, process, rigged

#: seconds of the lease, and that each call of the target takes
LEASE, SLOW = 1.2, 0.25
RUNS = 4
PATIENCE = 60.0


async def play(kind: str, seed: int, rounds: int) -> Tally:
    tally, draw = Tally(seed, kind), Random(seed)
    with place(kind) as (folder, url):
        log = folder / "log"
        async with Database(url) as database:
            await upgrade(database)
            rig = rigged(database, log)
            with contextlib.ExitStack() as stack:
                both = {
                    name: stack.enter_context(process(url, name, log, lease=LEASE, slow=SLOW))
                    for name in ("one", "two")
                }
                for _ in range(rounds):
                    tally.kills += 1
                    await _round(rig, both, draw, tally)
            found = await database.read(
                lambda conn: history(conn, Calls(counted(log, "done"), counted(log, "begin")))
            )
    tally.wrong += found.wrong
    tally.counts.update(found.counts)
    return tally


async def _round(rig: Rig, both: dict[str, subprocess.Popen[str]], draw: Random, tally: Tally) -> None:
    """Stop the worker that has called something of these runs; let it go on when the other has ended them."""
    log = rig.world.log  # type: ignore[attr-defined]
    before, ids = len(lines(log, "begin")), [await rig.queued("three") for _ in range(RUNS)]
    async with asyncio.timeout(PATIENCE):
        while not (begun := lines(log, "begin")[before + draw.randrange(RUNS * 2) :]):
            await asyncio.sleep(0.005)
    owner = begun[0][0]
    await asyncio.sleep(draw.uniform(0.0, SLOW))
    both[owner].send_signal(signal.SIGSTOP)
    held = await _held(rig, owner)
    tally.counts["runs held by the stopped worker"] += len(held)
    await at_rest(rig, ids)
    calls, dones = lines(log, "begin"), lines(log, "done")
    both[owner].send_signal(signal.SIGCONT)
    await asyncio.sleep(2 * SLOW + 0.3)
    more = lines(log, "begin")[len(calls) :]
    late = lines(log, "done")[len(dones) :]
    tally.counts["calls that went on after it"] += len(late)
    tally.counts["marked before it, called after it"] += len(more)
    for _, key in (*more, *late):
        run_id, step = key.split(":")
        state = (await rig.statuses(run_id))[step]
        if state != "unknown":
            tally.wrong.append(f"{key} was called or took effect when {owner} went on, and is {state}")
    await answered(rig, ids, tally)


async def _held(rig: Rig, owner: str) -> list[str]:
    wanted = select(runs.c.id).where(runs.c.owner == owner, runs.c.status.in_(("running", "undoing")))
    return await rig.database.read(lambda conn: list(conn.execute(wanted).scalars()))


def _rows(counts: Counter[str]) -> list[Row]:
    answers = ", ".join(f"{counts[key]} {key[9:]}" for key in sorted(counts) if key.startswith("unknown: "))
    ends = ", ".join(f"{counts[f'runs {one}']} {one}" for one in ("succeeded", "failed", "cancelled"))
    return [
        Row("· runs that the stopped worker held", str(counts["runs held by the stopped worker"])),
        Row(
            "· calls, already marked, that took effect when it went on",
            str(counts["calls that went on after it"]),
        ),
        Row(
            "· marked before it stopped, called when it went on",
            str(counts["marked before it, called after it"]),
        ),
        Row("· steps said to be unknown and answered by a person", answers or "none"),
        Row("· runs, effects, audit rows", f"{ends}; {counts['acts']}; {counts['audit rows']}"),
    ]


SCENE = Scene(
    name="stopped",
    title="Two workers, one run",
    play=play,
    rounds=50,
    part=25,
    short=2,
    headline=lambda counts: (
        f"{counts['rounds']} times SIGSTOP past the lease, then SIGCONT: rows written by the stale worker, "
        "calls beyond the marked one, effects not said to be unknown"
    ),
    rows=_rows,
    notes=(
        f"Two worker processes on PostgreSQL with a lease of {LEASE:g} s, {RUNS} runs of three writes a round; the one "
        "that is at work is stopped in the middle of calls until the other has ended its runs.",
    ),
    kinds=("postgresql",),
)
