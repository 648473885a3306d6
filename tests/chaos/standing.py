"""Approvals in advance: a fault heals while all sleep; what is beyond the bounds, altered or revoked is not run."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random
from typing import Any

from sqlalchemy import Connection, select, update

from runbooks.plan import RunRequest
from runbooks.standing import why_not
from store.policy_tables import standing as table
from store.policy_tables import standing_votes
from store.tables import outbox
from tests.bench.report import Row
from tests.bench.served import Served, place, token
from tests.bench.wire import Wire
from tests.chaos.killing import PATIENCE, Shard, company_at, ended
from tests.chaos.rigs import look, rig_at
from tests.chaos.scenes import Scene, Tally
from tests.chaos.story import Teller
from tests.chaos.warm import warm
from tests.runbooks.test_standing import DAY, beyond
from tests.runbooks.world import LENA, POLICY, ROLLBACK, Rig

#: how many of the requests there is a fault that heals, and a revocation between plan and run
HEALED, REVOKED = 100, 4
SERVICE, RUNBOOK = "rag-api", "rollback-service"


async def play(kind: str, seed: int, rounds: int) -> Tally:
    tally, draw = Tally(seed, kind), Random(seed)
    with place(kind) as (folder, url):
        await Asleep(warm(), folder, url, seed, tally).play_asleep(1 + rounds // HEALED)
    async with rig_at(kind, books=(ROLLBACK,)) as rig:
        for number in range(rounds):
            await _beyond(rig, draw, tally)
            tally.kills += 1
            if number % REVOKED == 0:
                await _taken_back(rig, draw, tally)
        await look(rig, tally)
    return tally


class Asleep(Shard):
    """The whole application: two people agree by day, at night a script asks and nobody is asked."""

    def _start(self) -> Served:
        return self._workers.start(self._folder, self._url, self._port, self._clock.variables())

    async def play_asleep(self, faults: int) -> None:
        server = await self._up()
        try:
            async with company_at(self._url, self._clock) as company:
                teller = Teller(self._port, company, SERVICE, self._seed, self._told)
                await teller.begin()
                await self._agreed()
                for _ in range(faults):
                    await teller.deploy()
                    await company.clock.sleep(60.0)
                    run_id = await self._requested()
                    status = await asyncio.wait_for(teller.follow(run_id), PATIENCE)
                    self._tally.counts[f"fault at night: run {status}"] += 1
                    if status != "succeeded":
                        self._tally.wrong.append(f"run {run_id} under an approval in advance is {status}")
                    await self._loud(run_id)
                await self._quiet()
                teller.close()
            server.stop()
            self._look()
        finally:
            server.stop()
            self._engine.dispose()

    async def _agreed(self) -> None:
        asks = {
            "runbook": RUNBOOK,
            "services": [SERVICE],
            "environment": "production",
            "reason": "nobody must wake up",
        }
        one = await self._post("maria", "/api/v1/standing", asks)
        for person in ("priya", "sam"):
            path = f"/api/v1/standing/{one['id']}/approve"
            one = await self._post(person, path, {"hash": one["hash"]})
        if one["status"] != "active":
            self._tally.wrong.append(f"two agreed and it is {one['status']}")

    async def _requested(self) -> str:
        """As a script would that an alert started: it only asks, and nobody decides anything."""
        asks = {"runbook": RUNBOOK, "inputs": {"service": SERVICE, "environment": "production"}}
        run = await self._post("maria", "/api/v1/workflows", asks)
        if run["status"] == "waiting":
            self._tally.wrong.append(f"run {run['id']} waits for people in spite of an approval in advance")
        return str(run["id"])

    async def _post(self, person: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        wire = Wire(self._port, token(person))
        try:
            status, answer = await wire.request("POST", path, body)
        finally:
            wire.close()
        if status >= 400:
            raise AssertionError(f"POST {path}: {status} {answer}")
        return dict(answer)

    async def _loud(self, run_id: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                with self._engine.connect() as conn:
                    if conn.execute(select(outbox.c.key).where(outbox.c.key == f"standing:{run_id}")).first():
                        return
                await asyncio.sleep(0.05)


async def _beyond(rig: Rig, draw: Random, tally: Tally) -> None:
    """Asks for something that nobody agreed to; or looks at a plan with something in it that nobody agreed to."""
    one = await _active(rig)
    if draw.random() < 0.5:
        inputs: dict[str, Any] = draw.choice(
            [
                {"service": "embeddings"}, {"limit": draw.uniform(0.751, 1.0)}, {"limit": draw.uniform(0.0, 0.249)},
                {"environment": draw.choice(["staging", "dev"])},
            ]
        )  # fmt: skip
        proposal = await rig.propose(**({"environment": "production"} | inputs))
        tally.counts["requests beyond the bounds"] += 1
        if proposal.run is None or proposal.verdict.kind != "ask" or proposal.run.status != "waiting":
            tally.wrong.append(f"{inputs} went under {one.id}: {proposal.verdict}")
        elif proposal.approval is not None:
            await rig.approvals.withdraw(proposal.approval.id, rig.people.by_id["maria"])
        return
    plan = await rig.planner.plan(_request(rig))
    other = beyond(plan, draw)
    tally.counts["plans beyond the bounds"] += 1
    if (
        why_not(one, plan, POLICY, rig.clock.now()) is not None
        or why_not(one, other, POLICY, rig.clock.now()) is None
    ):
        tally.wrong.append(f"{one.id} covers {other}")


def _request(rig: Rig) -> RunRequest:
    rig.requests += 1
    inputs = {"service": "rag-api", "environment": "production"}
    return RunRequest("rollback", inputs, "maria", "rest:ses_1", f"plan_{rig.requests}")


async def _active(rig: Rig) -> Any:
    for one, _ in await rig.standing.every():
        if one.status == "active" and one.expires_at > rig.clock.now() + DAY:
            return one
    return await rig.standing_for("rag-api", bounds={"limit": "0.25..0.75"})


async def _taken_back(rig: Rig, draw: Random, tally: Tally) -> None:
    """What goes under it is queued; before a worker takes it, it is revoked, or its row or a vote is altered."""
    one = await _active(rig)
    rig.clock.advance(DAY + 1)
    if one.expires_at <= rig.clock.now():
        one = await _active(rig)
    proposal = await rig.propose(environment="production", limit=draw.uniform(0.26, 0.74))
    if proposal.run is None or proposal.verdict.kind != "go":
        tally.wrong.append(f"what {one.id} covers was asked for: {proposal.verdict}")
        return
    how = draw.choice(("revoked", "revoked", "row altered", "vote altered"))
    if how == "revoked":
        await rig.standing.revoke(one.id, person=LENA, reason="too risky now")
    else:
        await rig.database.write(lambda conn: _alter(conn, one.id, how))
    before = len(rig.world.acts)
    await rig.work()
    tally.counts[f"between plan and run {how}"] += 1
    run = await rig.run(proposal.run.id)
    if run.status != "cancelled" or len(rig.world.acts) != before:
        tally.wrong.append(f"run {run.id} is {run.status} though its approval in advance was {how}")
    if how != "revoked":
        await rig.standing.revoke(one.id, person=LENA, reason="it was altered")


def _alter(conn: Connection, standing_id: str, how: str) -> None:
    if how == "row altered":
        conn.execute(update(table).where(table.c.id == standing_id).values(services=["billing", "rag-api"]))
    else:
        votes = standing_votes
        conn.execute(update(votes).where(votes.c.standing_id == standing_id).values(hash="0" * 64))


def _rows(counts: Counter[str]) -> list[Row]:
    back = ", ".join(f"{counts[key]} {key[21:]}" for key in sorted(counts) if key.startswith("between "))
    nights = ", ".join(f"{counts[key]} {key}" for key in sorted(counts) if key.startswith("fault "))
    beyond_ = f"{counts['requests beyond the bounds']} requests, {counts['plans beyond the bounds']} plans"
    return [
        Row("· unattended faults of the demo company", nights),
        Row("· beyond the bounds", beyond_),
        Row("· between plan and run", back),
        Row("· runs, audit rows", f"{ended(counts)}; {counts['audit rows']}"),
    ]


SCENE = Scene(
    name="standing",
    title="Approvals in advance",
    play=play,
    rounds=200,
    part=200,
    short=12,
    headline=lambda counts: (
        f"{counts['fault at night: run succeeded']} faults healed with nobody awake; {counts['rounds']} mutations, "
        "revocations between plan and run: accepted"
    ),
    rows=_rows,
    kinds=("sqlite", "postgresql"),
)
