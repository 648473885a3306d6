"""One step: resolve, look again at what it would change, start, call, verify. Everything it learns is in the ledger."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config.clock import Clock
from config.errors import BadRequest, CopilotError
from integrations.actions import Action, Actions, Change
from integrations.errors import IntegrationError
from runbooks.acting import Call, Result, act, find_out
from runbooks.compiler import CompiledStep
from runbooks.job import Job
from runbooks.journal import Journal
from runbooks.plan import WRITES, PlannedStep, change_json
from runbooks.planner import same_environment
from runbooks.reach import Harmless, checked
from runbooks.schema import Retry

ONCE = Retry(attempts=1)
#: why a step that would act is left out of a dry run, also where its inputs are what an earlier one would make known
DRY = "a dry run changes nothing"
#: a wait before another attempt is up to this many times as long, so that many runs do not knock at once
JITTER = 1.2


class WorldChanged(CopilotError):
    """A write would no longer do what was approved."""

    title = "The world changed since you approved"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A step whose inputs are resolved. `change` is what a write would do now."""

    action: Action
    inputs: Mapping[str, Any]
    change: Change | None

    @property
    def before(self) -> Mapping[str, Any]:
        return self.change.before if self.change else {}


class Steps:
    """Runs single steps of jobs."""

    def __init__(self, actions: Actions, clock: Clock) -> None:
        self._actions = actions
        self._reach = Harmless(actions)
        self._clock = clock

    async def run(self, job: Job, journal: Journal, step: CompiledStep) -> None:
        """Take a step from where the ledger has it to its end."""
        record = job.steps[step.id]
        if record.status != "done":
            await self._try(job, journal, step)
        if job.steps[step.id].status == "done" and step.verify is not None:
            await self._verify(job, journal, step)

    async def settle(self, job: Job, journal: Journal, step: CompiledStep) -> None:
        """A step that an earlier worker started: done, to be run again, or unknown."""
        record = job.steps[step.id]
        action = self._actions.get(record.action)
        if action is None:
            await journal.unknown(step.id, f"The action {record.action} is not set up here.")
            return
        why = "The worker that ran this step was lost before it could say how it ended."
        if action.effect == "read" or (action.effect == "record" and action.idempotent):
            job.again.add(step.id)
            return
        call = self._call(job, step, Prepared(action, record.inputs or {}, None), record.before or {})
        result = await find_out(call, record.started_at or self._clock.now(), self._clock, why)
        await journal.resolved(step.id, result.happened)
        if result.happened == "yes":
            await journal.done(step.id, result.output)
        elif result.happened == "no" and (job.at_large is None or call.repeatable):
            job.again.add(step.id)
        elif result.happened == "no":
            await journal.unknown(step.id, still_may(job.at_large))
        else:
            await journal.unknown(step.id, f"{why} {action.name} cannot tell whether it took place.")

    async def _try(self, job: Job, journal: Journal, step: CompiledStep) -> None:
        retry = step.spec.retry or ONCE
        wait, left = retry.backoff, retry.attempts
        while True:
            left -= 1
            why = await self._once(job, journal, step)
            if why is None:
                return
            if left <= 0:
                await self._stop(job, journal, step, why)
                return
            await self._clock.sleep(wait * random.uniform(1.0, JITTER))
            wait = min(wait * 2, retry.max)

    async def _once(self, job: Job, journal: Journal, step: CompiledStep) -> str | None:
        """One attempt. None: the step has ended; else why it certainly did not happen and may be tried again."""
        try:
            prepared = await self._prepare(job, step)
        except WorldChanged as err:
            await self._stop(job, journal, step, str(err), replan=True)
            return None
        except IntegrationError as err:
            return str(err)
        except BadRequest as err:
            planned = job.plan.step(step.id)
            if job.run.dry_run and (planned.unknown or planned.condition not in ("runs", "skipped")):
                await journal.skipped(step.id, DRY, would={"inputs": dict(planned.inputs)})
            else:
                await self._stop(job, journal, step, str(err))
            return None
        if isinstance(prepared, str):
            await self._skip(job, journal, step, prepared)
            return None
        if job.run.dry_run and prepared.action.effect != "read":
            would = change_json(prepared.change) if prepared.change else {"inputs": prepared.inputs}
            await journal.skipped(step.id, DRY, would=would)
            return None
        await journal.started(step.id, prepared.inputs, prepared.change.before if prepared.change else None)
        job.again.discard(step.id)
        result = await act(self._call(job, step, prepared, prepared.before), self._clock)
        return await self._ended(journal, step, result)

    async def _ended(self, journal: Journal, step: CompiledStep, result: Result) -> str | None:
        if result.happened == "no":
            return result.why
        if result.happened == "yes":
            await journal.done(step.id, result.output)
        else:
            await journal.unknown(step.id, f"{result.why} Whether it took place cannot be told.")
        return None

    async def _skip(self, job: Job, journal: Journal, step: CompiledStep, why: str) -> None:
        if job.steps[step.id].status == "new":
            await journal.skipped(step.id, why)
        else:
            await journal.failed(step.id, f"It did not happen, and now it would be left out: {why}.")

    async def _stop(
        self, job: Job, journal: Journal, step: CompiledStep, why: str, *, replan: bool = False
    ) -> None:
        """A step that was never called cannot have failed: it is skipped, with the reason why the run stops."""
        if job.steps[step.id].status == "new":
            await journal.skipped(step.id, why, error=True, replan=replan)
        else:
            await journal.failed(step.id, why, replan=replan)

    async def _prepare(self, job: Job, step: CompiledStep) -> Prepared | str:
        """What would be called now, or why the step is left out.

        Raises WorldChanged, BadRequest (an expression or input), IntegrationError (the look at the world failed).
        """
        planned = job.plan.step(step.id)
        action = self._actions.get(step.call.uses)
        if action is None:
            raise BadRequest(f"The action {step.call.uses} is not set up here; configure its integration.")
        writes = action.effect in WRITES
        if step.foreach is not None:
            return f"{step.foreach.source!r} gives nothing"
        variables = job.variables(step)
        if step.condition is not None and not step.condition.truth(variables):
            if writes and planned.condition == "runs":
                raise WorldChanged(
                    f"{step.condition.source!r} held when you saw the plan and does not hold now."
                )
            return f"{step.condition.source!r} does not hold"
        if writes and planned.condition == "skipped":
            raise WorldChanged("This step was to be left out when you saw the plan and would run now.")
        inputs = checked(action, step.call.with_.resolve(variables)).model_dump(mode="json")
        if not writes:
            return Prepared(action, inputs, None)
        same_environment(step.id, inputs, job.run.environment)
        change = await self._reach.plan(action.name, job.context(step.id, self._clock.now()), inputs)
        if not job.run.dry_run:
            check_same(planned, inputs, change, job)
        return Prepared(action, inputs, change)

    def _call(self, job: Job, step: CompiledStep, prepared: Prepared, before: Mapping[str, Any]) -> Call:
        return Call(
            action=prepared.action,
            context=job.context(step.id, self._clock.now()),
            given=checked(prepared.action, prepared.inputs),
            before=before,
            timeout=step.spec.timeout or prepared.action.timeout,
            on_unknown=step.spec.on_unknown,
        )

    async def _verify(self, job: Job, journal: Journal, step: CompiledStep) -> None:
        """Once it has settled, ask until it is well or the time is over; one good answer is enough."""
        spec = step.spec.verify
        assert spec is not None
        ended = job.steps[step.id].ended_at or self._clock.now()
        until = ended + spec.within
        await self._clock.sleep(max(0.0, ended + (spec.settle or 0.0) - self._clock.now()))
        pause = max(1.0, min(10.0, spec.within / 20))
        while True:
            ok, result, why = await self._look(job, step)
            late = self._clock.now() >= until
            if ok or late:
                words = "" if ok else f"it is not well after {spec.within:g} s: {why}"
                note = {"ok": ok, "expect": spec.expect, "result": result, "why": words}
                await journal.verified(step.id, note)
                return
            await journal.looked(step.id, {"ok": None, "expect": spec.expect, "result": result, "why": why})
            await self._clock.sleep(min(pause, until - self._clock.now()))

    async def _look(self, job: Job, step: CompiledStep) -> tuple[bool, Mapping[str, Any] | None, str]:
        assert step.verify is not None and step.expect is not None
        try:
            variables = job.variables(step)
            inputs = step.verify.with_.resolve(variables)
            context = job.context(step.id, self._clock.now(), "verify")
            result = await self._reach.read(step.verify.uses, context, inputs)
            ok = step.expect.truth(variables | {"result": result})
        except CopilotError as err:
            return False, None, str(err)
        seen = result.get("value", result)
        return ok, result, f"{step.expect.source} does not hold, {step.verify.uses} gave {seen}"


def still_may(owner: str | None) -> str:
    """Why what has not taken place may still do so."""
    return (
        f"The worker {owner} began this step and was held up. It has not taken place, but may still do so "
        "when that worker goes on; end it, look, and say what happened."
    )


def check_same(planned: PlannedStep, inputs: Mapping[str, Any], change: Change, job: Job) -> None:
    """Raises WorldChanged unless the write would do exactly what was approved.

    What steps of this run have changed meanwhile may show in `before`; what the plan could not know may have any value,
    but only on services that the plan names.
    """
    for key, value in planned.known().items():
        if inputs.get(key) != value:
            raise WorldChanged(f"{key} was {value!r} when you saw the plan and is {inputs.get(key)!r} now.")
    strange = sorted(set(change.targets) - set(job.plan.targets))
    if strange:
        raise WorldChanged(f"It would change {', '.join(strange)}, which the plan does not name.")
    if planned.change is None:
        return
    if set(change.targets) != set(planned.change.targets):
        raise WorldChanged(
            f"It would change {', '.join(change.targets)}, not {', '.join(planned.change.targets)}."
        )
    earlier = _done_before(planned, job)
    for key in sorted({*planned.change.before, *change.before}):
        was, now = planned.change.before.get(key), change.before.get(key)
        ours = [one.after[key] for one in earlier if key in one.after]
        if now != was and now not in ours:
            raise WorldChanged(f"{key} was {was!r} when you saw the plan and is {now!r} now.")


def _done_before(planned: PlannedStep, job: Job) -> list[Change]:
    """What steps of this run have already changed on the same services."""
    assert planned.change is not None
    return [
        other.change
        for other in job.plan.writes
        if other.change is not None
        and job.steps[other.id].status == "done"
        and set(other.change.targets) & set(planned.change.targets)
    ]
