"""Between a plan and its approval somebody else deploys: the run stops before its write, and what is so now is asked
anew in the conversation, as another approval."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from sqlalchemy import select

from store.tables import approvals
from tests.bench.report import Row
from tests.bench.served import Served, place
from tests.chaos.bouncing import anew_for, shelve
from tests.chaos.killing import PATIENCE, SERVICES, Shard, company_at, ended
from tests.chaos.scenes import Scene, Tally
from tests.chaos.story import Teller
from tests.chaos.warm import warm


async def play(kind: str, seed: int, rounds: int) -> Tally:
    tally = Tally(seed, kind)
    with place(kind) as (folder, url):
        await World(warm(), folder, url, seed, tally).play_changing(rounds)
    return tally


class World(Shard):
    async def play_changing(self, rounds: int) -> None:
        shelve(self._folder, "bounce")
        server = await self._up()
        try:
            async with company_at(self._url, self._clock) as company:
                tellers = [Teller(self._port, company, one, self._seed, self._told) for one in SERVICES]
                parts = [
                    rounds // len(tellers) + (nth < rounds % len(tellers)) for nth in range(len(tellers))
                ]
                told = zip(tellers, SERVICES, parts, strict=True)
                await asyncio.gather(*(self._told_by(one, service, part) for one, service, part in told))
                await self._quiet()
                for one in tellers:
                    one.close()
            server.stop()
            self._look()
        finally:
            server.stop()
            self._engine.dispose()

    def _start(self) -> Served:
        more = self._clock.variables() | {"COPILOT_CONFIG_DIR": str(self._folder / "own")}
        return self._workers.start(self._folder, self._url, self._port, more)

    async def _told_by(self, teller: Teller, service: str, rounds: int) -> None:
        await teller.begin()
        await teller.deploy()
        for _ in range(rounds):
            await asyncio.wait_for(self._round(teller, service), PATIENCE)
            self._tally.kills += 1

    async def _round(self, teller: Teller, service: str) -> None:
        answer = await teller.say(f"run back service={service} environment=production")
        if answer.get("approval") is None:
            self._tally.wrong.append(f"no approval was asked for: {answer['text']!r}")
            return
        asked = str(answer["approval"]["id"])
        await teller.deploy()
        status = await teller.decide(asked)
        self._tally.counts[f"approved, then another deployment: run {status}"] += 1
        if status != "failed":
            self._tally.wrong.append(f"the run of {asked} is {status} though the world had changed")
        while status == "failed":
            anew = await self._anew(asked)
            if anew is None:
                self._tally.wrong.append(f"what {asked} was for was not asked anew")
                return
            self._tally.counts["asked anew"] += 1
            asked, status = anew, await teller.decide(anew)
            self._tally.counts[f"asked anew and approved: run {status}"] += 1

    async def _anew(self, asked: str) -> str | None:
        """The approval that took its place; a status that was read late may stop a run for a plan that holds."""
        until = time.monotonic() + PATIENCE / 3
        while time.monotonic() < until:
            with self._engine.connect() as conn:
                anew = anew_for(conn, asked)
                hashes = {row.id: row.plan_hash for row in conn.execute(select(approvals))}
            if anew is not None:
                same = hashes[anew] == hashes[asked]
                self._tally.counts["asked anew for the same plan"] += same
                return anew
            await asyncio.sleep(0.05)
        return None


def _rows(counts: Counter[str]) -> list[Row]:
    ends = ", ".join(f"{counts[key]} {key}" for key in sorted(counts) if "approved" in key and ": run" in key)
    return [
        Row(
            "· asked anew in the conversation; for the same plan, after a status that was read late",
            f"{counts['asked anew']}; {counts['asked anew for the same plan']}",
        ),
        Row("· what became of them", ends),
        Row("· runs, real effects, audit rows", f"{ended(counts)}; {counts['acts']}; {counts['audit rows']}"),
    ]


SCENE = Scene(
    name="world",
    title="The world changed between approval and run",
    play=play,
    rounds=100,
    part=100,
    short=3,
    headline=lambda counts: (
        f"another deployment after the plan was shown, {counts['rounds']} times: runs that changed something, "
        "or were not asked anew"
    ),
    rows=_rows,
    notes=("The whole application over REST; the deployment is another's act in the demo company.",),
    kinds=("sqlite", "postgresql"),
)
