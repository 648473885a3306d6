"""Actions: what the planner and the engine may count on."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from integrations.actions import EFFECTS, Action, Actions, Context, Inputs, Output


class Named(Inputs):
    service: str


async def do(context: Context, inputs: Named) -> Output:
    return Output()


def test_a_write_without_a_plan_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"action x\.y is a write: it needs plan and happened"):
        Action("x.y", "write", "words", Named, Output, do)


def test_a_read_needs_no_plan_and_is_found_by_its_name() -> None:
    read = Action("x.y", "read", "words", Named, Output, do)
    actions = Actions({"x.y": read})
    assert actions.get("x.y") is read
    assert actions.get("x.z") is None


def test_unknown_inputs_are_refused() -> None:
    with pytest.raises(ValidationError, match="colour"):
        Named(service="a", colour="red")  # type: ignore[call-arg]


def test_effects_go_from_harmless_to_worst() -> None:
    assert EFFECTS == ("read", "record", "write", "dangerous")
