from __future__ import annotations

from typing import Any

import pytest

from config.errors import BadRequest, NotFound
from integrations.errors import IntegrationError
from runbooks.loader import Library
from runbooks.plan import Plan, RunRequest
from runbooks.planner import Planner, blast_radius
from tests.runbooks.world import CATALOGUE, ROLLBACK, World, book
from tests.support.clock import ManualClock

HEAD = """
version: 1
name: other
description: d
owner: me
inputs:
  service: {type: service, required: true}
  environment: {type: environment, default: staging}
steps:
"""


async def plan(text: str = ROLLBACK, world: World | None = None, **inputs: Any) -> Plan:
    world = world or World()
    actions = world.actions()
    runbook = book(text, actions)
    planner = Planner(Library({runbook.id: runbook}), actions, CATALOGUE, ManualClock())
    request = RunRequest(runbook.id, {"service": "rag-api"} | inputs, "maria", "rest:s", "req_1")
    try:
        return await planner.plan(request)
    finally:
        assert (world.acts, world.notes) == ([], {}), "planning changed the world"


async def test_a_plan_shows_the_exact_change_without_making_it() -> None:
    found = await plan(environment="production")
    change = found.step("back").change
    assert change is not None
    assert (change.before, change.after, change.targets) == (
        {"version": "v2"},
        {"version": "v1"},
        ("rag-api",),
    )
    assert found.step("back").inputs == {"service": "rag-api", "environment": None, "to": "v1"}
    assert (found.effect, found.risk, found.environment) == ("write", "high", "production")
    assert found.cost_per_month == 12.5
    assert found.blast_radius.services == ("rag-api",)
    assert found.blast_radius.dependants == ("chat-frontend",)
    assert found.blast_radius.traffic_share == 0.45
    assert found.step("back").verify == "health.get of rag-api: result.value < 0.5 within 1 min"


async def test_the_same_question_of_the_same_world_has_the_same_hash_and_another_world_another() -> None:
    one, same = await plan(), await plan()
    other = await plan(world=World(versions={"rag-api": ["v1", "v3"]}))
    assert one.hash == same.hash != other.hash
    assert (await plan(limit=0.4)).hash != one.hash


async def test_a_step_whose_condition_fails_is_shown_as_left_out_and_counts_for_nothing() -> None:
    found = await plan(world=World(versions={"rag-api": ["v1"]}))
    assert found.step("back").condition == "skipped"
    assert found.effect == "record"
    assert found.step("tell").condition == "runs"


async def test_what_only_an_earlier_write_can_produce_is_known_after_it() -> None:
    text = (
        HEAD
        + """
  - {id: a, uses: version.set, with: {service: rag-api, to: v9}}
  - {id: look, uses: version.get, with: {service: rag-api}}
  - {id: b, uses: version.set, if: "steps.look.output.current != 'v9'", with: {service: rag-api, to: v8}}
  - {id: c, uses: version.set, with: {service: rag-api, to: "${{ steps.a.output.version }}"}}
  - {id: d, uses: note.add, with: {text: "${{ run.id }} ${{ inputs.service }}"}}
"""
    )
    found = await plan(text)
    assert found.step("look").change is None
    assert found.step("b").condition == "known after step a"
    assert found.step("b").known_after == "a"
    assert (found.step("c").known_after, found.step("c").unknown) == ("a", ("to",))
    assert found.to_json()["steps"][3]["inputs"]["to"] == "known after step a"
    assert found.step("d").inputs == {"text": "known when it runs"}


async def test_a_read_beside_a_write_is_read_and_one_after_it_is_not() -> None:
    world = World()
    text = (
        HEAD
        + """
  - {id: a, uses: version.set, needs: [], with: {service: rag-api, to: v9}}
  - {id: b, uses: version.get, needs: [], with: {service: rag-api}}
  - {id: c, uses: version.get, needs: [a], with: {service: rag-api}}
"""
    )
    await plan(text, world)
    assert world.reads == 1


async def test_the_undo_counts_for_the_effect() -> None:
    text = (
        HEAD
        + """
  - id: a
    uses: version.set
    with: {service: rag-api, to: v9}
    undo: {uses: version.wipe, with: {service: rag-api, to: v2}}
"""
    )
    assert (await plan(text)).effect == "dangerous"
    assert (await plan(text)).risk == "high"


async def test_a_write_may_not_leave_the_environment_of_the_run() -> None:
    text = (
        HEAD + "  - {id: a, uses: version.set, with: {service: rag-api, to: v9, environment: production}}\n"
    )
    with pytest.raises(BadRequest, match="would change production, but this run is for staging"):
        await plan(text)
    assert (await plan(text, environment="production")).environment == "production"


async def test_a_runbook_without_an_environment_is_judged_as_production() -> None:
    text = HEAD.replace("  environment: {type: environment, default: staging}\n", "")
    found = await plan(text + "  - {id: a, uses: version.set, with: {service: rag-api, to: v9}}\n")
    assert (found.environment, found.risk) == ("production", "high")


async def test_errors_say_which_step() -> None:
    world = World()
    world.scripts["version.get"] = ["refuse"]
    with pytest.raises(IntegrationError, match="rollback, step now: The world says no"):
        await plan(world=world)
    text = (
        HEAD
        + """
  - {id: a, uses: version.get, with: {service: rag-api}}
  - {id: b, uses: note.add, with: {text: "${{ steps.a.output.nope }}"}}
"""
    )
    with pytest.raises(BadRequest, match=r"other, step b: .*reads 'nope', which is not there"):
        await plan(text)


async def test_an_unknown_runbook_or_service_is_not_guessed() -> None:
    actions = World().actions()
    planner = Planner(Library({"rollback": book(ROLLBACK, actions)}), actions, CATALOGUE, ManualClock())
    with pytest.raises(NotFound, match="Did you mean 'rollback'"):
        await planner.plan(RunRequest("rolback", {}, "maria", "x:y", "r"))
    with pytest.raises(BadRequest, match="Did you mean 'rag-api'"):
        await planner.plan(RunRequest("rollback", {"service": "rag-app"}, "maria", "x:y", "r"))


def test_the_blast_radius_is_the_targets_and_all_that_call_them() -> None:
    radius = blast_radius(CATALOGUE, ["vector-db"])
    assert set(radius.dependants) == {"search-gateway", "rag-api", "chat-frontend"}
    assert radius.traffic_share == pytest.approx(0.65)
