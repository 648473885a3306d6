"""An action: one thing a runbook step can do, with everything the planner and the engine must know about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Effect = Literal["read", "record", "write", "dangerous"]
Happened = Literal["yes", "no", "cannot tell"]

#: from harmless to worst; the effect of a plan is the highest of its steps'
EFFECTS: tuple[Effect, ...] = ("read", "record", "write", "dangerous")


class Inputs(BaseModel):
    """Base of input models: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Output(BaseModel):
    """Base of output models."""

    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True, slots=True)
class Context:
    """Who calls and when. `key` is the same for every attempt of one step: a back end that can, dedupes by it.

    `at` is Unix seconds of the domain clock; `place` is where the run was asked for (`face:conversation`).
    """

    run_id: str
    step_id: str
    key: str
    requester: str
    environment: str
    place: str
    at: float


@dataclass(frozen=True, slots=True)
class Change:
    """The exact change a write would make, found without making it.

    `before` and `after` are JSON objects with the same keys; `targets` are catalogue service names;
    `cost_per_month` is the difference in USD, None where it does not change.
    """

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    targets: tuple[str, ...]
    summary: str
    cost_per_month: float | None = None


Run = Callable[[Context, Any], Awaitable[Output]]
PlanChange = Callable[[Context, Any], Awaitable[Change]]
DidHappen = Callable[[Context, Any, Mapping[str, Any]], Awaitable[Happened]]


@dataclass(frozen=True, slots=True)
class Action:
    """`run(context, inputs) -> Output`. A write or dangerous action also has `plan` and `happened`.

    `happened(context, inputs, before)` says whether *this change* took place (the deployed version is the target),
    not whether the service is well. `timeout` in seconds. Raises IntegrationError.
    """

    name: str
    effect: Effect
    summary: str
    inputs: type[Inputs]
    output: type[Output]
    run: Run
    idempotent: bool = False
    timeout: float = 30.0
    plan: PlanChange | None = None
    happened: DidHappen | None = None

    def __post_init__(self) -> None:
        if self.effect in ("write", "dangerous") and (self.plan is None or self.happened is None):
            raise ValueError(f"action {self.name} is a {self.effect}: it needs plan and happened")


@dataclass(frozen=True)
class Actions:
    """All actions by name."""

    by_name: Mapping[str, Action] = field(default_factory=dict)

    def get(self, name: str) -> Action | None:
        return self.by_name.get(name)
