"""From a runbook's content to a `Runbook`: checked against the actions, every expression compiled, steps in order."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from pydantic import ValidationError

from integrations.actions import Action, Actions, Effect
from runbooks.expressions import (
    Expression,
    ExpressionError,
    Template,
    compile_expression,
    compile_template,
    did_you_mean,
)
from runbooks.plan import WRITES, highest
from runbooks.schema import RISKS, Call, Risk, RunbookModel, StepSpec
from runbooks.shape import Problem, read_shape
from runbooks.source import Path
from store.canonical import canonical

#: what the effects of a runbook make of its risk, before the environment is known
BASE_RISK: Mapping[Effect, Risk] = {"read": "low", "record": "low", "write": "medium", "dangerous": "high"}
_EMPTY = Template({}, {})


@dataclass(frozen=True, slots=True)
class CompiledCall:
    """One use of an action: its name and its inputs, still with expressions."""

    uses: str
    with_: Template


@dataclass(frozen=True, slots=True)
class CompiledStep:
    """One step, ready to plan and run. `needs` are the steps it waits for, `before` all that end before it starts.

    The step of one `item` has its step of the file as `loop` (runbooks/loops.py).
    """

    spec: StepSpec
    call: CompiledCall
    condition: Expression | None
    undo: CompiledCall | None
    verify: CompiledCall | None
    expect: Expression | None
    needs: frozenset[str]
    before: frozenset[str]
    foreach: Expression | None = None
    loop: str | None = None
    item: Any = None

    @property
    def id(self) -> str:
        return self.spec.id


@dataclass(frozen=True, slots=True)
class Runbook:
    """A runbook that works. `definition` is the file's content as JSON, `digest` the sha256 of its canonical form.

    `steps` stand in an order in which each comes after all it needs; `always` steps come last.
    """

    id: str
    file: str
    model: RunbookModel
    digest: str
    definition: Mapping[str, Any]
    steps: tuple[CompiledStep, ...]
    when: Expression | None
    group: Template | None = None

    def step(self, step_id: str) -> CompiledStep:
        return next(one for one in self.steps if one.id == step_id)


def digest(definition: Mapping[str, Any]) -> str:
    """sha256 of the canonical JSON of a runbook's content."""
    return hashlib.sha256(canonical(definition).encode()).hexdigest()


def compile_runbook(
    definition: Mapping[str, Any], actions: Actions, file: str = ""
) -> Runbook | list[Problem]:
    """The runbook, or everything that is wrong with it."""
    model, misshapen = read_shape(definition)
    if model is None:
        return misshapen
    work = _Work(model, actions)
    work.problems.extend(misshapen)
    steps = work.steps()
    when = work.expression(model.approval.when, ("approval", "when"), set()) if model.approval else None
    group = work.group()
    work.check_inputs()
    work.check_risk()
    if work.problems:
        return work.problems
    return Runbook(model.name, file, model, digest(definition), definition, steps, when, group)


class _Work:
    """Compiles one model and gathers its problems."""

    def __init__(self, model: RunbookModel, actions: Actions) -> None:
        self.model = model
        self.actions = actions
        self.problems: list[Problem] = []
        self.in_loop = False
        self.places = {step.id: place for place, step in enumerate(model.steps)}

    def problem(self, path: Path, what: str) -> None:
        self.problems.append(Problem(path, what))

    def steps(self) -> tuple[CompiledStep, ...]:
        needs = self._needs()
        order = self._order(needs)
        before: dict[str, frozenset[str]] = {}
        for name in order or needs:
            before[name] = frozenset(needs[name].union(*(before.get(one, ()) for one in needs[name])))
        by_id = {step.id: step for step in self.model.steps}
        return tuple(self._step(by_id[name], needs[name], before[name]) for name in before)

    def _needs(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        main = [step.id for step in self.model.steps if not step.always]
        last: dict[bool, str] = {}
        for place, step in enumerate(self.model.steps):
            path: Path = ("steps", place, "needs")
            if step.id in found:
                self.problem(("steps", place, "id"), f"step {step.id!r} stands twice; give each its own id")
                continue
            if step.always:
                if step.needs is not None:
                    self.problem(path, "an always step runs after all others; leave `needs` out")
                found[step.id] = {*main, *(name for name in (last.get(True),) if name)}
            elif step.needs is None:
                found[step.id] = {last[False]} if False in last else set()
            else:
                for name in step.needs:
                    if name not in main:
                        self.problem(path, f"{name!r} is not a step.{did_you_mean(name, main)}")
                found[step.id] = {name for name in step.needs if name in main}
            last[step.always] = step.id
        return found

    def _order(self, needs: Mapping[str, set[str]]) -> tuple[str, ...]:
        sorter = TopologicalSorter(needs)
        try:
            sorter.prepare()
        except CycleError as err:
            circle: list[str] = err.args[1]
            place = self.places[circle[0]]
            self.problem(
                ("steps", place), f"steps wait for each other: {' → '.join(circle)}; break the circle"
            )
            return ()
        order: list[str] = []
        while sorter.is_active():
            ready = sorted(sorter.get_ready(), key=lambda name: self.places[name])
            order.extend(ready)
            sorter.done(*ready)
        return tuple(order)

    def _step(self, spec: StepSpec, needs: set[str], before: frozenset[str]) -> CompiledStep:
        place: Path = ("steps", self.places[spec.id])
        earlier, through = set(before), {*before, spec.id}
        action = self.actions.get(spec.uses)
        self._check_step(spec, place, action)
        self.in_loop = spec.foreach is not None
        undo = verify = None
        if spec.undo is not None:
            undo = self._call(spec.undo, (*place, "undo"), through)
            self._check_effect(
                spec.undo.uses, (*place, "undo", "uses"), {"record", "write", "dangerous"}, "undoes"
            )
        if spec.verify is not None:
            verify = self._call(spec.verify, (*place, "verify"), through)
            self._check_effect(spec.verify.uses, (*place, "verify", "uses"), {"read"}, "verifies")
        expect = spec.verify.expect if spec.verify else None
        return CompiledStep(
            spec=spec,
            call=self._call(spec, place, earlier),
            condition=self.expression(spec.if_, (*place, "if"), earlier),
            undo=undo,
            verify=verify,
            expect=self.expression(expect, (*place, "verify", "expect"), through, result=True),
            needs=frozenset(needs),
            before=before,
            foreach=self._foreach(spec, place, earlier),
        )

    def _foreach(self, spec: StepSpec, place: Path, earlier: set[str]) -> Expression | None:
        self.in_loop = False
        if spec.foreach is not None and spec.always:
            self.problem((*place, "foreach"), "an always step runs once; leave `foreach` out")
        if spec.foreach is None and "max_parallel" in spec.model_fields_set:
            self.problem((*place, "max_parallel"), "max_parallel belongs to `foreach`; leave it out")
        return self.expression(spec.foreach, (*place, "foreach"), earlier)

    def _check_step(self, spec: StepSpec, place: Path, action: Action | None) -> None:
        if action is None:
            return
        writes = action.effect in WRITES
        if spec.always and action.effect not in ("read", "record"):
            self.problem(
                (*place, "uses"),
                f"an always step may not change what runs; {action.name} is a {action.effect}",
            )
        if spec.undo is not None and not writes:
            self.problem((*place, "undo"), f"only a write can be undone; {action.name} is a {action.effect}")
        if spec.verify is not None and not writes:
            self.problem((*place, "verify"), f"only a write is verified; {action.name} is a {action.effect}")
        if spec.on_unknown == "repeat" and not action.idempotent:
            self.problem((*place, "on_unknown"), f"{action.name} is not idempotent; write probe or ask")

    def _check_effect(self, name: str, path: Path, wanted: set[Effect], does: str) -> None:
        action = self.actions.get(name)
        if action is not None and action.effect not in wanted:
            self.problem(
                path, f"{name} is a {action.effect}; what {does} must be a {' or '.join(sorted(wanted))}"
            )

    def _call(self, call: Call, path: Path, steps: set[str]) -> CompiledCall:
        template = self._template(call.with_, (*path, "with"), steps)
        action = self.actions.get(call.uses)
        if action is None:
            self.problem(
                (*path, "uses"), f"no action {call.uses!r}.{did_you_mean(call.uses, self.actions.by_name)}"
            )
        else:
            self._check_with(action, call.with_, path)
        return CompiledCall(call.uses, template)

    def _check_with(self, action: Action, given: Mapping[str, Any], path: Path) -> None:
        literal = {key: value for key, value in given.items() if "${{" not in str(value)}
        known = tuple(action.inputs.model_fields)
        for key in given:
            if key not in known:
                what = f"{action.name} takes no {key!r}.{did_you_mean(key, known)}"
                self.problem((*path, "with", key), what)
        try:
            action.inputs.model_validate({key: value for key, value in literal.items() if key in known})
        except ValidationError as err:
            for one in err.errors():
                key = str(one["loc"][0]) if one["loc"] else ""
                if one["type"] == "missing" and key in given:
                    continue
                where: Path = (*path, "with") if one["type"] == "missing" else (*path, "with", key)
                self.problem(where, f"{action.name} input {key!r}: {one['msg'].lower()}")

    def _template(self, value: Any, path: Path, steps: set[str]) -> Template:
        try:
            template = compile_template(value)
        except ExpressionError as err:
            self.problem(path, str(err))
            return _EMPTY
        for one in template.expressions.values():
            self._check_names(one, path, steps)
        return template

    def expression(
        self, source: str | None, path: Path, steps: set[str], result: bool = False
    ) -> Expression | None:
        if source is None:
            return None
        try:
            found = compile_expression(source)
        except ExpressionError as err:
            self.problem(path, str(err))
            return None
        self._check_names(found, path, steps, result)
        return found

    def _check_names(self, found: Expression, path: Path, steps: set[str], result: bool = False) -> None:
        for name in sorted(found.inputs - set(self.model.inputs)):
            self.problem(
                path, f"{found.source!r} reads input {name!r}.{did_you_mean(name, self.model.inputs)}"
            )
        for name in sorted(found.steps - steps):
            if name in self.places:
                self.problem(
                    path,
                    f"{found.source!r} reads step {name!r}, which has not ended by then; add it to needs",
                )
            else:
                self.problem(path, f"{found.source!r} reads step {name!r}.{did_you_mean(name, steps)}")
        if found.uses_item and not self.in_loop:
            self.problem(path, f"{found.source!r} reads `item`, which only a step with `foreach` has")
        if found.uses_result and not result:
            self.problem(path, f"{found.source!r} reads `result`, which only `expect` has")

    def group(self) -> Template | None:
        """What runs of one group have in common: worked out before the run, of its inputs alone."""
        spec, path = self.model.concurrency, ("concurrency", "group")
        if spec is None:
            return None
        template = self._template(spec.group, path, set())
        for name in sorted(template.run & {"id", "status"}):
            self.problem(path, f"a group is worked out before the run: run.{name} is not known yet")
        return template

    def check_inputs(self) -> None:
        for name, spec in self.model.inputs.items():
            path: Path = ("inputs", name)
            if (spec.type == "choice") != bool(spec.options):
                self.problem(
                    path, f"input {name!r}: `options` belong to type choice, and a choice needs them"
                )
            if spec.required and spec.default is not None:
                self.problem(path, f"input {name!r} is required, so its default is never used; keep one")
            if spec.options and spec.default is not None and spec.default not in spec.options:
                self.problem(
                    (*path, "default"), f"input {name!r}: {spec.default!r} is not one of its options"
                )
        names = set(self.model.inputs)
        for place, trigger in enumerate(self.model.triggers):
            for word in re.findall(r"\{(\w+)\}", " ".join(trigger.chat)):
                if word not in names:
                    self.problem(("triggers", place), f"no input {word!r}.{did_you_mean(word, names)}")
            if trigger.schedule is not None:
                self._check_given(("triggers", place, "schedule"), trigger.schedule.inputs)

    def _check_given(self, path: Path, given: Mapping[str, object]) -> None:
        """A schedule gives every input that is required, and none that is not there."""
        for word in given.keys() - self.model.inputs.keys():
            self.problem(path, f"no input {word!r}.{did_you_mean(word, set(self.model.inputs))}")
        missing = [name for name, spec in self.model.inputs.items() if spec.required and name not in given]
        if missing:
            self.problem(path, f"inputs: {', '.join(missing)} is required; give it here")

    def check_risk(self) -> None:
        least = BASE_RISK[highest(self._effects())]
        if self.model.risk is not None and RISKS.index(self.model.risk) < RISKS.index(least):
            self.problem(("risk",), f"risk may only raise what the actions declare; write {least} or higher")

    def _effects(self) -> Iterator[Effect]:
        for step in self.model.steps:
            for call in (step, step.undo):
                action = self.actions.get(call.uses) if call else None
                if action is not None:
                    yield action.effect
