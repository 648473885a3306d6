"""A write does what was approved or nothing: the second look before it is called."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from integrations.actions import Change
from runbooks.job import Job
from runbooks.steps import WorldChanged, check_same
from store.engine import Database
from tests.runbooks.test_job import job
from tests.runbooks.test_plan import LATER, PLAN, WRITE
from tests.runbooks.world import Rig
from tests.support.clock import ManualClock

NOW = Change({"version": "v2"}, {"version": "v1"}, ("rag-api",), "rag-api to v1")
INPUTS = {"service": "rag-api", "to": "v1"}

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


def test_the_same_change_is_the_same() -> None:
    check_same(WRITE, INPUTS, NOW, job())


@pytest.mark.parametrize(
    ("inputs", "change", "words"),
    [
        ({"to": "v0"}, {}, "to was 'v1' when you saw the plan and is 'v0' now"),
        ({}, {"before": {"version": "v3"}}, "version was 'v2' when you saw the plan and is 'v3' now"),
        ({}, {"before": {}}, "version was 'v2' when you saw the plan and is None now"),
        ({}, {"before": {"version": "v2", "replicas": 3}}, "replicas was None"),
        ({}, {"targets": ("embeddings",)}, "would change embeddings, which the plan does not name"),
        ({}, {"targets": ()}, "not rag-api"),
    ],
)
def test_any_other_change_stops(inputs: dict[str, Any], change: dict[str, Any], words: str) -> None:
    with pytest.raises(WorldChanged) as caught:
        check_same(WRITE, INPUTS | inputs, replace(NOW, **change), job())
    assert words in str(caught.value)


def test_what_this_run_has_changed_itself_is_no_surprise() -> None:
    first = replace(WRITE, id="now", change=replace(NOW, after={"version": "v3"}))
    done: Job = job(now={"status": "done"})
    done.plan = replace(PLAN, steps=(first, WRITE))
    check_same(WRITE, INPUTS, replace(NOW, before={"version": "v3"}), done)
    done.steps["now"] = replace(done.steps["now"], status="new")
    with pytest.raises(WorldChanged):
        check_same(WRITE, INPUTS, replace(NOW, before={"version": "v3"}), done)


def test_what_could_not_be_known_may_be_anything_on_services_of_the_plan() -> None:
    check_same(LATER, INPUTS | {"to": "anything"}, replace(NOW, before={"version": "x"}), job())
    with pytest.raises(WorldChanged):
        check_same(LATER, INPUTS | {"service": "embeddings"}, NOW, job())
    with pytest.raises(WorldChanged):
        check_same(LATER, INPUTS, replace(NOW, targets=("vector-db",)), job())


async def test_a_condition_that_was_shown_as_met_may_not_fail_silently(rig: Rig) -> None:
    run_id = await rig.queued()
    rig.world.versions["rag-api"] = ["v2"]
    await rig.work()
    run = await rig.run(run_id)
    assert run.status == "failed"
    assert "held when you saw the plan and does not hold now" in (run.error or "")


async def test_a_write_that_was_to_be_left_out_never_runs(
    sqlite_database: Database, clock: ManualClock
) -> None:
    rig = Rig(sqlite_database, clock)
    rig.world.versions["rag-api"] = ["v2"]
    run_id = await rig.queued()
    rig.world.versions["rag-api"] = ["v1", "v2"]
    await rig.work()
    assert (await rig.run(run_id)).status == "failed"
    assert "was to be left out when you saw the plan" in ((await rig.run(run_id)).error or "")
    assert rig.world.acts == []


async def test_what_becomes_known_on_the_way_is_used(sqlite_database: Database, clock: ManualClock) -> None:
    text = (
        HEAD
        + """
  - {id: a, uses: version.set, with: {service: rag-api, to: v9}}
  - {id: look, uses: version.get, with: {service: rag-api}}
  - id: b
    uses: version.set
    if: steps.look.output.current == 'v9'
    with: {service: "${{ inputs.service }}", to: "${{ steps.look.output.previous }}"}
"""
    )
    rig = Rig(sqlite_database, clock, books=(text,))
    run_id = await rig.queued("other")
    await rig.work()
    assert (await rig.run(run_id)).status == "succeeded"
    assert [to for _, _, to in rig.world.acts] == ["v9", "v2"]


async def test_an_environment_that_becomes_known_on_the_way_must_be_that_of_the_run(
    sqlite_database: Database, clock: ManualClock
) -> None:
    text = (
        HEAD
        + """
  - {id: a, uses: version.set, with: {service: rag-api, to: production}}
  - {id: b, uses: version.set, with: {service: rag-api, to: x, environment: "${{ steps.a.output.version }}"}}
"""
    )
    rig = Rig(sqlite_database, clock, books=(text,))
    run_id = await rig.queued("other")
    await rig.work()
    run = await rig.run(run_id)
    assert run.status == "failed"
    assert "would change production, but this run is for staging" in (run.error or "")
    assert len(rig.world.acts) == 1


async def test_a_verification_that_cannot_be_read_is_asked_again_until_its_time_is_over(rig: Rig) -> None:
    answers = iter([0.0, 2.0])
    rig.world.errors = lambda: 0.2 / next(answers)
    run_id = await rig.queued()
    await rig.work()
    assert (await rig.run(run_id)).status == "succeeded"


async def test_a_plan_that_cannot_be_looked_at_again_is_tried_as_often_as_the_runbook_says(
    sqlite_database: Database, clock: ManualClock
) -> None:
    text = HEAD + "  - {id: a, uses: version.set, with: {service: rag-api, to: v9}}\n"
    rig = Rig(sqlite_database, clock, books=(text,))
    run_id = await rig.queued("other")
    rig.world.versions.pop("rag-api")
    await rig.work()
    run = await rig.run(run_id)
    assert run.status == "failed"
    assert "version.set broke (KeyError)" in (run.error or "")
    assert await rig.statuses(run_id) == {"a": "skipped"}


async def test_watchers_see_what_a_verification_saw_last_and_nothing_where_that_stays_the_same(
    rig: Rig,
) -> None:
    versions = []
    for answers in ([0.1], [0.9, 0.9, 0.9, 0.1], [0.9, 0.8, 0.7, 0.1]):
        rig.world.versions["rag-api"] = ["v1", "v2"]
        rig.world.errors = iter(answers).__next__
        run_id = await rig.queued()
        await rig.work()
        run = await rig.run(run_id)
        assert run.status == "succeeded"
        assert (await rig.audited(run_id)).count("step.verified") == 1
        versions.append(run.version)
    assert versions == [versions[0], versions[0] + 1, versions[0] + 3]
