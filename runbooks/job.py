"""One claim of a run as the engine holds it, and what follows from the ledger: what may start, what stopped it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.actions import Context
from runbooks.compiler import CompiledStep, Runbook
from runbooks.loops import gathered
from runbooks.plan import WRITES, Plan
from store.records import Run, Step

#: keys that the engine adds to a step's output: what was asked to see whether it is well, and how it is put back
NOTES = frozenset({"verify", "undo", "replan"})


@dataclass(frozen=True, slots=True)
class Stop:
    """Why no further step may start. `put_back`: undo the writes that are done. `replan`: the plan does not hold."""

    step_id: str
    why: str
    put_back: bool = False
    replan: bool = False
    unknown: bool = False


@dataclass
class Job:
    """A run under one fence.

    `again` are steps that an earlier worker started and that certainly did not happen; `paused` is for how many seconds
    the run was paused so far; `at_large` is an earlier worker that is not known to have ended: what it had begun may
    still happen, however late; `status_words` is what expressions read as run.status.
    """

    run: Run
    runbook: Runbook
    plan: Plan
    steps: dict[str, Step]
    again: set[str] = field(default_factory=set)
    paused: float = 0.0
    at_large: str | None = None
    status_words: str = "running"

    def context(self, step_id: str, at: float, part: str = "") -> Context:
        """`key` is the same for each attempt of a step; `part` tells its undo from itself."""
        return Context(
            run_id=self.run.id,
            step_id=step_id,
            key=":".join(one for one in (self.run.id, step_id, part) if one),
            requester=self.run.requester,
            environment=self.run.environment,
            place=self.run.place,
            at=at,
        )

    def variables(self, of: CompiledStep) -> dict[str, Any]:
        """What the expressions of a step may read now. A step that did not run has an empty output."""
        outputs = {step_id: {"output": own_output(step)} for step_id, step in self.steps.items()}
        outputs |= gathered(self.runbook.steps, outputs)
        run = {
            "id": self.run.id,
            "status": self.status_words,
            "requester": self.run.requester,
            "environment": self.run.environment,
        }
        item = {"item": of.item} if of.loop is not None else {}
        return {"inputs": dict(self.run.inputs), "steps": outputs, "run": run, **item}

    def passed(self, step: CompiledStep) -> bool:
        """Whether what waits for this step may start."""
        record = self.steps[step.id]
        if record.status == "done":
            return step.verify is None or well(record) is True
        return record.status == "skipped" and record.error is None

    def ready(self, busy: set[str]) -> Iterator[CompiledStep]:
        """Steps that may start or go on now."""
        by_id = {step.id: step for step in self.runbook.steps}
        together = Counter(by_id[name].loop for name in busy)
        for step in self.runbook.steps:
            if step.spec.always or step.id in busy or self.passed(step):
                continue
            if step.loop is not None and together[step.loop] >= step.spec.max_parallel:
                continue
            if all(self.passed(by_id[name]) for name in step.needs):
                together[step.loop] += 1
                yield step

    def all_passed(self) -> bool:
        return all(self.passed(step) for step in self.runbook.steps if not step.spec.always)

    def stop(self) -> Stop | None:
        """The first thing that keeps the run from going on."""
        stops = [found for step in self.runbook.steps if not step.spec.always for found in self._stops(step)]
        unknown = [one for one in stops if one.unknown]
        return next(iter(unknown or stops), None)

    def _stops(self, step: CompiledStep) -> Iterator[Stop]:
        record = self.steps[step.id]
        words = f"Step {step.id}: {record.error or record.status}"
        if record.status == "unknown":
            yield Stop(step.id, words, unknown=True)
        elif record.status in ("failed", "skipped") and record.error is not None:
            replan = bool((record.output or {}).get("replan"))
            put_back = record.effect in WRITES and not replan
            yield Stop(step.id, words, put_back=put_back, replan=replan)
        elif well(record) is False:
            yield Stop(step.id, f"Step {step.id}: {record.output['verify']['why']}", put_back=True)  # type: ignore[index]

    def changed(self) -> list[CompiledStep]:
        """Writes that are done and not put back, newest first."""
        done = [step for step in self.runbook.steps if self._stands(self.steps[step.id])]
        return sorted(
            done,
            key=lambda one: (self.steps[one.id].ended_at or 0, self.steps[one.id].position),
            reverse=True,
        )

    def can_undo(self) -> bool:
        """Whether there is a write to put back, or putting back has begun."""
        return any(step.undo and self._stands(self.steps[step.id]) for step in self.runbook.steps) or any(
            step.status in ("undone", "undo_failed") or "undo" in (step.output or {})
            for step in self.steps.values()
        )

    @staticmethod
    def _stands(step: Step) -> bool:
        return step.effect in WRITES and step.status in ("done", "undo_failed")

    def began(self) -> bool:
        return any(step.status not in ("new", "skipped") for step in self.steps.values())

    def first_start(self) -> float | None:
        return min(
            (step.started_at for step in self.steps.values() if step.started_at is not None), default=None
        )


def own_output(step: Step) -> Mapping[str, Any]:
    """What the action gave, without the engine's notes."""
    return {key: value for key, value in (step.output or {}).items() if key not in NOTES}


def well(step: Step) -> bool | None:
    """What the step's verification said; None: it has not been asked yet, or the last answer was not yet good."""
    note: Mapping[str, Any] = (step.output or {}).get("verify") or {"ok": None}
    ok: bool | None = note["ok"]
    return ok
