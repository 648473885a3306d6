"""The disk of the ledger is filled up at random points: no effect without its row, words that help, and it goes on."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import TypeVar

from config.errors import Conflict
from runbooks.plan import RunRequest
from store.engine import Database, StoreError
from store.errors import IllegalTransition
from store.migrate import upgrade
from tests.bench.report import Row
from tests.chaos.history import Calls, history
from tests.chaos.persons import answered
from tests.chaos.scenes import Scene, Tally
from tests.runbooks.world import MARIA, Rig
from tests.support.disk import Disk, small_disk
from tests.support.processes import counted, lines, process, rigged

T = TypeVar("T")
MEGABYTES = 12
#: seconds that each call takes, within which it becomes full after the first call, and for which it stays so
SLOW, SOON, FULL = 0.05, 0.5, (0.2, 2.0)
RUNS = 4
SAID = "the disk is full; free some space, then try again"


async def play(kind: str, seed: int, rounds: int) -> Tally:
    tally, draw = Tally(seed, kind), Random(seed)
    with small_disk(MEGABYTES) as disk, tempfile.TemporaryDirectory(prefix="copilot-") as name:
        url, log = f"sqlite:///{disk.folder / 'copilot.db'}", Path(name) / "log"
        async with Database(url) as database:
            await upgrade(database)
            rig = rigged(database, log)
            with contextlib.ExitStack() as stack:
                for owner in ("one", "two"):
                    stack.enter_context(process(url, owner, log, slow=SLOW))
                for _ in range(rounds):
                    await _round(rig, disk, draw, tally)
                    tally.kills += 1
            found = await database.read(
                lambda conn: history(conn, Calls(counted(log, "done"), counted(log, "begin")))
            )
    tally.wrong += found.wrong
    tally.counts.update(found.counts)
    return tally


async def _round(rig: Rig, disk: Disk, draw: Random, tally: Tally) -> None:
    """Ask for runs; fill the disk while they are at work; ask on; free it; all that was asked for is done."""
    log = rig.world.log  # type: ignore[attr-defined]
    before = len(lines(log, "begin"))
    ids = [await _asked(rig, tally) for _ in range(RUNS)]
    while len(lines(log, "begin")) == before:
        await asyncio.sleep(0.005)
    await asyncio.sleep(draw.uniform(0.0, SOON))
    disk.fill(but=draw.choice((0, 0, 4_096, 32_768)))
    more = [asyncio.create_task(_asked(rig, tally)) for _ in range(RUNS)]
    await asyncio.sleep(draw.uniform(*FULL))
    disk.free()
    await answered(rig, [*ids, *await asyncio.gather(*more)], tally)


async def _asked(rig: Rig, tally: Tally) -> str:
    """A run in staging that its requester approves, asked for again and again until it is taken."""
    rig.requests += 1
    inputs = {"service": "rag-api", "environment": "staging"}
    request = RunRequest("three", inputs, MARIA.id, "rest:ses_1", f"req_{rig.requests}")
    proposal = await _patiently(lambda: rig.runbooks.propose(request, MARIA), tally)
    approval, run = proposal.approval, proposal.run
    if approval is None or run is None:
        raise AssertionError(f"no approval was asked for: {proposal.verdict}")

    async def approve() -> None:
        with contextlib.suppress(Conflict):
            await rig.approve(approval, MARIA)

    async def submit() -> None:
        with contextlib.suppress(IllegalTransition):
            await rig.submit(run.id)

    await _patiently(approve, tally)
    await _patiently(submit, tally)
    return run.id


async def _patiently(work: Callable[[], Awaitable[T]], tally: Tally) -> T:
    while True:
        try:
            return await work()
        except StoreError as err:
            tally.counts["refused"] += 1
            if SAID in str(err):
                tally.counts["refused in clear words"] += 1
            else:
                tally.wrong.append(f"a full disk was said so: {err}")
            await asyncio.sleep(0.05)


def _rows(counts: Counter[str]) -> list[Row]:
    answers = ", ".join(f"{counts[key]} {key[9:]}" for key in sorted(counts) if key.startswith("unknown: "))
    refused = f"{counts['refused']}, {counts['refused in clear words']} of them: “… {SAID} …”"
    ends = f"{counts['runs succeeded']} succeeded, {counts['runs failed']} failed"
    return [
        Row("· writes refused", refused),
        Row("· runs that ended after space was freed", ends),
        Row("· steps said to be unknown and answered by a person", answers or "none"),
        Row("· real effects, audit rows", f"{counts['acts']}, {counts['audit rows']}"),
    ]  # fmt: skip


SCENE = Scene(
    name="disk",
    title="Disk full",
    play=play,
    rounds=40,
    part=40,
    short=2,
    headline=lambda counts: (
        f"a {MEGABYTES} MB tmpfs filled up {counts['rounds']} times: effects without a ledger row, unclear words, "
        "runs that did not go on"
    ),
    rows=_rows,
    notes=("Two worker processes on SQLite on that disk; the target's log is on another.",),
    kinds=("sqlite",),
)
