"""Executes one claimed run to its end, its pause, or the point where a person must say what happened."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from config.clock import Clock
from config.people import People
from integrations.actions import Actions
from runbooks.admission import why_void
from runbooks.compiler import Runbook, compile_runbook
from runbooks.halt import Halted
from runbooks.job import Job
from runbooks.journal import ACTOR, Journal, tell
from runbooks.loader import LoadError
from runbooks.loops import expanded
from runbooks.plan import Plan, UnreadablePlan
from runbooks.policy import Mode, Policy
from runbooks.steps import Steps
from runbooks.undo import Unclear, Undo
from store import audit, ledger, workers
from store.engine import Database, StaleFence
from store.records import AuditEntry, AuditRow, Run, RunStatus

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ends and why. `replan`: ask anew with a fresh plan."""

    status: RunStatus
    why: str | None = None
    replan: bool = False


class Engine:
    """Runs the pinned definition of runs. `changed(run_id)` is called after each transition."""

    def __init__(
        self,
        database: Database,
        actions: Actions,
        policy: Policy,
        people: People,
        clock: Clock,
        mode: Mode,
        changed: Callable[[str], None] = lambda run_id: None,
    ) -> None:
        self._database = database
        self._actions = actions
        self._policy = policy
        self._people = people
        self.clock = clock
        self.mode: Mode = mode
        self.changed = changed
        self._steps = Steps(actions, clock)
        self._undo = Undo(actions, clock)

    async def execute(self, run: Run) -> None:
        """Take a claimed run as far as it goes. A fence that another worker raised ends this quietly.

        Raises StoreError; cancelled, it leaves the ledger as it is, for the next claim to go on from.
        """
        try:
            await self._execute(run)
        except StaleFence as err:
            log.warning("left run %s: %s", run.id, err)

    async def _execute(self, run: Run) -> None:
        try:
            job, refusal = await self._open(run)
        except (LoadError, UnreadablePlan) as err:
            await self._unfit(run, str(err))
            return
        journal = Journal(self._database, self.clock, job, self.changed)
        if refusal is not None and not job.began():
            await journal.end("cancelled", refusal)
            return
        for step in job.runbook.steps:
            if job.steps[step.id].status == "started":
                await self._steps.settle(job, journal, step)
        try:
            await self._to_its_end(job, journal, refusal)
        except Halted:
            await journal.let_go()

    async def _to_its_end(self, job: Job, journal: Journal, refusal: str | None) -> None:
        """Raises Halted where all work was stopped and the run cannot be paused: it ends, or puts things back."""
        ending = Ending("failed")
        while job.run.status == "running":
            ending = await self._forward(job, journal, refusal)
            if ending.status != "paused":
                break
            if await journal.paused():
                return
        ending = await self._conclude(job, journal, ending)
        if ending.status != "unknown":
            await self._always(job, journal, ending)
        await journal.end(ending.status, ending.why, replan=ending.replan)

    async def _open(self, run: Run) -> tuple[Job, str | None]:
        """The job, and why it may not go on (None: it may)."""
        plan = Plan.from_json(run.plan)
        runbook = expanded(pinned(run, self._actions), plan)

        def read(conn: Connection) -> tuple[Job, str | None]:
            steps = {step.id: step for step in ledger.get_steps(conn, run.id)}
            rows = audit.rows(conn, run.id, limit=10_000) if run.fence > 1 else []
            paused, at_large = _paused(rows), _at_large(conn, run, rows)
            refusal = why_void(
                conn, run, plan, runbook, self._people, self._policy, self.mode, self.clock.now()
            )
            return Job(run, runbook, plan, steps, paused=paused, at_large=at_large), refusal

        return await self._database.read(read)

    async def _unfit(self, run: Run, why: str) -> None:
        """End a run that this application cannot read any more; what had been started is for a person to say."""
        now, detail = self.clock.now(), {"why": why, "fence": run.fence}

        def work(conn: Connection) -> None:
            steps = ledger.get_steps(conn, run.id)
            begun = [step for step in steps if step.status == "started"]
            for step in begun:
                ledger.move_step(conn, run.id, step.id, "unknown", now=now, fence=run.fence, error=why)
            for step in steps if not begun else ():
                if step.status == "new":
                    ledger.move_step(conn, run.id, step.id, "skipped", now=now, fence=run.fence)
            to: RunStatus = "unknown" if begun else "failed"
            entry = AuditEntry(ACTOR, f"run.{to}", "run", run.id, run.id, run.acting_as, detail)
            tell(
                conn, ledger.move_run(conn, run.id, to, now=now, fence=run.fence, entry=entry, error=why), now
            )

        await self._database.write(work, durable=True)
        self.changed(run.id)

    async def _forward(self, job: Job, journal: Journal, refusal: str | None) -> Ending:
        """Start what may start until nothing is left or something holds it."""
        tasks: dict[asyncio.Task[None], str] = {}
        try:
            while True:
                held = Ending("cancelled", refusal) if refusal else await self._held(job, journal)
                if held is None and job.stop() is None:
                    for step in job.ready(set(tasks.values())):
                        tasks[asyncio.create_task(self._steps.run(job, journal, step))] = step.id
                if not tasks:
                    return Ending("succeeded") if held is None or job.all_passed() else held
                ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in ended:
                    del tasks[task]
                    with contextlib.suppress(Halted):
                        task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _held(self, job: Job, journal: Journal) -> Ending | None:
        """What people or the run's own time keep from starting; None: nothing."""
        wish = await journal.wanted()
        if wish is not None and wish.what == "cancel":
            return Ending("cancelled", f"Cancelled by {wish.actor}.")
        first, limit = job.first_start(), job.runbook.model.timeout
        if first is not None and self.clock.now() > first + limit + job.paused:
            return Ending("failed", f"The run took longer than its {limit:g} s.")
        return Ending("paused") if wish is not None else None

    async def _conclude(self, job: Job, journal: Journal, ending: Ending) -> Ending:
        """What the ledger says of the run; writes are put back where a write failed or is not well."""
        stop = job.stop()
        if stop is None:
            return (
                ending
                if ending.status == "succeeded"
                else replace(ending, why=_with_what_stands(job, ending.why))
            )
        if stop.unknown:
            return Ending("unknown", stop.why)
        if stop.put_back and job.can_undo():
            if job.run.status != "undoing":
                await journal.undoing(stop.why)
            try:
                stands = await self._undo.put_back(job, journal)
            except Unclear as err:
                return Ending("unknown", str(err))
            if stands is None:
                return Ending("rolled_back", stop.why)
            return Ending("failed", f"{stop.why} {stands}")
        return Ending("failed", _with_what_stands(job, stop.why), stop.replan)

    async def _always(self, job: Job, journal: Journal, ending: Ending) -> None:
        """Steps that run however it ended, unless nothing began; what becomes of them changes nothing."""
        if not job.began():
            return
        job.status_words = ending.status
        for step in job.runbook.steps:
            if step.spec.always and job.steps[step.id].status in ("new", "started"):
                await self._steps.run(job, journal, step)


def pinned(run: Run, actions: Actions) -> Runbook:
    """The runbook as it was when the run was planned. Raises LoadError where this worker lacks an action."""
    runbook = compile_runbook(run.definition, actions, run.runbook)
    if isinstance(runbook, list):
        raise LoadError([f"{run.runbook} of run {run.id}: {one.what}" for one in runbook])
    return runbook


def _with_what_stands(job: Job, why: str | None) -> str | None:
    done = [step.id for step in reversed(job.changed())]
    return f"{why or ''} What was done stands: {', '.join(done)}.".strip() if done else why


def _at_large(conn: Connection, run: Run, rows: Sequence[AuditRow]) -> str | None:
    """An earlier worker that neither let go of this run, nor signed off, nor was found dead: it may only be held up."""
    owners, last = set(), ""
    for row in rows:
        if row.what == "run.claimed":
            last = str(row.detail["owner"])
            owners.add(last)
        elif row.what in _LET_GO:
            owners.discard(last)
    return next((one for one in sorted(owners - {run.owner}) if workers.known(conn, one)), None)


#: what the audit says where a worker left a run with nothing of it going on any more
_LET_GO = ("run.let_go", "run.paused", "run.unknown")
_GOES_ON = ("run.resume_wanted", "run.cancel_wanted", "run.released")


def _paused(rows: Sequence[AuditRow]) -> float:
    """Seconds for which the run was paused until it was claimed again."""
    total, since = 0.0, None
    for row in rows:
        if row.what == "run.paused":
            since = row.at
        elif row.what in _GOES_ON and since is not None:
            total, since = total + row.at - since, None
    return total
