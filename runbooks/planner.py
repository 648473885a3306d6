"""The dry run: resolve, read, ask each write what it would change, and never do it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from config.catalogue import Catalogue
from config.clock import Clock
from config.errors import BadRequest, CopilotError
from integrations.actions import Actions, Change, Context, Effect
from runbooks.compiler import BASE_RISK, CompiledStep, Runbook
from runbooks.expressions import Expression, Template
from runbooks.inputs import read_inputs
from runbooks.loader import Library
from runbooks.loops import base_id, for_item, item_id, items
from runbooks.plan import START, WRITES, BlastRadius, Plan, PlannedStep, RunRequest, highest, known_after
from runbooks.reach import Harmless
from runbooks.schema import RISKS, Risk
from runbooks.words import check_words, undo_words

#: of `run`, what only a run that has started knows
_LATER_FIELDS = frozenset({"id", "status"})


@dataclass
class _Walk:
    """Where a plan stands: outputs of reads so far, and for every other step the step that must run first."""

    runbook: Runbook
    variables: dict[str, Any]
    context: Context
    blocked: dict[str, str] = field(default_factory=dict)
    planned: list[PlannedStep] = field(default_factory=list)

    def waits_for(self, steps: Iterable[str], run: Iterable[str] = ()) -> str | None:
        """The step that must run before an expression over these names has a value; None: it has one now."""
        for name in steps:
            if name in self.blocked:
                return self.blocked[name]
        return START if _LATER_FIELDS.intersection(run) else None


class Planner:
    """Plans runbooks. Reads run with the actions' own deadlines; a write's `run` cannot be reached from here."""

    def __init__(
        self, library: Library, actions: Actions, catalogue: Catalogue, clock: Clock, tenant: str = "default"
    ) -> None:
        self._library = library
        self._reach = Harmless(actions)
        self._catalogue = catalogue
        self._clock = clock
        self._tenant = tenant

    @property
    def library(self) -> Library:
        return self._library

    @property
    def catalogue(self) -> Catalogue:
        return self._catalogue

    async def plan(self, request: RunRequest) -> Plan:
        """Raises NotFound (runbook), BadRequest (inputs, expressions), IntegrationError (a read or plan failed)."""
        runbook = self._library.get(request.runbook)
        inputs = read_inputs(runbook, request.inputs, self._catalogue)
        environment = run_environment(runbook, inputs)
        context = Context(
            run_id="plan",
            step_id="",
            key="",
            requester=request.requester,
            environment=environment,
            place=request.place,
            at=self._clock.now(),
        )
        run = {"requester": request.requester, "environment": environment}
        walk = _Walk(runbook, {"inputs": inputs, "steps": {}, "run": run}, context)
        for step in runbook.steps:
            try:
                if step.foreach is None:
                    walk.planned.append(await self._step(walk, step))
                else:
                    await self._loop(walk, step, step.foreach)
            except CopilotError as err:
                raise type(err)(f"{runbook.id}, step {step.id}: {err}") from err
        return self._whole(walk, inputs, environment)

    async def _loop(self, walk: _Walk, step: CompiledStep, foreach: Expression) -> None:
        """Plan the step once for each item. Raises BadRequest where the list is not known yet, or is none."""
        waits = walk.waits_for(foreach.steps, foreach.run)
        if waits is not None:
            raise BadRequest(
                f"the list of a foreach must be known when the run is planned: {known_after(waits)}."
            )
        found = items(step, foreach.evaluate(walk.variables))
        for place, item in enumerate(found):
            one = for_item(step, place, item)
            walk.variables["item"] = item
            walk.planned.append(replace(await self._step(walk, one), item=item))
        walk.variables.pop("item", None)
        ids = [item_id(step.id, place) for place in range(len(found))]
        held = [name for name in ids if name in walk.blocked]
        if held:
            walk.blocked[step.id] = held[-1]
            return
        outputs = [walk.variables["steps"][name]["output"] for name in ids]
        walk.variables["steps"][step.id] = {"output": {"items": outputs}}
        if not found:
            effect = self._reach.effect(step.call.uses)
            walk.planned.append(self._planned(walk, step, effect, {}, (), None, None, "skipped"))

    async def _step(self, walk: _Walk, step: CompiledStep) -> PlannedStep:
        effect = self._reach.effect(step.call.uses)
        condition, waits = self._condition(walk, step)
        if condition == "skipped":
            walk.variables["steps"][step.id] = {"output": {}}
            return self._planned(walk, step, effect, {}, (), None, None, "skipped")
        inputs, unknown, after = self._inputs(walk, step.call.with_)
        after = waits if after is None else after
        change = None
        if effect == "read":
            after = self._earlier_write(walk, step) if after is None else after
            if after is None and not step.spec.always:
                output = await self._reach.read(step.call.uses, walk.context, inputs)
                walk.variables["steps"][step.id] = {"output": output}
                return self._planned(walk, step, effect, inputs, (), None, None, condition)
        elif effect in WRITES and not unknown:
            inputs = self._reach.check(step.call.uses, inputs)
            same_environment(step.id, inputs, walk.context.environment)
            if waits is None:
                change = await self._reach.plan(step.call.uses, walk.context, inputs)
        walk.blocked[step.id] = after if after is not None and effect == "read" else step.id
        return self._planned(walk, step, effect, inputs, unknown, change, after, condition)

    def _condition(self, walk: _Walk, step: CompiledStep) -> tuple[str, str | None]:
        if step.condition is None:
            return "runs", None
        waits = walk.waits_for(step.condition.steps, step.condition.run)
        if waits is not None:
            return known_after(waits), waits
        return ("runs" if step.condition.truth(walk.variables) else "skipped"), None

    def _inputs(self, walk: _Walk, template: Template) -> tuple[dict[str, Any], tuple[str, ...], str | None]:
        """The resolved inputs, the keys that are not known yet, and the step that makes them known."""
        values: dict[str, Any] = {}
        unknown: list[str] = []
        first: str | None = None
        for key, one in template.parts():
            waits = walk.waits_for(one.steps, one.run)
            if waits is None:
                values[key] = one.resolve(walk.variables)
            else:
                values[key] = known_after(waits)
                unknown.append(key)
                first = waits if first is None else first
        return values, tuple(unknown), first

    def _earlier_write(self, walk: _Walk, step: CompiledStep) -> str | None:
        """The last write that runs before `step`: a read after it would now show the world before it."""
        for planned in reversed(walk.planned):
            if base_id(planned.id) in step.before and planned.writes and planned.condition != "skipped":
                return planned.id
        return None

    def _planned(
        self,
        walk: _Walk,
        step: CompiledStep,
        effect: Effect,
        inputs: Mapping[str, Any],
        unknown: tuple[str, ...],
        change: Change | None,
        after: str | None,
        condition: str,
    ) -> PlannedStep:
        return PlannedStep(
            id=step.id,
            action=step.call.uses,
            effect=effect,
            inputs=inputs,
            change=change,
            known_after=after if effect in WRITES and change is None else None,
            condition=condition,
            verify=check_words(step, walk.variables),
            undo=undo_words(step, walk.variables, walk.context.environment),
            summary=change.summary if change else self._reach.summary(step.call.uses),
            unknown=unknown,
        )

    def _whole(self, walk: _Walk, inputs: Mapping[str, Any], environment: str) -> Plan:
        runbook = walk.runbook
        changes = [step.change for step in walk.planned if step.change is not None]
        targets = {name for change in changes for name in change.targets}
        if any(step.writes for step in walk.planned):
            declared = runbook.model.inputs
            targets |= {
                str(inputs[name])
                for name, spec in declared.items()
                if spec.type == "service" and inputs[name]
            }
        named = {str(step.known().get("service")) for step in walk.planned if step.writes and not step.change}
        targets |= named & set(self._catalogue.services)
        costs = [change.cost_per_month for change in changes if change.cost_per_month is not None]
        effect = self._effect(walk)
        return Plan(
            runbook=runbook.id,
            digest=runbook.digest,
            tenant=self._tenant,
            environment=environment,
            inputs=dict(inputs),
            steps=tuple(walk.planned),
            effect=effect,
            risk=_risk(effect, environment, runbook.model.risk),
            targets=tuple(sorted(targets)),
            blast_radius=blast_radius(self._catalogue, targets),
            cost_per_month=round(sum(costs), 2) if costs else None,
            owners=owners(self._catalogue, targets),
        )

    def _effect(self, walk: _Walk) -> Effect:
        running = {base_id(step.id) for step in walk.planned if step.condition != "skipped"}
        calls = [step.call for step in walk.runbook.steps if step.id in running]
        calls += [step.undo for step in walk.runbook.steps if step.id in running and step.undo]
        return highest(self._reach.effect(call.uses) for call in calls)


def run_environment(runbook: Runbook, inputs: Mapping[str, Any]) -> str:
    """The value of the first environment input; `production`, the strictest, where a runbook has none."""
    for name, spec in runbook.model.inputs.items():
        if spec.type == "environment" and inputs.get(name):
            return str(inputs[name])
    return "production"


def same_environment(step_id: str, inputs: Mapping[str, Any], environment: str) -> None:
    """A write may not leave the environment that the run was judged for. Raises BadRequest."""
    own = inputs.get("environment")
    if own is not None and own != environment:
        raise BadRequest(
            f"Step {step_id} would change {own}, but this run is for {environment}; "
            "give the environment as an input of type environment."
        )


def owners(catalogue: Catalogue, targets: Iterable[str]) -> tuple[str, ...]:
    """The teams that own `targets`, sorted."""
    return tuple(sorted({catalogue.services[one].owner for one in targets if one in catalogue.services}))


def blast_radius(catalogue: Catalogue, targets: Iterable[str]) -> BlastRadius:
    """Who is touched when `targets` change."""
    services = tuple(sorted(set(targets)))
    dependants = sorted({name for one in services for name in catalogue.dependants(one)} - set(services))
    touched = [catalogue.services[name] for name in (*services, *dependants) if name in catalogue.services]
    share = min(1.0, sum(one.traffic_share for one in touched))
    return BlastRadius(services, tuple(dependants), round(share, 4))


def _risk(effect: Effect, environment: str, declared: Risk | None) -> Risk:
    """A change of production is one level above the same elsewhere; the runbook may only raise it."""
    level = RISKS.index(BASE_RISK[effect])
    if effect in WRITES and environment == "production":
        level += 1
    return RISKS[max(level, RISKS.index(declared) if declared else 0)]
