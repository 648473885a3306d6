"""The card of a stage that is past is clicked again: nothing may come of it."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any, Literal

from runbooks.policy import Policy
from tests.bench.report import Row
from tests.chaos.rigs import APPROVERS, ask, execute, look, rig_at, told, two, weight
from tests.chaos.scenes import Scene, Tally
from tests.runbooks.world import MARIA, POLICY

#: clicks on each old card
CLICKS = 3
STAGES = [{"name": "security", "roles": ["approver"]}]
STAGED = Policy.model_validate(
    POLICY.model_dump()
    | {"approvals": [one.model_dump() | {"stages": STAGES} for one in POLICY.approvals[2:]]}
)


async def play(kind: str, seed: int, rounds: int) -> Tally:
    tally, draw = Tally(seed, kind), Random(seed)
    async with rig_at(kind, policy=STAGED) as rig:
        for _ in range(rounds):
            tally.kills += 1
            asked = await ask(rig)
            first, second = two(draw)
            card: dict[str, Any] = {"approval_id": asked.id, "plan_hash": asked.plan_hash, "via": "rest"}
            await rig.approvals.decide(**card, person=first, decision="approve", stage=0)
            before = await weight(rig, asked.id)
            for _ in range(CLICKS):
                who = draw.choice((*APPROVERS, MARIA))
                click = card | {"person": who, "decision": draw.choice(("approve", "deny")), "stage": 0}
                tally.counts[f"told {await told(rig, click)}"] += 1
                if (after := await weight(rig, asked.id)) != before:
                    tally.wrong.append(
                        f"a click of {who.id} on the old card of {asked.id} made {before} {after}"
                    )
            end: Literal["approve", "deny"] = draw.choice(("approve", "deny"))
            await rig.approvals.decide(**card, person=second, decision=end, stage=1)
            await execute(rig, asked)
            late = await weight(rig, asked.id)
            tally.counts[
                f"told {await told(rig, card | {'person': second, 'decision': 'deny', 'stage': 0})}"
            ] += 1
            if await weight(rig, asked.id) != late:
                tally.wrong.append(f"a click on the card of {asked.id}, which was over, had an effect")
        await look(rig, tally)
    return tally


def _rows(counts: Counter[str]) -> list[Row]:
    said = ", ".join(f"{counts[key]} {key[5:]}" for key in sorted(counts) if key.startswith("told "))
    return [
        Row("· clicks on old cards, told", said),
        Row(
            "· approved and executed, denied", f"{counts['approvals approved']}, {counts['approvals denied']}"
        ),
        Row("· real effects, audit rows", f"{counts['acts']}, {counts['audit rows']}"),
    ]


SCENE = Scene(
    name="stale",
    title="A stale button",
    play=play,
    rounds=200,
    part=200,
    short=15,
    headline=lambda counts: (
        f"{counts['rounds']} old cards clicked {CLICKS + 1} times each after their stage was over"
    ),
    rows=_rows,
    notes=(
        "Two stages are wanted; the card of the first is clicked while the second is open and after the end.",
    ),
    kinds=("sqlite", "postgresql"),
)
