"""Consent is bound to the plan, the stage and the person: 500 altered decisions, stale stages, races, tightening."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from config.errors import Conflict, CopilotError, Forbidden, NotFound
from config.people import Person
from runbooks.plan import Plan, UnreadablePlan
from runbooks.policy import Policy
from runbooks.rights import holds
from store import approvals
from store.engine import Database
from store.records import Approval, Required
from store.tables import approvals as approvals_table
from store.tables import decisions, runs
from tests.runbooks.test_approvals import STAGED, TWO
from tests.runbooks.test_plan import PLAN, leaves
from tests.runbooks.test_policy import NOON, PLAIN, with_approval
from tests.runbooks.world import LENA, MARIA, PEOPLE, POLICY, PRIYA, SAM, Rig
from tests.support.clock import ManualClock

ROLES = ("viewer", "operator", "approver", "incident-commander", "auditor", "admin")
GROUPS = ("llm-oncall", "security-review", "release-managers")


async def asked(rig: Rig) -> Approval:
    proposal = await rig.propose(environment="production")
    assert proposal.approval is not None
    return proposal.approval


def weaker(rng: random.Random) -> Person:
    """Somebody who may not approve: a stranger, or without the role."""
    roles = rng.sample([role for role in ROLES if role != "approver"], rng.randrange(3))
    return Person.model_validate(
        {"id": f"p{rng.randrange(99)}", "name": "X", "roles": roles, "groups": rng.sample(GROUPS, 1)}
    )


def altered(approval: Approval, rng: random.Random) -> dict[str, Any]:
    """A click with one field that is not what a rightful approver would send."""
    flipped = list(approval.plan_hash)
    place = rng.randrange(len(flipped))
    flipped[place] = "0" if flipped[place] != "0" else "1"
    hashes = ["".join(flipped), approval.plan_hash[:-1], approval.plan_hash.upper() + "x", "", "0" * 64]
    click: dict[str, Any] = {"approval_id": approval.id, "person": PRIYA, "plan_hash": approval.plan_hash}
    changes: list[dict[str, Any]] = [
        {"plan_hash": rng.choice(hashes)},
        {"approval_id": rng.choice([approval.id[:-1], approval.id + "0", approval.run_id, "", "' OR 1=1"])},
        {"person": MARIA},
        {"person": weaker(rng)},
        {"stage": rng.choice([1, 2, -1, 99])},
    ]
    return click | rng.choice(changes)


async def test_of_500_altered_clicks_none_is_accepted(rig: Rig) -> None:
    approval, rng = await asked(rig), random.Random(20_261_120)
    for _ in range(500):
        click = altered(approval, rng)
        with pytest.raises((Conflict, Forbidden, NotFound)):
            await rig.approvals.decide(**click, decision="approve", via="rest")
    assert await rig.database.read(lambda conn: approvals.decisions(conn, approval.id)) == []
    assert (await rig.approval(approval.id)).status == "pending"
    assert (await rig.approve(approval, PRIYA)).status == "approved"


def mutated(stored: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """A copy with one value anywhere replaced, removed or added."""
    copy: Any = json.loads(json.dumps(stored))
    path = rng.choice([one for one in leaves(copy) if one != ("hash",)])
    holder = copy
    for part in path[:-1]:
        holder = holder[part]
    if isinstance(holder, dict) and path[:-1] in (("inputs",), ("steps", 1, "inputs")) and rng.random() < 0.3:
        holder[f"new_{rng.randrange(99)}"] = rng.random()
    else:
        old = holder[path[-1]]
        values = [None, True, 0, rng.random(), "x", f"{old}\u200b", f"{old} ", ["x"], {"x": 1}]
        holder[path[-1]] = rng.choice([one for one in values if json.dumps(one) != json.dumps(old)])
    return dict(copy)


def test_of_500_mutated_plans_each_is_the_approved_one_or_has_another_hash() -> None:
    rng, stored = random.Random(20_261_120), PLAN.to_json()
    for _ in range(500):
        other = mutated(stored, rng)
        try:
            again = Plan.from_json(other)
        except UnreadablePlan:
            continue
        assert again == PLAN or again.hash != PLAN.hash, other


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        (decisions, {"person": "maria"}),
        (decisions, {"person": "jonas"}),
        (decisions, {"person": "nobody"}),
        (decisions, {"decision": "deny"}),
        (decisions, {"stage": 7}),
        (decisions, {"approval_id": "apr_other"}),
        (approvals_table, {"requester": "sam"}),
        (approvals_table, {"plan_hash": "0" * 64}),
        (approvals_table, {"run_id": "run_other"}),
        (approvals_table, {"required": [{"stage": 0, "count": 9, "roles": [], "groups": [], "not_requester": True}]}),
        (runs, {"place": "rest:ses_1", "plan_hash": "0" * 64}),
        (runs, {"environment": "dev"}),
    ],
)  # fmt: skip
async def test_a_stored_word_that_was_altered_starts_nothing(
    rig: Rig, table: Any, columns: dict[str, Any]
) -> None:
    approval = await asked(rig)
    await rig.approve(approval, PRIYA)
    await rig.submit(approval.run_id)
    await rig.database.write(lambda conn: conn.execute(update(table).values(**columns)))
    await rig.work()
    assert rig.world.acts == []
    assert (await rig.run(approval.run_id)).status == "cancelled"


async def test_a_click_on_the_card_of_a_stage_that_is_past_has_no_effect(rig: Rig) -> None:
    staged = Rig(rig.database, rig.clock, policy=STAGED)
    approval = await asked(staged)
    await staged.approve(approval, PRIYA)
    people, rng = [PRIYA, SAM, LENA, PEOPLE.by_id["tomas"]], random.Random(7)
    for _ in range(200):
        decision: Any = rng.choice(["approve", "deny"])
        with pytest.raises(CopilotError):
            await staged.approvals.decide(
                approval.id, person=rng.choice(people), decision=decision, plan_hash=approval.plan_hash,
                via="slack", stage=0,
            )  # fmt: skip
    now = await staged.approval(approval.id)
    assert (now.status, now.stage) == ("pending", 1)
    assert len(await staged.database.read(lambda conn: approvals.decisions(conn, approval.id))) == 1


async def test_two_voters_at_once_are_both_counted_and_the_approval_flips_once(
    database: Database, clock: ManualClock
) -> None:
    rig = Rig(database, clock, policy=TWO)
    for _ in range(40):
        approval = await asked(rig)
        ends = await asyncio.gather(*(rig.approve(approval, person) for person in (PRIYA, SAM)))
        assert sorted(one.status for one in ends) == ["approved", "pending"]
        assert (await rig.audited(approval.run_id)).count("approval.approved") == 1


async def test_two_voters_of_two_stages_at_once_leave_one_step(
    database: Database, clock: ManualClock
) -> None:
    rig = Rig(database, clock, policy=STAGED)
    for _ in range(20):
        approval = await asked(rig)
        ends = await asyncio.gather(
            *(
                rig.approvals.decide(
                    approval.id, person=person, decision="approve", plan_hash=approval.plan_hash, via="x", stage=0
                )
                for person in (PRIYA, SAM)
            ),
            return_exceptions=True,
        )  # fmt: skip
        assert len([one for one in ends if isinstance(one, Conflict)]) == 1
        assert (await rig.approval(approval.id)).stage == 1


SPECS = st.fixed_dictionaries(
    {},
    optional={
        "count": st.integers(1, 4),
        "roles": st.lists(st.sampled_from(ROLES), max_size=2, unique=True),
        "groups": st.lists(st.sampled_from(GROUPS), max_size=2, unique=True),
        "not_requester": st.booleans(),
        "expires": st.sampled_from(["1m", "15m", "2h"]),
        "stages": st.lists(
            st.fixed_dictionaries({"groups": st.lists(st.sampled_from(GROUPS), max_size=1)}), max_size=2
        ),
    },
)
PERSONS = st.builds(
    lambda number, roles, groups: Person(
        id=f"p{number}", name="X", roles=frozenset(roles), groups=frozenset(groups)
    ),
    st.integers(0, 5),
    st.sets(st.sampled_from(ROLES)),
    st.sets(st.sampled_from(GROUPS)),
)


def satisfied(required: tuple[Required, ...], voters: list[Person], requester: str) -> bool:
    """Whether each stage finds as many voters as it wants, counting a person for every stage."""
    return all(
        len({one.id for one in voters if holds(stage, one) and not (stage.not_requester and one.id == requester)})
        >= stage.count
        for stage in required
    )  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(
    spec=SPECS,
    voters=st.lists(PERSONS, max_size=6, unique_by=lambda one: one.id),
    effect=st.sampled_from(["write", "dangerous"]),
    environment=st.sampled_from(["production", "staging", "else"]),
)
def test_whoever_satisfies_the_runbook_satisfies_the_policy(
    spec: dict[str, Any], voters: list[Person], effect: Any, environment: str
) -> None:
    plan = replace(PLAN, effect=effect, environment=environment)
    base = POLICY.judge(plan, MARIA, PLAIN, now=NOON)
    tight = POLICY.judge(plan, MARIA, with_approval(_yaml(spec)), now=NOON)
    assert tight.kind == "ask"
    assert tight.expires <= base.expires
    assert not satisfied(tight.required, voters, "p0") or satisfied(base.required, voters, "p0")


@settings(max_examples=200, deadline=None)
@given(
    effect=st.sampled_from(["write", "dangerous"]),
    environment=st.text(max_size=12),
    rules=st.lists(
        st.fixed_dictionaries(
            {
                "effect": st.sampled_from(["write", "dangerous"]),
                "environments": st.lists(st.sampled_from(["*", "dev", "production"]), min_size=1, max_size=2),
                "not_requester": st.booleans(),
                "expires": st.sampled_from([60, 900]),
                "count": st.integers(1, 3),
            },
            optional={"owners": st.lists(st.sampled_from(["search", "platform"]), max_size=1)},
        ),
        max_size=4,
    ),
)
def test_no_policy_lets_a_write_go_without_anybodys_word(
    effect: Any, environment: str, rules: list[Any]
) -> None:
    policy: Policy = Policy.model_validate(
        POLICY.model_dump() | {"approvals": [*rules, *POLICY.model_dump()["approvals"]]}
    )
    plan = replace(PLAN, effect=effect, environment=environment)
    verdict = policy.judge(plan, MARIA, PLAIN, now=NOON)
    assert verdict.kind == "ask"
    assert all(one.count >= 1 for one in verdict.required)


def _yaml(spec: dict[str, Any]) -> str:
    """JSON is YAML."""
    return json.dumps(spec)
