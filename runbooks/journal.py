"""All that one claim of a run writes to the ledger, each under its fence: a worker that was replaced writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from config.clock import Clock
from integrations.actions import Happened
from runbooks.halt import halted, refuse_when_halted
from runbooks.job import Job
from runbooks.wishes import Wish, wanted
from store import audit, inbox, ledger
from store.engine import Database
from store.records import AuditEntry, Run, RunStatus, Step, StepStatus

ACTOR = "copilot"
#: of a step that an earlier worker had begun
NOT_TRIED_AGAIN = "it did not take place, and the run ended before another try"


class Journal:
    """Writes for one job and keeps its copy of run and steps in step. Every method may raise StaleFence, StoreError."""

    def __init__(self, database: Database, clock: Clock, job: Job, changed: Callable[[str], None]) -> None:
        self._database = database
        self._clock = clock
        self._job = job
        self._changed = changed

    async def started(
        self, step_id: str, inputs: Mapping[str, Any], before: Mapping[str, Any] | None
    ) -> Step:
        """Written before the call: from here on it may have happened. Raises Halted: nothing was written."""
        now, attempts = self._clock.now(), self._job.steps[step_id].attempts + 1
        entry = self._entry("step.started", step_id, attempt=attempts, inputs=inputs)
        if self._job.steps[step_id].status == "new":
            return await self._move(step_id, "started", entry, check=True, inputs=dict(inputs), before=before)
        columns = {"attempts": attempts, "started_at": now, "inputs": dict(inputs), "before": before}
        return await self._note(step_id, entry, columns, check=True)

    async def done(self, step_id: str, output: Mapping[str, Any]) -> Step:
        entry = self._entry("step.done", step_id, output=output)
        return await self._move(step_id, "done", entry, output=dict(output), error=None)

    async def failed(self, step_id: str, why: str, *, replan: bool = False) -> Step:
        output = {"replan": True} if replan else None
        return await self._move(
            step_id, "failed", self._entry("step.failed", step_id, why=why), error=why, output=output
        )

    async def unknown(self, step_id: str, why: str) -> Step:
        return await self._move(step_id, "unknown", self._entry("step.unknown", step_id, why=why), error=why)

    async def skipped(
        self,
        step_id: str,
        why: str,
        *,
        error: bool = False,
        replan: bool = False,
        would: Mapping[str, Any] | None = None,
    ) -> Step:
        """`error`: the run stops here. `would`: what a dry run found that it would change."""
        output: dict[str, Any] = {"replan": True} if replan else {}
        if would is not None:
            output["would"] = dict(would)
        entry = self._entry("step.skipped", step_id, why=why)
        return await self._move(step_id, "skipped", entry, output=output, error=why if error else None)

    async def verified(self, step_id: str, note: Mapping[str, Any]) -> Step:
        """`note` is {"ok", "expect", "result", "why"}."""
        entry = self._entry("step.verified" if note["ok"] else "step.unwell", step_id, **note)
        return await self._note(
            step_id, entry, {"output": {**(self._job.steps[step_id].output or {}), "verify": note}}
        )

    async def looked(self, step_id: str, note: Mapping[str, Any]) -> None:
        """What a verification that goes on saw last, for watchers; nothing is written while that stays the same."""
        job, output = self._job, self._job.steps[step_id].output or {}
        if output.get("verify") != note:
            output = {**output, "verify": dict(note)}
            await self._keep(
                lambda conn: ledger.update_step(conn, job.run.id, step_id, fence=job.run.fence, output=output)
            )

    async def undo_started(self, step_id: str, note: Mapping[str, Any]) -> Step:
        """Written before the undo is called; `note` is {"action", "inputs", "before", "at"}. Raises Halted."""
        entry = self._entry("step.undo_started", step_id, **note)
        output = {**(self._job.steps[step_id].output or {}), "undo": note}
        return await self._note(step_id, entry, {"output": output}, check=True)

    async def undone(self, step_id: str) -> Step:
        ended = self._job.steps[step_id].ended_at
        return await self._move(step_id, "undone", self._entry("step.undone", step_id), ended_at=ended)

    async def undo_failed(self, step_id: str, why: str) -> Step:
        entry = self._entry("step.undo_failed", step_id, why=why)
        return await self._move(step_id, "undo_failed", entry, error=f"could not be put back: {why}")

    async def resolved(self, step_id: str, word: Happened) -> None:
        """What an interrupted step's action said of itself."""
        entry = self._entry("step.asked", step_id, happened=word)
        await self._note(step_id, entry, {})

    async def undoing(self, why: str) -> None:
        job, now, entry = self._job, self._clock.now(), self._run_entry("run.undoing", why=why)
        job.run = await self._database.write(
            lambda conn: ledger.move_run(
                conn, job.run.id, "undoing", now=now, fence=job.run.fence, entry=entry, error=why
            ),
            durable=True,
        )
        self._changed(job.run.id)

    async def paused(self) -> bool:
        """Pause the run and let go of it; False: nobody wants that any more, or somebody wants it to end."""
        job, now, entry = self._job, self._clock.now(), self._run_entry("run.paused")

        def work(conn: Connection) -> Run | None:
            wish = wanted(conn, job.run.id)
            hold = halted(conn) is not None if wish is None else wish.what == "pause"
            if not hold:
                return None
            return ledger.move_run(
                conn,
                job.run.id,
                "paused",
                now=now,
                fence=job.run.fence,
                entry=entry,
                owner=None,
                lease_until=None,
            )

        run = await self._database.write(work, durable=True)
        if run is not None:
            job.run = run
            self._changed(run.id)
        return run is not None

    async def let_go(self) -> None:
        """Leave the run as it is, free for the next claim."""
        run, now = self._job.run, self._clock.now()
        await self._database.write(lambda conn: leave(conn, run, now))
        self._changed(run.id)

    async def wanted(self) -> Wish | None:
        """What people want of this run; a pause while all work is stopped."""

        def read(conn: Connection) -> Wish | None:
            halt, wish = halted(conn), wanted(conn, self._job.run.id)
            return wish or (Wish("pause", halt.by) if halt is not None else None)

        return await self._database.read(read)

    async def end(self, to: RunStatus, why: str | None = None, *, replan: bool = False) -> None:
        """The run's end (or `unknown`), its audit row, and the inbox row by which the graph hears of it."""
        job, now = self._job, self._clock.now()
        entry = self._run_entry(f"run.{to}", why=why)
        left = [step for step in job.steps.values() if to != "unknown" and step.status in ("new", "started")]

        def work(conn: Connection) -> Run:
            for step in left:
                over: StepStatus = "skipped" if step.status == "new" else "failed"
                why_not = None if step.status == "new" else NOT_TRIED_AGAIN
                ledger.move_step(conn, job.run.id, step.id, over, now=now, fence=job.run.fence, error=why_not)
            run = ledger.move_run(conn, job.run.id, to, now=now, fence=job.run.fence, entry=entry, error=why)
            tell(conn, run, now, replan=replan)
            return run

        job.run = await self._database.write(work, durable=True)
        self._changed(job.run.id)

    async def _move(
        self, step_id: str, to: StepStatus, entry: AuditEntry, *, check: bool = False, **columns: Any
    ) -> Step:
        job, now = self._job, self._clock.now()

        def work(conn: Connection) -> Step:
            if check:
                refuse_when_halted(conn)
            return ledger.move_step(
                conn, job.run.id, step_id, to, now=now, fence=job.run.fence, entry=entry, **columns
            )

        return await self._keep(work)

    async def _note(
        self, step_id: str, entry: AuditEntry, columns: Mapping[str, Any], *, check: bool = False
    ) -> Step:
        job, now = self._job, self._clock.now()

        def work(conn: Connection) -> Step:
            if check:
                refuse_when_halted(conn)
            step = ledger.update_step(conn, job.run.id, step_id, fence=job.run.fence, **columns)
            audit.append(conn, entry, now)
            return step

        return await self._keep(work)

    async def _keep(self, work: Callable[[Connection], Step]) -> Step:
        step = await self._database.write(work, durable=True)
        self._job.steps[step.id] = step
        self._changed(step.run_id)
        return step

    def _entry(self, what: str, step_id: str, **detail: object) -> AuditEntry:
        detail |= {"fence": self._job.run.fence}
        return AuditEntry(ACTOR, what, "step", step_id, self._job.run.id, self._job.run.acting_as, detail)

    def _run_entry(self, what: str, **detail: object) -> AuditEntry:
        detail |= {"fence": self._job.run.fence}
        return AuditEntry(
            ACTOR, what, "run", self._job.run.id, self._job.run.id, self._job.run.acting_as, detail
        )


def leave(conn: Connection, run: Run, now: float) -> None:
    """Free a run that nothing goes on of in this process, for the next claim at once; nothing where it was taken."""
    if ledger.renew_run(conn, run.id, run.fence, 0.0):
        detail = {"owner": run.owner, "fence": run.fence}
        audit.append(conn, AuditEntry(ACTOR, "run.let_go", "run", run.id, run.id, run.acting_as, detail), now)


def tell(conn: Connection, run: Run, now: float, *, replan: bool = False) -> None:
    """The inbox row that makes the graph say how a run ended, once for each end."""
    payload: dict[str, Any] = {"run_id": run.id, "request_id": run.request_id, "status": run.status}
    inbox.receive(
        conn,
        source="ledger",
        event_id=f"ended:{run.id}:{run.version}",
        kind="ended",
        lane=None,
        payload=payload | ({"replan": True} if replan else {}),
        now=now,
    )
