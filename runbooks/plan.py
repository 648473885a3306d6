"""What a run would do, before it does it, and the hash that binds an approval to exactly that."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from config.errors import CopilotError
from integrations.actions import EFFECTS, Change, Effect
from runbooks.schema import Risk
from store.canonical import canonical

START = ""


class UnreadablePlan(CopilotError):
    """A stored plan that is not one: it was altered, or comes from another version."""

    status = 409
    title = "The plan cannot be read"


WRITES: frozenset[str] = frozenset({"write", "dangerous"})


@dataclass(frozen=True, slots=True)
class RunRequest:
    """Who wants which runbook with which inputs, and where the answer goes (`place` is `face:conversation`)."""

    runbook: str
    inputs: Mapping[str, Any]
    requester: str
    place: str
    request_id: str
    acting_as: str | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step as it would run now.

    `unknown` are the inputs that only an earlier step can produce; they read "known after step x" in `inputs`.
    `change` is None for reads and records, and where `known_after` says which step must run first.
    `condition` is "runs", "skipped" or "known after step x". `item` is the one of a foreach that this step is for.
    """

    id: str
    action: str
    effect: Effect
    inputs: Mapping[str, Any]
    change: Change | None
    known_after: str | None
    condition: str
    verify: str | None
    undo: str | None
    summary: str
    unknown: tuple[str, ...] = ()
    item: Any = None

    @property
    def writes(self) -> bool:
        return self.effect in WRITES

    def known(self) -> dict[str, Any]:
        """The inputs that are certain now."""
        return {key: value for key, value in self.inputs.items() if key not in self.unknown}


@dataclass(frozen=True, slots=True)
class BlastRadius:
    """Services that are changed, those that call them, and the part of user traffic (0 to 1) that meets either."""

    services: tuple[str, ...] = ()
    dependants: tuple[str, ...] = ()
    traffic_share: float = 0.0


class Touched(Protocol):
    """What rules look at: where something is done, to which services, and which teams own them."""

    @property
    def environment(self) -> str: ...

    @property
    def targets(self) -> tuple[str, ...]: ...

    @property
    def owners(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Plan:
    """A runbook with its inputs, planned against the world. `effect` is the highest of its steps and their undos.

    `cost_per_month` is the difference in USD, None where nothing is known to change. `owners` are the teams that own
    what is changed.
    """

    runbook: str
    digest: str
    tenant: str
    environment: str
    inputs: Mapping[str, Any]
    steps: tuple[PlannedStep, ...]
    effect: Effect
    risk: Risk
    targets: tuple[str, ...] = ()
    blast_radius: BlastRadius = field(default_factory=BlastRadius)
    cost_per_month: float | None = None
    owners: tuple[str, ...] = ()

    @property
    def writes(self) -> tuple[PlannedStep, ...]:
        return tuple(step for step in self.steps if step.writes)

    @cached_property
    def hash(self) -> str:
        """sha256 of the canonical JSON of all that is shown: inputs, targets, `before` and `after` of each write …

        An approval is for this hash; a plan that differs in anything has another.
        """
        return hashlib.sha256(canonical(self._shown()).encode()).hexdigest()

    def step(self, step_id: str) -> PlannedStep:
        return next(one for one in self.steps if one.id == step_id)

    def to_json(self) -> dict[str, Any]:
        """CONTRACT's shape, with all that `from_json` needs to give the same plan again."""
        return {**self._shown(), "hash": self.hash}

    def _shown(self) -> dict[str, Any]:
        radius = self.blast_radius
        return {
            "runbook": self.runbook,
            "digest": self.digest,
            "tenant": self.tenant,
            "environment": self.environment,
            "inputs": dict(self.inputs),
            "steps": [_step_json(step) for step in self.steps],
            "effect": self.effect,
            "risk": self.risk,
            "targets": list(self.targets),
            "blast_radius": {
                "services": list(radius.services),
                "dependants": list(radius.dependants),
                "traffic_share": radius.traffic_share,
            },
            "cost": self.cost_per_month,
            "owners": list(self.owners),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        """The stored plan. Its hash is computed anew, never read. Raises UnreadablePlan."""
        try:
            return cls._read(data)
        except (KeyError, TypeError, ValueError, AttributeError) as err:
            raise UnreadablePlan(
                f"The stored plan cannot be read ({err!r}); nothing was run. Ask for it again."
            ) from err

    @classmethod
    def _read(cls, data: Mapping[str, Any]) -> Plan:
        radius = data["blast_radius"]
        return cls(
            runbook=data["runbook"],
            digest=data["digest"],
            tenant=data["tenant"],
            environment=data["environment"],
            inputs=data["inputs"],
            steps=tuple(_step_from(one) for one in data["steps"]),
            effect=data["effect"],
            risk=data["risk"],
            targets=tuple(data["targets"]),
            blast_radius=BlastRadius(
                tuple(radius["services"]), tuple(radius["dependants"]), radius["traffic_share"]
            ),
            cost_per_month=data["cost"],
            owners=tuple(data.get("owners", ())),
        )


def highest(effects: Iterable[Effect]) -> Effect:
    """The worst effect, `read` where there is none."""
    return max(effects, key=EFFECTS.index, default="read")


def known_after(step_id: str) -> str:
    """What stands where a value is not known yet; START is what only a run that began knows."""
    return f"known after step {step_id}" if step_id != START else "known when it runs"


def change_json(change: Change) -> dict[str, Any]:
    return {
        "before": dict(change.before),
        "after": dict(change.after),
        "targets": list(change.targets),
        "cost": change.cost_per_month,
    }


def _step_json(step: PlannedStep) -> dict[str, Any]:
    after = known_after(step.known_after) if step.known_after is not None else None
    item = {"item": step.item} if "[" in str(step.id) else {}
    return item | {
        "id": step.id,
        "action": step.action,
        "effect": step.effect,
        "inputs": dict(step.inputs),
        "unknown": list(step.unknown),
        "change": change_json(step.change) if step.change else after,
        "condition": step.condition,
        "summary": step.summary,
        "undo": step.undo,
        "verify": step.verify,
    }


def _step_from(data: Mapping[str, Any]) -> PlannedStep:
    stored = data["change"]
    after = None
    if isinstance(stored, str):
        after = START if stored == known_after(START) else stored.removeprefix("known after step ")
    change = None
    if stored is not None and not isinstance(stored, str | Mapping):
        raise TypeError(f"change is {stored!r}")
    if isinstance(stored, Mapping):
        targets = tuple(stored["targets"])
        change = Change(stored["before"], stored["after"], targets, data["summary"], stored["cost"])
    return PlannedStep(
        id=data["id"],
        action=data["action"],
        effect=data["effect"],
        inputs=data["inputs"],
        change=change,
        known_after=after,
        condition=data["condition"],
        verify=data["verify"],
        undo=data["undo"],
        summary=data["summary"],
        unknown=tuple(data["unknown"]),
        item=data.get("item"),
    )
