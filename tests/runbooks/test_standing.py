"""Approvals in advance: agreed to by two, used within bounds and cap, void at the claim when anything changed."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, update

from config.errors import BadRequest, Conflict, Forbidden, NotFound
from config.people import People
from runbooks.plan import BlastRadius, Plan
from runbooks.policy import Policy
from runbooks.service import Proposal
from runbooks.standing import agreed, content_hash, why_not
from store import audit, ledger, standing
from store.engine import Database
from store.policy_records import Standing
from store.policy_tables import standing as table
from store.policy_tables import standing_votes
from store.records import Run
from tests.runbooks.test_plan import changed, leaves
from tests.runbooks.test_windows import NIGHT, at
from tests.runbooks.world import LENA, MARIA, PEOPLE, POLICY, PRIYA, ROLLBACK, SAM, Rig
from tests.support.clock import ManualClock
from tests.support.ledger import an_entry

DAY = 86_400.0
JONAS = PEOPLE.by_id["jonas"]


async def used(rig: Rig, **inputs: Any) -> Proposal:
    return await rig.propose(environment="production", **inputs)


async def test_what_two_agreed_to_in_advance_runs_without_asking(
    database: Database, clock: ManualClock
) -> None:
    rig = Rig(database, clock)
    one = await rig.standing_for("rag-api")
    assert one.status == "active"
    proposal = await used(rig)
    assert proposal.run is not None
    assert (proposal.verdict.kind, proposal.run.status, proposal.approval) == ("go", "queued", None)
    assert await rig.audited(proposal.run.id) == ["run.created", "standing.used"]
    await rig.work()
    assert (await rig.run(proposal.run.id)).status == "succeeded"
    assert (await rig.audited())[:3] == ["standing.proposed", "standing.approved", "standing.approved"]


async def test_one_is_not_enough_and_the_proposer_never_counts(rig: Rig) -> None:
    one = await rig.standing_for("rag-api", by=(PRIYA,))
    assert (one.status, (await used(rig)).verdict.kind) == ("proposed", "ask")
    with pytest.raises(Conflict, match="agreed already"):
        await rig.standing.approve(one.id, person=PRIYA, hash=one.hash, via="rest")
    for person in (MARIA, JONAS):
        with pytest.raises(Forbidden, match="Who can: Lena Vogt, Priya Nair, Sam Okafor, Tomas Novak"):
            await rig.standing.approve(one.id, person=person, hash=one.hash, via="rest")
    with pytest.raises(Conflict, match="not what you saw"):
        await rig.standing.approve(one.id, person=SAM, hash="0" * 64, via="rest")
    with pytest.raises(NotFound):
        await rig.standing.approve("std_x", person=SAM, hash=one.hash, via="rest")


async def test_two_who_agree_at_once_make_it_count_once(database: Database, clock: ManualClock) -> None:
    rig = Rig(database, clock)
    for _ in range(5):
        one = await rig.standing_for("rag-api", by=())
        await asyncio.gather(
            *(rig.standing.approve(one.id, person=who, hash=one.hash, via="x") for who in (PRIYA, SAM))
        )
        assert (await rig.standing.get(one.id))[0].status == "active"


@pytest.mark.parametrize("inputs", [{"service": "embeddings"}, {"limit": 0.4}, {"limit": 1.0}])
async def test_what_is_out_of_bounds_is_asked_for(rig: Rig, inputs: dict[str, Any]) -> None:
    await rig.standing_for("rag-api")
    assert (await used(rig, **inputs)).verdict.kind == "ask"


async def test_a_bound_that_was_agreed_to_widens_what_goes(rig: Rig) -> None:
    await rig.standing_for("rag-api", "embeddings", bounds={"limit": "0.25..0.75"})
    for inputs in ({"limit": 0.25}, {"limit": 0.75}, {"service": "embeddings"}):
        assert (await used(rig, **inputs)).verdict.kind == "go"


async def test_the_cap_holds_over_its_time_also_when_many_ask_at_once(
    database: Database, clock: ManualClock
) -> None:
    rig = Rig(database, clock)
    await rig.standing_for("rag-api")
    found = await asyncio.gather(*(used(rig) for _ in range(8)))
    assert [one.verdict.kind for one in found].count("go") == 3
    clock.advance(DAY - 1)
    assert (await used(rig)).verdict.kind == "ask"
    clock.advance(2)
    assert (await used(rig)).verdict.kind == "go"


async def test_it_ends_when_its_time_is_over(rig: Rig) -> None:
    await rig.standing_for("rag-api", days=2)
    rig.clock.advance(2 * DAY)
    assert (await used(rig)).verdict.kind == "ask"


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"days": 91}, "at most 90 days"),
        ({"most": 4}, "1 to 3 times"),
        ({"per": 60.0}, "at least 1 days"),
        ({"reason": "x"}, "Say why"),
        ({"bounds": {"colour": "red"}}, "no input 'colour'"),
    ],
)
async def test_the_policy_limits_what_can_be_agreed_to(rig: Rig, keys: dict[str, Any], words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        await rig.standing_for("rag-api", **keys)
    with pytest.raises(BadRequest, match="Name the services"):
        await rig.standing_for()
    with pytest.raises(BadRequest, match=r"no service 'rag-ap'.*rag-api"):
        await rig.standing_for("rag-ap")


async def test_who_may_not_ask_for_writes_may_not_propose_one(rig: Rig) -> None:
    with pytest.raises(Forbidden, match="may not ask for a write"):
        await rig.standing.propose(
            "rollback", services=["rag-api"], environment="production", bounds={}, person=SAM,
            reason="nobody must wake up", place="rest:x",
        )  # fmt: skip


async def test_revoked_it_ends_at_once_also_between_plan_and_run(
    database: Database, clock: ManualClock
) -> None:
    rig = Rig(database, clock)
    one = await rig.standing_for("rag-api")
    proposal = await used(rig)
    assert proposal.run is not None
    with pytest.raises(Forbidden):
        await rig.standing.revoke(one.id, person=JONAS)
    gone = await rig.standing.revoke(one.id, person=LENA, reason="too risky now")
    assert (gone.status, gone.ended_by) == ("revoked", "lena")
    await rig.work()
    ended = await rig.run(proposal.run.id)
    assert (ended.status, rig.world.acts) == ("cancelled", [])
    assert "it is revoked" in (ended.error or "")
    assert (await used(rig)).verdict.kind == "ask"
    with pytest.raises(Conflict, match="was revoked by lena"):
        await rig.standing.revoke(one.id, person=LENA)
    with pytest.raises(Conflict, match="is revoked"):
        await rig.standing.approve(one.id, person=LENA, hash=one.hash, via="x")


async def test_a_use_counts_only_while_the_right_of_those_who_agreed_holds(rig: Rig) -> None:
    await rig.standing_for("rag-api")
    proposal = await used(rig)
    assert proposal.run is not None
    weaker = SAM.model_copy(update={"roles": frozenset({"viewer"})})
    rig.people = People({**PEOPLE.by_id, "sam": weaker}, PEOPLE.rota)
    await rig.work(engine=rig.engine_on(rig.database))
    assert ((await rig.run(proposal.run.id)).status, rig.world.acts) == ("cancelled", [])


async def test_another_version_of_the_runbook_is_asked_for(
    sqlite_database: Database, clock: ManualClock
) -> None:
    await Rig(sqlite_database, clock).standing_for("rag-api")
    later = Rig(sqlite_database, clock, books=(ROLLBACK.replace("within: 1m", "within: 2m"),))
    assert (await used(later)).verdict.kind == "ask"


async def test_a_runbook_that_wants_more_people_is_asked_for(
    sqlite_database: Database, clock: ManualClock
) -> None:
    for spec in ("{count: 3}", "{groups: [security-review]}"):
        text = ROLLBACK.replace("steps:", f"approval: {spec}\nsteps:", 1)
        rig = Rig(sqlite_database, clock, books=(text,))
        await rig.standing_for("rag-api")
        rig.requests = len(spec)
        assert (await used(rig)).verdict.kind == "ask"


async def test_the_requester_is_not_counted_among_those_who_agreed(rig: Rig) -> None:
    await rig.standing_for("rag-api")
    assert (await rig.propose(person=PRIYA, environment="production")).verdict.kind == "go"
    required = POLICY.judge(
        (await used(rig)).plan, PRIYA, rig.library.get("rollback"), now=rig.clock.now()
    ).required
    ((one, votes),) = await rig.standing.every()
    both = [replace(stage, count=2) for stage in required]
    assert not agreed(one, votes, both, "priya", PEOPLE, POLICY)
    assert agreed(one, votes, both, "maria", PEOPLE, POLICY)


async def test_at_night_what_was_agreed_to_heals_and_in_a_freeze_it_does_not(
    sqlite_database: Database,
) -> None:
    clock = ManualClock(at("2026-06-12T12:00:00"))
    rig = Rig(sqlite_database, clock, policy=NIGHT)
    await rig.standing_for("rag-api")
    clock.set(at("2026-06-13T01:00:00"))
    proposal = await used(rig)
    assert proposal.verdict.kind == "go"
    await rig.work()
    assert proposal.run is not None
    assert (await rig.run(proposal.run.id)).status == "succeeded"
    quiet = NIGHT.quiet_hours[0].model_dump(by_alias=True) | {"standing": False}
    strict = Policy.model_validate(POLICY.model_dump(by_alias=True) | {"quiet_hours": [quiet]})
    rig = Rig(sqlite_database, clock, policy=strict, requests=50)
    assert (await used(rig)).verdict.kind == "ask"


async def test_in_observe_and_propose_nothing_goes_under_it(
    sqlite_database: Database, clock: ManualClock
) -> None:
    await Rig(sqlite_database, clock).standing_for("rag-api")
    assert (await used(Rig(sqlite_database, clock, mode="propose"))).verdict.kind == "ask"


async def a_covered(rig: Rig) -> tuple[Standing, Plan]:
    one = await rig.standing_for("rag-api", bounds={"limit": "0.25..0.75"})
    return one, (await rig.propose(environment="production")).plan


def beyond(plan: Plan, rng: random.Random) -> Plan:
    """The plan with something in it that nobody agreed to."""
    other = rng.choice(["embeddings", "billing", "RAG-API", "rag-api ", ""])
    step = rng.choice(plan.writes)
    assert step.change is not None
    choices: list[Callable[[], Plan]] = [
        lambda: replace(plan, inputs={**plan.inputs, "service": other}),
        lambda: replace(plan, inputs={**plan.inputs, "limit": rng.choice([rng.uniform(0.7501, 9), -rng.random()])}),
        lambda: replace(plan, inputs={**plan.inputs, "limit": rng.choice([True, "0.5", None, [0.5]])}),
        lambda: replace(plan, inputs={**plan.inputs, f"x{rng.randrange(99)}": 1}),
        lambda: replace(plan, inputs={key: plan.inputs[key] for key in list(plan.inputs)[1:]}),
        lambda: replace(plan, environment=rng.choice(["staging", "dev", "Production", ""])),
        lambda: replace(plan, runbook=f"r{rng.randrange(99)}"),
        lambda: replace(plan, digest=f"{rng.getrandbits(256):064x}"),
        lambda: replace(plan, effect=rng.choice(["dangerous", "read", "record"])),
        lambda: replace(plan, targets=rng.choice([(other,), (*plan.targets, other), ("rag-api", "embeddings")])),
        lambda: replace(plan, blast_radius=BlastRadius(("rag-api", other))),
        lambda: replace(
            plan, steps=tuple(replace(s, change=None, known_after="now") if s.id == step.id else s for s in plan.steps)
        ),
        lambda: replace(
            plan,
            steps=tuple(
                replace(s, change=replace(s.change, targets=(other,))) if s.change and s.id == step.id else s
                for s in plan.steps
            ),
        ),
        lambda: replace(plan, targets=(), blast_radius=BlastRadius(), steps=()),
    ]  # fmt: skip
    return rng.choice(choices)()


async def test_of_300_plans_beyond_what_was_agreed_to_none_is_covered(rig: Rig) -> None:
    one, plan = await a_covered(rig)
    now, rng = rig.clock.now(), random.Random(20_261_120)
    assert why_not(one, plan, POLICY, now) is None
    mutated = [beyond(plan, rng) for _ in range(300)]
    assert all(found.hash != plan.hash for found in mutated)
    assert [found for found in mutated if why_not(one, found, POLICY, now) is None] == []


async def test_every_field_that_people_agreed_to_is_held_by_the_hash(rig: Rig) -> None:
    one, plan = await a_covered(rig)
    now = rig.clock.now()
    altered: list[Standing] = [
        replace(one, services=("rag-api", "billing")),
        replace(one, bounds={**one.bounds, "limit": {"min": 0, "max": 9}}),
        replace(one, most=100), replace(one, per=1.0), replace(one, expires_at=now + 89 * DAY + 5),
        replace(one, created_at=now - 1), replace(one, proposer="priya"), replace(one, count=1),
        replace(one, reason="other"), replace(one, place="rest:x"), replace(one, id="std_x"),
        replace(one, status="proposed"), replace(one, status="revoked"), replace(one, environment="staging"),
    ]  # fmt: skip
    assert [found for found in altered if why_not(found, plan, POLICY, now) is None] == []
    resealed = [replace(found, hash=content_hash(found)) for found in altered]
    votes = await rig.database.read(lambda conn: standing.votes(conn, one.id))
    for found in resealed:
        held = found.hash == one.hash or agreed(found, votes, (), "maria", PEOPLE, POLICY)
        assert why_not(found, plan, POLICY, now) is not None or not held


@pytest.mark.parametrize(
    ("which", "columns"),
    [
        (table, {"services": ["rag-api", "billing"]}),
        (table, {"most": 50}),
        (table, {"status": "proposed"}),
        (table, {"expires_at": 1.0}),
        (table, {"digest": "0" * 64}),
        (standing_votes, {"hash": "0" * 64}),
        (standing_votes, {"person": "nobody"}),
    ],
)
async def test_a_row_altered_between_plan_and_run_stops_it(
    rig: Rig, which: Any, columns: dict[str, Any]
) -> None:
    await rig.standing_for("rag-api")
    proposal = await used(rig)
    assert proposal.run is not None

    def alter(conn: Connection) -> None:
        statement = update(which).values(**columns)
        if "person" in columns:
            statement = statement.where(which.c.person == "sam")
        conn.execute(statement)

    await rig.database.write(alter)
    await rig.work()
    assert ((await rig.run(proposal.run.id)).status, rig.world.acts) == ("cancelled", [])


async def test_a_run_whose_stored_plan_was_altered_stops_whatever_was_agreed(rig: Rig) -> None:
    await rig.standing_for("rag-api")
    first = (await used(rig)).run
    assert first is not None
    paths = [path for path in leaves(json.loads(json.dumps(dict(first.plan)))) if path != ("hash",)][::7]
    for path in paths:
        run = await queued_again(rig, first, changed(dict(first.plan), path))
        await rig.work()
        assert (await rig.run(run.id)).status == "cancelled", path
    assert (await rig.run(first.id)).status == "succeeded"
    assert (await rig.database.read(audit.verify)).ok


async def queued_again(rig: Rig, first: Run, plan: dict[str, Any]) -> Run:
    """Another run like the first, counted under the same approval, with another plan in its row."""
    rig.requests += 1
    run = replace(first, id=f"run_{rig.requests}", request_id=f"req_{rig.requests}", plan=plan)

    def work(conn: Connection) -> None:

        ledger.create_run(conn, run, [], an_entry(run_id=run.id), rig.clock.now())
        used_by = standing.use_of(conn, first.id)
        assert used_by is not None
        standing.add_use(conn, replace(used_by, run_id=run.id))

    await rig.database.write(work)
    return run
