"""Approvals wait while workers are killed and started, a runbook and a node of the graph get other names: all of them
can still be answered, and whatever is answered comes to an end that is said."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from sqlalchemy import select

from store.tables import outbox
from tests.bench.report import Row
from tests.bench.served import Served, place
from tests.chaos.bouncing import anew_for, shelve
from tests.chaos.killing import PATIENCE, Shard, company_at, ended
from tests.chaos.quick import Quick
from tests.chaos.scenes import Scene, Tally
from tests.chaos.story import Teller
from tests.chaos.warm import warm

#: each for one target of its own
ENVIRONMENTS = ("production", "staging", "dev")
SERVICES = (
    "payments-api", "checkout", "billing", "search-gateway", "llm-gateway", "inference-router", "embeddings", "rag-api",
    "chat-frontend", "vector-db", "moderation", "summarizer", "vllm-pool",
)  # fmt: skip
WAITING, WAITING_SHORT = 50, 4
#: the part that is denied in the end, and seconds that a worker lives after it got ready
DENIED, LIVES = 0.2, 0.3
#: how much faster the company's time goes while they are answered: slowly enough that none expires meanwhile
ANSWERING = 5.0


async def play(kind: str, seed: int, rounds: int) -> Tally:
    tally = Tally(seed, kind)
    with place(kind) as (folder, url):
        await Waits(warm(), folder, url, seed, tally).play_waiting(rounds)
    return tally


class Waits(Shard):
    """Ask for everything, restart again and again, then answer everything."""

    _renamed: dict[str, str]

    async def play_waiting(self, rounds: int) -> None:
        self._clock, self._renamed = Quick(time.time(), 1.0), {}
        shelve(self._folder, "bounce")
        server = await self._up()
        try:
            async with company_at(self._url, self._clock) as company:
                teller = Teller(self._port, company, "rag-api", self._seed, self._told)
                await teller.begin()
                asked = await self._asked(teller, WAITING if rounds > 10 else WAITING_SHORT)
                for number in range(rounds):
                    server = await self._again(server, number, rounds)
                server.stop()
                self._clock = Quick(time.time(), ANSWERING)
                server = await self._up()
                for approval in asked:
                    await asyncio.wait_for(self._answered(teller, approval), PATIENCE)
                await self._quiet()
                teller.close()
            server.stop()
            self._look()
        finally:
            server.stop()
            self._engine.dispose()

    def _start(self) -> Served:
        own = {"COPILOT_CONFIG_DIR": str(self._folder / "own")}
        more = self._clock.variables() | own | self._renamed
        return self._workers.start(self._folder, self._url, self._port, more)

    async def _asked(self, teller: Teller, number: int) -> list[str]:
        targets = [("bounce", one, where) for where in ENVIRONMENTS for one in SERVICES]
        targets += [("back", one, "production") for one in SERVICES]
        found = []
        for runbook, service, environment in self._draw.sample(targets, number):
            answer = await teller.say(f"run {runbook} service={service} environment={environment}")
            if answer.get("approval") is None:
                self._tally.wrong.append(f"no approval was asked for: {answer['text']!r}")
            else:
                found.append(str(answer["approval"]["id"]))
        self._tally.counts["asked"] += len(found)
        return found

    async def _again(self, server: Served, number: int, rounds: int) -> Served:
        """End the worker by a signal or by force, at times with other names in what is started next."""
        await asyncio.sleep(self._draw.uniform(0.0, LIVES))
        if self._draw.random() < 0.5:
            server.kill()
            self._tally.counts["kill -9"] += 1
        else:
            server.stop()
            self._tally.counts["SIGTERM"] += 1
        self._tally.kills += 1
        if number == rounds // 3:
            shelve(self._folder, "bounce-service")
            self._tally.counts["runbook renamed"] += 1
        if number == 2 * rounds // 3:
            self._renamed = {"RENAMED": "consent"}
            self._tally.counts["graph node renamed"] += 1
        return await self._up()

    async def _answered(self, teller: Teller, approval: str) -> None:
        """Approve or deny it, and what is asked anew in its place, until it has come to an end that was said."""
        if self._draw.random() < DENIED:
            status = await teller.deny(approval)
            self._tally.counts[f"denied: run {status}"] += 1
            await self._said(f"decided:{approval}")
            return
        status = await teller.decide(approval)
        self._tally.counts[f"approved: run {status}"] += 1
        if status == "cancelled":
            self._tally.wrong.append(f"{approval} could not be answered any more")
        with self._engine.connect() as conn:
            anew = anew_for(conn, approval)
        if anew is not None:
            self._tally.counts["asked anew"] += 1
            await self._answered(teller, anew)

    async def _said(self, key: str) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with self._engine.connect() as conn:
                if conn.execute(select(outbox.c.key).where(outbox.c.key == key)).first() is not None:
                    return
            await asyncio.sleep(0.05)
        self._tally.wrong.append(f"{key} was never said")


def _rows(counts: Counter[str]) -> list[Row]:
    ends = ", ".join(
        f"{counts[key]} {key}" for key in sorted(counts) if key.startswith(("approved: ", "denied: "))
    )
    return [
        Row("· workers ended by", f"kill -9 {counts['kill -9']}, SIGTERM {counts['SIGTERM']}"),
        Row(
            "· renamed meanwhile",
            f"runbook {counts['runbook renamed']}, graph node {counts['graph node renamed']}",
        ),
        Row("· answered in the end", ends),
        Row("· asked anew", str(counts["asked anew"])),
        Row("· runs, real effects, audit rows", f"{ended(counts)}; {counts['acts']}; {counts['audit rows']}"),
    ]


SCENE = Scene(
    name="waits",
    title="Approvals that wait",
    play=play,
    rounds=100,
    part=100,
    short=3,
    headline=lambda counts: (
        f"{counts['asked']} approvals waited through {counts['rounds']} restarts: silent ends, or none to answer"
    ),
    rows=_rows,
    notes=("Each end is said once, in the conversation that asked; the checker reads the outbox.",),
    kinds=("sqlite", "postgresql"),
)
