"""One shard of kills: a worker that is killed at random moments and started again, and tellers who do not notice."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, and_, create_engine, select

from config.catalogue import load_catalogue
from config.people import load_people
from config.settings import Settings
from integrations import demo
from integrations.demo.company import Company
from integrations.registry import Deps
from store.engine import Database
from store.tables import inbox, runs, steps
from tests.bench.served import ROOT, Served, free_port, place
from tests.chaos.checker import check, settled
from tests.chaos.history import Findings
from tests.chaos.mending import LEANS, shelved
from tests.chaos.quick import Quick
from tests.chaos.scenes import Tally
from tests.chaos.story import OVER, Teller, Told
from tests.chaos.warm import Warm, warm

#: how much faster the company's time goes; a rollback is verified within a few wall seconds
FACTOR = 40.0
SERVICES = tuple(LEANS)
#: wall seconds after which something that has not ended counts as stuck
PATIENCE = 90.0
#: the longest a worker lives after it got ready; the share of kills that fall while it starts, and how long that takes
LIVES, EARLY, STARTS = 2.0, 0.1, 0.4
#: the shares of kills that are drawn from the first moments after it claimed a run, and after it began a write, where
#: there is most to break; and how long such moments are
RUN, RUN_SOON = 0.2, 0.5
WRITE, WRITE_SOON = 0.25, 0.08


async def shard(kind: str, seed: int, kills: int, factor: float = FACTOR) -> Tally:
    """`kills` kills on a fresh database of this `kind`, then everything is let finish and looked at."""
    tally = Tally(seed, kind)
    with place(kind) as (folder, url):
        one = Shard(warm(), folder, url, seed, tally, factor)
        await one.play(kills)
    return tally


class Shard:
    def __init__(
        self, workers: Warm, folder: Path, url: str, seed: int, tally: Tally, factor: float = FACTOR
    ) -> None:
        self._workers, self._folder, self._url, self._tally = workers, folder, url, tally
        self._seed, self._draw = seed, Random(seed)
        self._port, self._clock = free_port(), Quick(time.time(), factor)
        self._told, self._enough = Told(), asyncio.Event()
        self._engine: Engine = create_engine(url, pool_pre_ping=True)

    async def play(self, kills: int) -> None:
        server = await self._up()
        try:
            async with company_at(self._url, self._clock) as company:
                tellers = [
                    Teller(self._port, company, service, self._seed, self._told) for service in SERVICES
                ]
                tasks = [asyncio.create_task(one.tell(self._enough)) for one in tellers]
                for _ in range(kills):
                    await self._wait_and_kill(server)
                    server = self._start()
                self._enough.set()
                await self._over(tellers, tasks)
                server = await self._one_that_waits(server, tellers[0])
                await self._quiet()
                for one in tellers:
                    one.close()
            server.stop()
            self._look()
        finally:
            server.stop()
            self._engine.dispose()

    def _start(self) -> Served:
        more = self._clock.variables() | shelved(self._folder)
        return self._workers.start(self._folder, self._url, self._port, more)

    async def _up(self) -> Served:
        server = self._start()
        await server.ready()
        return server

    async def _wait_and_kill(self, server: Served) -> None:
        drawn = self._draw.random()
        if drawn < EARLY:
            await asyncio.sleep(self._draw.uniform(0.0, STARTS))
        elif drawn < EARLY + RUN:
            await server.ready()
            await self._until(select(runs.c.id).where(_held_by(server.process.pid)))
            await asyncio.sleep(self._draw.uniform(0.0, RUN_SOON))
        elif drawn < EARLY + RUN + WRITE:
            await server.ready()
            begun = and_(steps.c.status == "started", steps.c.effect == "write")
            there = select(steps.c.id).join(runs, runs.c.id == steps.c.run_id)
            await self._until(there.where(begun, _held_by(server.process.pid)))
            await asyncio.sleep(self._draw.uniform(0.0, WRITE_SOON))
        else:
            await server.ready()
            await asyncio.sleep(self._draw.uniform(0.0, LIVES))
        ended = server.process.poll()
        if ended is not None:
            self._tally.wrong.append(f"serve ended by itself with {ended}: {server.words()}")
        server.kill()
        self._tally.kills += 1
        with self._engine.connect() as conn:
            self._tally.counts.update(fell_into(conn, server.process.pid))

    async def _until(self, wanted: Select[Any]) -> None:
        """Until there is such a row; not for ever, for the story may be elsewhere."""
        until = time.monotonic() + 3 * LIVES
        while time.monotonic() < until:
            with self._engine.connect() as conn:
                if conn.execute(wanted).first() is not None:
                    return
            await asyncio.sleep(0.01)

    async def _over(self, tellers: list[Teller], tasks: list[asyncio.Task[None]]) -> None:
        _, late = await asyncio.wait(tasks, timeout=PATIENCE)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        for teller, task in zip(tellers, tasks, strict=True):
            if task in late:
                self._tally.wrong.append(f"stuck for {PATIENCE:.0f} s: {teller.doing}")
            elif (err := task.exception()) is not None:
                self._tally.wrong.append(f"a teller gave up at {teller.doing}: {err!r}")

    async def _one_that_waits(self, server: Served, teller: Teller) -> Served:
        """An approval that was opened before a kill is answered after it."""
        if self._tally.wrong:
            return server
        waiting = await asyncio.wait_for(teller.leave_waiting(), PATIENCE)
        server.kill()
        server = await self._up()
        status = await asyncio.wait_for(teller.decide(waiting), PATIENCE)
        self._tally.counts[f"the approval that waited: run {status}"] += 1
        return server

    async def _quiet(self) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with self._engine.connect() as conn:
                moving = settled(conn)
            if moving is None:
                return
            await asyncio.sleep(0.2)
        self._tally.wrong.append(f"not settled after {PATIENCE:.0f} s: {moving}")

    def _look(self) -> None:
        with self._engine.connect() as conn:
            found: Findings = check(conn, self._told)
        self._tally.wrong += self._told.wrong + found.wrong
        self._tally.counts.update(found.counts)
        self._tally.counts.update(self._told.counts)
        self._tally.counts["stories"] += self._told.stories


@contextlib.asynccontextmanager
async def company_at(url: str, clock: Quick) -> AsyncIterator[Company]:
    """The tellers' own look at the demo company in that database, to break it."""
    config = ROOT / "config"
    async with Database(url) as database:
        yield demo.open_company(
            Deps(
                database=database,
                clock=clock,
                catalogue=load_catalogue(config / "catalogue.yaml"),
                people=load_people(config / "people.yaml"),
                seed=Settings().demo.seed,
            )
        )


def _held_by(pid: int) -> ColumnElement[bool]:
    """Runs that this process executes: the names of owners hold their pid."""
    return and_(runs.c.owner.like(f"%-{pid}-%"), runs.c.status.in_(("running", "undoing")))


def fell_into(conn: Connection, pid: int) -> Counter[str]:
    """What the killed process held."""
    held = list(conn.execute(select(runs.c.id).where(_held_by(pid))).scalars())
    begun = list(
        conn.execute(
            select(steps.c.effect).where(steps.c.run_id.in_(held), steps.c.status == "started")
        ).scalars()
    )
    mine = and_(inbox.c.owner.like(f"%-{pid}-%"), inbox.c.status == "claimed")
    return Counter(
        {
            "kills inside a run": int(bool(held)),
            "kills inside a step": int(bool(begun)),
            "kills inside a write": int("write" in begun),
            "kills while a message was handled": int(
                conn.execute(select(inbox.c.id).where(mine)).first() is not None
            ),
        }
    )


def ended(counts: Counter[str]) -> str:
    """How the runs ended, in words."""
    said = [(counts[f"runs {status}"], status) for status in sorted(OVER | {"unknown", "waiting"})]
    return ", ".join(f"{number} {status}" for number, status in said if number)
