"""PostgreSQL is stopped and started again and again while incidents are told and clicked upon: nothing is lost."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

from tests.bench.report import Row
from tests.chaos.killing import FACTOR, Shard, company_at, ended
from tests.chaos.mending import LEANS
from tests.chaos.scenes import Scene, Tally
from tests.chaos.story import Teller
from tests.chaos.warm import warm
from tests.support.cluster import Cluster, cluster

#: seconds for which it runs, in the long form and in the short, and for which it is down
RUNS, RUNS_SHORT, DOWN = (5.0, 40.0), (0.5, 2.0), (0.2, 4.0)


async def play(kind: str, seed: int, rounds: int) -> Tally:
    tally = Tally(seed, kind)
    with cluster() as server, tempfile.TemporaryDirectory(prefix="copilot-") as name:
        one = Restarts(warm(), Path(name), server.url, seed, tally)
        await one.play_on(server, rounds, RUNS if rounds > 3 else RUNS_SHORT)
    return tally


class Restarts(Shard):
    """Stories that go on while their database comes and goes."""

    async def play_on(self, server: Cluster, rounds: int, runs: tuple[float, float]) -> None:
        worker = await self._up()
        began = time.monotonic()
        try:
            async with company_at(self._url, self._clock) as company:
                tellers = [Teller(self._port, company, one, self._seed, self._told) for one in LEANS]
                tasks = [asyncio.create_task(one.tell(self._enough)) for one in tellers]
                for _ in range(rounds):
                    await asyncio.sleep(self._draw.uniform(*runs))
                    await self._restart(server, self._draw)
                self._enough.set()
                await self._over(tellers, tasks)
                await self._quiet()
                for teller in tellers:
                    teller.close()
            self._tally.counts["seconds"] += round(time.monotonic() - began)
            if worker.process.poll() is not None:
                self._tally.wrong.append(f"serve ended by itself: {worker.words()}")
            worker.stop()
            self._look()
        finally:
            worker.stop()
            self._engine.dispose()

    async def _restart(self, server: Cluster, draw: Random) -> None:
        crash = draw.random() < 0.5
        await asyncio.to_thread(server.stop, "immediate" if crash else "fast")
        self._tally.counts["crashed" if crash else "shut down"] += 1
        await asyncio.sleep(draw.uniform(*DOWN))
        await asyncio.to_thread(server.start)
        self._tally.kills += 1


def _rows(counts: Counter[str]) -> list[Row]:
    refused = sum(number for key, number in counts.items() if key.startswith("answered 503"))
    return [
        Row("· shut down (fast), as if crashed (immediate)", f"{counts['shut down']}, {counts['crashed']}"),
        Row(
            "· stories told", f"{counts['stories']}; {counts['messages acknowledged']} messages acknowledged"
        ),
        Row("· answered 503 in words, sent again with the same key", f"{refused}, {counts['sent again']}"),
        Row("· runs, each of three writes", f"{ended(counts)}; {counts['runs claimed again']} claimed again"),
        Row("· real effects, asked for twice", f"{counts['acts']}, {counts['acts asked for twice']}"),
        Row("· unknown outcomes, said and answered", str(counts["unknown outcomes"])),
        Row("· audit rows, chain verified", str(counts["audit rows"])),
    ]


SCENE = Scene(
    name="database",
    title="Database restarts",
    play=play,
    rounds=28,
    part=28,
    short=1,
    headline=lambda counts: (
        f"PostgreSQL stopped and started {counts['rounds']} times in {counts['seconds']} s, every "
        f"{RUNS[0]:g} to {RUNS[1]:g} s: the checker's findings"
    ),
    rows=_rows,
    notes=(
        f"A server of its own, down for {DOWN[0]:g} to {DOWN[1]:g} s each time; {len(LEANS)} clients; the company's "
        f"clock runs {FACTOR:g} times as fast.",
    ),
    kinds=("postgresql",),
)
