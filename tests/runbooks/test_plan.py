from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from integrations.actions import Change
from runbooks.plan import START, BlastRadius, Plan, PlannedStep, UnreadablePlan, highest, known_after

READ = PlannedStep(
    "now", "version.get", "read", {"service": "rag-api"}, None, None, "runs", None, None, "which runs"
)
WRITE = PlannedStep(
    id="back",
    action="version.set",
    effect="write",
    inputs={"service": "rag-api", "to": "v1"},
    change=Change({"version": "v2"}, {"version": "v1"}, ("rag-api",), "rag-api to v1", 12.5),
    known_after=None,
    condition="runs",
    verify="health.get: result.value < 0.5 within 60 s",
    undo="version.set",
    summary="rag-api to v1",
)
LATER = replace(
    WRITE, id="more", inputs={"service": "rag-api", "to": known_after("back")}, change=None, known_after="back",
    condition=known_after("back"), unknown=("to",),
)  # fmt: skip
PLAN = Plan(
    runbook="rollback",
    digest="d" * 64,
    tenant="default",
    environment="production",
    inputs={"service": "rag-api", "limit": 0.5},
    steps=(READ, WRITE, LATER),
    effect="write",
    risk="high",
    targets=("rag-api",),
    blast_radius=BlastRadius(("rag-api",), ("chat-frontend",), 0.45),
    cost_per_month=12.5,
)


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a JSON value that holds no further value."""
    if isinstance(value, dict) and value:
        return [found for key, one in value.items() for found in leaves(one, (*path, key))]
    if isinstance(value, list) and value:
        return [found for place, one in enumerate(value) for found in leaves(one, (*path, place))]
    return [path]


def changed(stored: dict[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
    """A copy in which the value at `path` is another one."""
    copy: Any = deepcopy(stored)
    holder = copy
    for part in path[:-1]:
        holder = holder[part]
    old = holder[path[-1]]
    if isinstance(old, list):
        holder[path[-1]] = ["x"]
    elif old is None or isinstance(old, str):
        holder[path[-1]] = f"{old or ''}x"
    else:
        holder[path[-1]] = old + 1
    return dict(copy)


def test_a_stored_plan_is_the_same_plan_with_the_same_hash() -> None:
    stored = json.loads(json.dumps(PLAN.to_json()))
    again = Plan.from_json(stored)
    assert again.to_json() == stored
    assert again.hash == PLAN.hash
    assert again.step("more").known_after == "back"


@pytest.mark.parametrize("path", [path for path in leaves(PLAN.to_json()) if path != ("hash",)], ids=str)
def test_any_change_of_what_was_shown_has_another_hash(path: tuple[str | int, ...]) -> None:
    assert Plan.from_json(changed(PLAN.to_json(), path)).hash != PLAN.hash


def test_what_only_the_run_itself_knows_is_stored_too() -> None:
    step = replace(LATER, known_after=START, inputs={"service": "rag-api", "to": known_after(START)})
    plan = replace(PLAN, steps=(step,))
    assert plan.to_json()["steps"][0]["change"] == "known when it runs"
    assert Plan.from_json(plan.to_json()).step("more").known_after == START


def test_the_stored_hash_is_never_believed() -> None:
    assert Plan.from_json(PLAN.to_json() | {"hash": "0" * 64}).hash == PLAN.hash


def test_a_write_more_or_less_or_in_another_order_is_another_plan() -> None:
    hashes = {
        replace(PLAN, steps=steps).hash
        for steps in ((WRITE,), (WRITE, WRITE), (LATER, WRITE), (WRITE, LATER), ())
    }
    assert len(hashes) == 5


def test_the_shape_is_the_one_people_script_against() -> None:
    step = PLAN.to_json()["steps"][1]
    assert {"id", "action", "effect", "inputs", "change", "summary", "undo", "verify"} <= set(step)
    assert step["change"]["before"] == {"version": "v2"}
    assert PLAN.to_json()["steps"][2]["change"] == "known after step back"
    assert PLAN.to_json()["steps"][0]["change"] is None


def test_the_worst_effect_counts() -> None:
    assert highest(["read", "dangerous", "write"]) == "dangerous"
    assert highest([]) == "read"


def test_only_certain_inputs_are_known() -> None:
    assert LATER.known() == {"service": "rag-api"}


@pytest.mark.parametrize(
    "part",
    [
        {"blast_radius": None},
        {"steps": [1]},
        {"steps": None},
        {"targets": 3},
        {"owners": True},
        {"steps": [PLAN.to_json()["steps"][0] | {"change": True}]},
    ],
    ids=str,
)
def test_what_is_no_plan_cannot_be_read(part: dict[str, Any]) -> None:
    with pytest.raises(UnreadablePlan, match="nothing was run"):
        Plan.from_json(PLAN.to_json() | part)
