"""Approvals are acknowledged, and 0 to 500 ms later the worker is killed: what was said must stay said, and be done."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from store.tables import approvals, decisions, runs
from tests.bench.report import Row
from tests.bench.served import Served, place, token
from tests.bench.wire import Lost, Wire
from tests.chaos.killing import PATIENCE, SERVICES, Shard, company_at, ended, fell_into
from tests.chaos.scenes import Scene, Tally
from tests.chaos.story import Teller
from tests.chaos.warm import warm

#: seconds after the acknowledgement within which the kill falls
SOON = 0.5
#: the share of kills that fall before the worker can have claimed the run, and how long that is
BEFORE, UNCLAIMED = 0.4, 0.03
#: how much faster the company's time goes here, where each run is waited for
QUICKER = 80.0


@dataclass(frozen=True)
class Ack:
    """An approval that the client was told is approved; `at` on the clock of perf_counter."""

    approval: str
    run: str
    at: float


async def shard(kind: str, seed: int, kills: int) -> Tally:
    """`kills` kills on a fresh database, each after an acknowledged approval of every service."""
    tally = Tally(seed, kind)
    with place(kind) as (folder, url):
        await AckedShard(warm(), folder, url, seed, tally, QUICKER).play(kills)
    return tally


class AckedShard(Shard):
    """Ask for a rollback of each service, approve them at once, kill, look, start again, see the runs end."""

    async def play(self, kills: int) -> None:
        server = await self._up()
        try:
            async with company_at(self._url, self._clock) as company:
                tellers = [
                    Teller(self._port, company, service, self._seed, self._told) for service in SERVICES
                ]
                for one in tellers:
                    await one.begin()
                for number in range(kills):
                    waiting = await asyncio.wait_for(
                        asyncio.gather(*(one.leave_waiting() for one in tellers)), PATIENCE
                    )
                    acks = await self._acknowledged(waiting, number)
                    await asyncio.sleep(self._delay())
                    server = self._killed(server, [one for one in acks if one is not None])
                    await server.ready()
                    await self._ended(tellers, acks)
                await self._quiet()
                for one in tellers:
                    one.close()
            server.stop()
            self._look()
        finally:
            server.stop()
            self._engine.dispose()

    def _delay(self) -> float:
        return self._draw.uniform(0.0, UNCLAIMED if self._draw.random() < BEFORE else SOON)

    async def _acknowledged(self, waiting: Sequence[str], number: int) -> list[Ack | None]:
        return await asyncio.gather(*(self._approve(one, f"acked.{number}.{one}") for one in waiting))

    async def _approve(self, approval: str, key: str) -> Ack | None:
        """None, and a finding, where it was not acknowledged though nothing was killed yet."""
        with self._engine.connect() as conn:
            row = conn.execute(select(approvals).where(approvals.c.id == approval)).one()
        wire = Wire(self._port, token("priya"))
        body = {"decision": "approve", "plan_hash": row.plan_hash}
        try:
            async with asyncio.timeout(PATIENCE):
                status, said = await wire.request(
                    "POST", f"/api/v1/approvals/{approval}/decisions", body, key
                )
        except (Lost, TimeoutError) as err:
            status, said = 0, {"status": str(err)}
        finally:
            wire.close()
        if status != 200 or said["status"] != "approved":
            self._tally.wrong.append(f"approval {approval} was answered {status} {said}")
            return None
        return Ack(approval, row.run_id, time.perf_counter())

    def _killed(self, server: Served, acks: Sequence[Ack]) -> Served:
        """Kill it, look before anything else runs, and start another."""
        server.kill()
        at, counts = time.perf_counter(), self._tally.counts
        self._tally.kills += 1
        with self._engine.connect() as conn:
            counts.update(fell_into(conn, server.process.pid))
            for one in acks:
                within = at - one.at <= SOON
                counts["acknowledged, killed within 500 ms" if within else "acknowledged, killed later"] += 1
                status = conn.execute(select(runs.c.status).where(runs.c.id == one.run)).scalar_one()
                counts[f"found {status}"] += 1
                self._tally.wrong += lost(conn, one.approval)
        return self._start()

    async def _ended(self, tellers: Sequence[Teller], acks: Sequence[Ack | None]) -> None:
        """Every approved run goes to an end; one that was cancelled, but for a person's abort, was lost."""
        both = [(one, ack) for one, ack in zip(tellers, acks, strict=True) if ack is not None]
        async with asyncio.timeout(PATIENCE):
            ends = await asyncio.gather(*(one.follow(ack.run) for one, ack in both))
        for (_, ack), status in zip(both, ends, strict=True):
            with self._engine.connect() as conn:
                error = conn.execute(select(runs.c.error).where(runs.c.id == ack.run)).scalar_one()
                self._tally.wrong += lost(conn, ack.approval)
            if status == "cancelled" and not str(error).startswith("Aborted by"):
                words = f"run {ack.run} was approved and acknowledged and is {status}: {error}"
                self._tally.wrong.append(words)


def lost(conn: Connection, approval: str) -> list[str]:
    """What is missing of an approval that priya was told is given."""
    status = conn.execute(select(approvals.c.status).where(approvals.c.id == approval)).scalar_one_or_none()
    given = select(decisions.c.person, decisions.c.decision).where(decisions.c.approval_id == approval)
    said = [tuple(row) for row in conn.execute(given)]
    if status != "approved" or said != [("priya", "approve")]:
        return [f"approval {approval} was acknowledged and is {status}, with decisions {said}"]
    return []


def _rows(counts: Counter[str]) -> list[Row]:
    found = ", ".join(f"{counts[key]} {key[6:]}" for key in sorted(counts) if key.startswith("found "))
    return [
        Row("· killed later than that, counted apart", str(counts["acknowledged, killed later"])),
        Row("· kills", f"{counts['rounds']}; {counts['kills inside a run']} inside a run"),
        Row("· their runs at the kill", found),
        Row("· their runs at the end", f"{ended(counts)}; {counts['runs claimed again']} claimed again after a kill"),
        Row("· real effects", f"{counts['acts']}, asked for twice: {counts['acts asked for twice']}"),
    ]  # fmt: skip


SCENE = Scene(
    name="acked",
    title="Acknowledged approvals",
    play=shard,
    rounds=170,
    part=34,
    short=3,
    headline=lambda counts: (
        f"{counts['acknowledged, killed within 500 ms']} approvals acknowledged, kill -9 0-500 ms later: "
        "lost, not ended, twice"
    ),
    rows=_rows,
    notes=(
        f"{len(SERVICES)} approvals at once before each kill; the company's clock runs {QUICKER:g} times as fast. "
        f"{100 * BEFORE:.0f} % of the kills fall within {1000 * UNCLAIMED:.0f} ms, before or while the run is claimed, "
        "the rest anywhere. The database is read before the next start, and after the runs' ends.",
    ),
    kinds=("sqlite", "postgresql"),
)
