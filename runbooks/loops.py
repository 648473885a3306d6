"""`foreach`: one step of the file becomes one step of the run for each item, as the plan pinned them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from config.errors import BadRequest
from runbooks.compiler import CompiledStep, Runbook
from runbooks.plan import Plan

MOST_ITEMS = 50


def item_id(step_id: str, place: int) -> str:
    """`restart[2]`."""
    return f"{step_id}[{place}]"


def base_id(step_id: str) -> str:
    """The step of the file: `restart` of `restart[2]`."""
    return step_id.partition("[")[0]


def for_item(step: CompiledStep, place: int, item: Any) -> CompiledStep:
    """The step of one item; `item` is what its expressions read."""
    spec = step.spec.model_copy(update={"id": item_id(step.id, place)})
    return replace(step, spec=spec, foreach=None, loop=step.id, item=item)


def items(step: CompiledStep, value: Any) -> list[Any]:
    """Raises BadRequest when `value` is no list, or too long a one."""
    assert step.foreach is not None
    if not isinstance(value, list):
        raise BadRequest(f"foreach: {step.foreach.source!r} gives {value!r}; it must give a list.")
    if len(value) > MOST_ITEMS:
        raise BadRequest(
            f"foreach: {step.foreach.source!r} gives {len(value)} items; at most {MOST_ITEMS} in one run."
        )
    return value


def expanded(runbook: Runbook, plan: Plan) -> Runbook:
    """The runbook with the steps that the plan has: one for each item of each foreach."""
    if not any(step.foreach for step in runbook.steps):
        return runbook
    ids: dict[str, list[str]] = {}
    for planned in plan.steps:
        ids.setdefault(base_id(planned.id), []).append(planned.id)
    steps: list[CompiledStep] = []
    for step in runbook.steps:
        here = [step]
        if step.foreach is not None and ids.get(step.id) != [step.id]:
            found = [plan.step(name) for name in ids.get(step.id, ())]
            here = [for_item(step, place, one.item) for place, one in enumerate(found)]
        steps += [replace(one, needs=_all(one.needs, ids), before=_all(one.before, ids)) for one in here]
    return replace(runbook, steps=tuple(steps))


def gathered(steps: Iterable[CompiledStep], outputs: Mapping[str, Any]) -> dict[str, Any]:
    """For each foreach, what later steps read as `steps.<id>.output.items`: the outputs in the order of the items."""
    found: dict[str, Any] = {}
    for step in steps:
        if step.loop is not None:
            whole = found.setdefault(step.loop, {"output": {"items": []}})
            whole["output"]["items"].append(outputs[step.id]["output"])
        elif step.foreach is not None:
            found[step.id] = {"output": {"items": []}}
    return found


def _all(names: Iterable[str], ids: Mapping[str, list[str]]) -> frozenset[str]:
    return frozenset(one for name in names for one in ids.get(name, (name,)))
