"""Putting back: the undo of each write that is done, newest first, with the same care as the write itself."""

from __future__ import annotations

from config.clock import Clock
from config.errors import CopilotError
from integrations.actions import Action, Actions
from runbooks.acting import Call, Result, act, find_out
from runbooks.compiler import CompiledStep
from runbooks.job import Job
from runbooks.journal import Journal
from runbooks.planner import same_environment
from runbooks.reach import Harmless, checked
from runbooks.steps import still_may


class Undo:
    """Undoes the steps of jobs."""

    def __init__(self, actions: Actions, clock: Clock) -> None:
        self._actions = actions
        self._reach = Harmless(actions)
        self._clock = clock

    async def put_back(self, job: Job, journal: Journal) -> str | None:
        """Undo what can be undone; stops at the first that fails, for older steps may carry it.

        None: all that was changed is as before. Else what still stands. Raises Unclear.
        """
        for step in job.changed():
            if job.steps[step.id].status == "undo_failed":
                return f"Step {step.id} {job.steps[step.id].error}."
            if step.undo is None:
                continue
            result = await self._one(job, journal, step)
            if result.happened == "cannot tell":
                raise Unclear(f"Undoing step {step.id}: {result.why} Whether it took place cannot be told.")
            if result.happened == "no":
                await journal.undo_failed(step.id, result.why)
                return f"Step {step.id} could not be put back: {result.why}"
            await journal.undone(step.id)
        left = [step.id for step in job.changed()]
        return f"These steps have no undo and stand: {', '.join(left)}." if left else None

    async def _one(self, job: Job, journal: Journal, step: CompiledStep) -> Result:
        try:
            earlier = await self._earlier(job, step)
            if earlier is not None and earlier.happened != "no":
                return earlier
            call = await self._prepare(job, step)
        except CopilotError as err:
            return Result("no", {}, str(err))
        note = {
            "action": call.action.name,
            "inputs": call.given.model_dump(mode="json"),
            "before": dict(call.before),
            "at": self._clock.now(),
        }
        await journal.undo_started(step.id, note)
        return await act(call, self._clock)

    async def _earlier(self, job: Job, step: CompiledStep) -> Result | None:
        """What became of an undo that a lost worker had started; None: there was none."""
        note = (job.steps[step.id].output or {}).get("undo")
        if note is None:
            return None
        action = self._action(note["action"])
        call = self._call(job, step, action, note["inputs"], note["before"])
        result = await find_out(call, note["at"], self._clock, "The worker that undid this step was lost.")
        if result.happened == "no" and job.at_large is not None and not call.repeatable:
            return Result("cannot tell", {}, still_may(job.at_large))
        return result

    async def _prepare(self, job: Job, step: CompiledStep) -> Call:
        assert step.undo is not None
        action = self._action(step.undo.uses)
        inputs = checked(action, step.undo.with_.resolve(job.variables(step))).model_dump(mode="json")
        same_environment(step.id, inputs, job.run.environment)
        if action.plan is None:
            return self._call(job, step, action, inputs, {})
        change = await self._reach.plan(action.name, job.context(step.id, self._clock.now(), "undo"), inputs)
        return self._call(job, step, action, inputs, dict(change.before))

    def _call(
        self,
        job: Job,
        step: CompiledStep,
        action: Action,
        inputs: dict[str, object],
        before: dict[str, object],
    ) -> Call:
        context = job.context(step.id, self._clock.now(), "undo")
        return Call(action, context, checked(action, inputs), before, action.timeout)

    def _action(self, name: str) -> Action:
        action = self._actions.get(name)
        if action is None:
            raise CopilotError(f"The action {name} is not set up here; configure its integration.")
        return action


class Unclear(CopilotError):
    """Nobody can tell whether an undo took place: a person must say."""
