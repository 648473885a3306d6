"""Consent is bound to what was shown: clicks and stored rows are altered in each field, and the world changes between
approval and run. Nothing altered is accepted; a changed world stops the run."""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import Any

from sqlalchemy import update

from config.people import Person
from store.records import Approval
from store.tables import runs
from tests.bench.report import Row
from tests.chaos.rigs import APPROVERS, ask, execute, look, rig_at, told, weight
from tests.chaos.scenes import Scene, Tally
from tests.runbooks.test_plan import leaves
from tests.runbooks.world import MARIA, PEOPLE, PRIYA, ROLLBACK, Rig

#: what is altered, round after round
TURNS = ("click", "plan", "click", "plan", "click", "plan", "world")
WEAK = tuple(one for one in PEOPLE.by_id.values() if "approver" not in one.roles)


async def play(kind: str, seed: int, rounds: int) -> Tally:
    tally, draw = Tally(seed, kind), Random(seed)
    async with rig_at(kind, books=(ROLLBACK,)) as rig:
        for number in range(rounds):
            tally.kills += 1
            asked = await ask(rig, "rollback")
            what = {"click": _clicked, "plan": _stored, "world": _changed}[TURNS[number % len(TURNS)]]
            await what(rig, asked, draw, tally)
        await look(rig, tally)
    return tally


async def _clicked(rig: Rig, asked: Approval, draw: Random, tally: Tally) -> None:
    """A click with one field that is not what a rightful approver would send; then the rightful one."""
    name, click = altered_click(asked, draw)
    before = await weight(rig, asked.id)
    said = await told(rig, click)
    tally.counts["click altered"] += 1
    tally.counts[f"in {name}"] += 1
    if said in ("approved", "pending", "denied") or await weight(rig, asked.id) != before:
        tally.wrong.append(f"a click on {asked.id} with another {name} was accepted: {said}")
        return
    await rig.approvals.decide(
        asked.id, person=PRIYA, decision="approve", plan_hash=asked.plan_hash, via="rest", stage=0
    )
    again = await told(rig, _click(asked, draw.choice(APPROVERS)))
    tally.counts["click replayed"] += 1
    if again != "Conflict":
        tally.wrong.append(f"a click on {asked.id} was replayed and told {again}")
    await execute(rig, asked)


def altered_click(asked: Approval, draw: Random) -> tuple[str, dict[str, Any]]:
    """Which field, and the click."""
    flipped = list(asked.plan_hash)
    place = draw.randrange(len(flipped))
    flipped[place] = "0" if flipped[place] != "0" else "1"
    wrong: dict[str, list[Any]] = {
        "plan_hash": ["".join(flipped), asked.plan_hash[:-1], asked.plan_hash.upper() + "x", "", "0" * 64],
        "approval_id": [asked.id[:-1], f"{asked.id}0", asked.run_id, asked.request_id, "", "' OR 1=1"],
        "person": [MARIA, *WEAK, _stranger(draw)],
        "stage": [1, 2, -1, 99],
    }
    name = draw.choice(sorted(wrong))
    return name, _click(asked, draw.choice(APPROVERS)) | {name: draw.choice(wrong[name])}


def _click(asked: Approval, person: Person) -> dict[str, Any]:
    return {
        "approval_id": asked.id, "person": person, "decision": "approve", "plan_hash": asked.plan_hash, "via": "rest",
        "stage": asked.stage,
    }  # fmt: skip


def _stranger(draw: Random) -> Person:
    roles = frozenset(draw.sample(("viewer", "operator", "auditor", "admin"), draw.randrange(4)))
    return Person(id=f"p{draw.randrange(99)}", name="X", roles=roles)


async def _stored(rig: Rig, asked: Approval, draw: Random, tally: Tally) -> None:
    """It is approved as it was shown; then one value of the plan that is stored with the run is another."""
    await rig.approve(asked)
    await rig.submit(asked.run_id)
    run = await rig.run(asked.run_id)
    stored = json.loads(json.dumps(dict(run.plan)))
    part = draw.choice([one for one in sorted(stored) if one != "hash"])
    path = draw.choice([one for one in leaves(stored) if one[0] == part])
    other = altered(stored, path, draw)
    acts = len(rig.world.acts)
    await rig.database.write(
        lambda conn: conn.execute(update(runs).where(runs.c.id == run.id).values(plan=other))
    )
    await rig.work()
    tally.counts["plan altered"] += 1
    tally.counts[f"field {path[0]}"] += 1
    after = await rig.run(run.id)
    if len(rig.world.acts) != acts or after.status not in ("cancelled", "failed"):
        tally.wrong.append(f"run {run.id} is {after.status} though {path} of its plan was altered")


def altered(stored: dict[str, Any], path: tuple[str | int, ...], draw: Random) -> dict[str, Any]:
    """A copy with another value there."""
    copy: Any = json.loads(json.dumps(stored))
    holder = copy
    for part in path[:-1]:
        holder = holder[part]
    old = holder[path[-1]]
    values = [None, True, 0, 3.5, "x", f"{old}\u200b", f"{old} ", ["x"], {"x": 1}]
    holder[path[-1]] = draw.choice([one for one in values if json.dumps(one) != json.dumps(old)])
    return dict(copy)


async def _changed(rig: Rig, asked: Approval, draw: Random, tally: Tally) -> None:
    """Between approval and run somebody else deploys: the run stops, and its plan as it is now is asked for anew."""
    await rig.approve(asked)
    await rig.submit(asked.run_id)
    acts = len(rig.world.acts)
    rig.world.versions["rag-api"].append(f"v{draw.randrange(10**9)}")
    await rig.work()
    tally.counts["world changed"] += 1
    run, steps = await rig.run(asked.run_id), await rig.steps(asked.run_id)
    anew = any((one.output or {}).get("replan") for one in steps.values())
    if run.status != "failed" or not anew or len(rig.world.acts) != acts:
        tally.wrong.append(f"run {run.id} is {run.status} though the world had changed, asked anew: {anew}")
        return
    again = await ask(rig, "rollback")
    tally.counts["asked anew"] += 1
    if again.plan_hash == asked.plan_hash:
        tally.wrong.append(f"{again.id} asks anew for the plan of {asked.id}")
    await rig.approve(again)
    await execute(rig, again)
    if (await rig.run(again.run_id)).status != "succeeded":
        tally.wrong.append(f"run {again.run_id}, asked anew, did not succeed")


def _rows(counts: Counter[str]) -> list[Row]:
    clicks = ", ".join(f"{counts[key]} {key[3:]}" for key in sorted(counts) if key.startswith("in "))
    fields = ", ".join(f"{counts[key]} {key[6:]}" for key in sorted(counts) if key.startswith("field "))
    changed = f"{counts['world changed']}, stopped and asked anew {counts['asked anew']}"
    return [
        Row("· clicks altered in one field", clicks),
        Row("· stored plans altered after approval, by field", fields),
        Row("· another deployment between approval and run", changed),
        Row("· real effects, audit rows", f"{counts['acts']}, {counts['audit rows']}"),
    ]


SCENE = Scene(
    name="binding",
    title="Plan binding",
    play=play,
    rounds=700,
    part=700,
    short=21,
    headline=lambda counts: (
        f"{counts['click altered']} altered clicks, {counts['click replayed']} replayed, "
        f"{counts['plan altered']} altered plans, {counts['world changed']} changed worlds"
    ),
    rows=_rows,
    kinds=("sqlite", "postgresql"),
)
