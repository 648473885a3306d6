"""Takes queued runs and those whose worker is gone, and has the engine execute them in this process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol

from sqlalchemy import Connection

from config.clock import Clock
from config.errors import Conflict, CopilotError, NotFound
from runbooks.approvals import SYSTEM, Approvals
from runbooks.engine import Engine
from runbooks.groups import reject_taken, rejects
from runbooks.hosts import alive, host_name, pid_started
from runbooks.journal import leave
from runbooks.plan import Plan
from runbooks.policy import mode_holds_back
from store import approvals as approval_rows
from store import inbox, ledger, workers
from store.engine import Database, IllegalTransition, StoreError
from store.records import AuditEntry, Run, Worker

log = logging.getLogger(__name__)

LEASE = 30.0


class Dispatcher(Protocol):
    """Where runs are handed in. The graph submits and goes on; runs live elsewhere."""

    async def submit(self, run_id: str) -> None:
        """Queue a run whose approval is given; a run that is past that is left alone. Raises NotFound, Conflict."""
        ...

    def nudge(self) -> None:
        """There may be something to do."""
        ...


class Left:
    """Runs whose execution a failing database broke off, each to be freed after a pause that doubles up to `most`."""

    def __init__(self, pause: float, most: float) -> None:
        self._pause, self._most = pause, most
        self._times: dict[str, int] = {}
        self._at: dict[str, tuple[float, Run]] = {}

    def add(self, run: Run, now: float) -> None:
        times = self._times[run.id] = self._times.get(run.id, 0) + 1
        self._at[run.id] = (now + min(self._most, self._pause * 2 ** (times - 1)), run)

    def due(self, now: float) -> list[Run]:
        return [run for at, run in self._at.values() if at <= now]

    def freed(self, run: Run) -> None:
        del self._at[run.id]

    def forget(self, run: Run) -> None:
        """It went on to where it wanted."""
        self._times.pop(run.id, None)


class InProcessDispatcher:
    """Executes up to `max_runs` runs in this process.

    `wall` is the real clock, of leases and heartbeats; `poll`, `renew`, `lease` are real seconds.
    `chores` are done each poll.

    A step is cancelled a sixth of the lease before one that could not be renewed ends.
    """

    def __init__(
        self,
        engine: Engine,
        database: Database,
        wall: Clock,
        owner: str,
        approvals: Approvals,
        *,
        max_runs: int = 8,
        poll: float = 0.5,
        renew: float = 10.0,
        lease: float = LEASE,
        chores: Sequence[Callable[[], Awaitable[object]]] = (),
    ) -> None:
        self._engine = engine
        self._approvals = approvals
        self._database = database
        self._wall = wall
        self._owner = owner
        self._max_runs = max_runs
        self._poll = poll
        self._renew = renew
        self._lease = lease
        self._margin = lease / 6
        self._chores = chores
        self._chores_at = 0.0
        self._wake = asyncio.Event()
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._left = Left(poll, lease)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Say that this worker lives, and begin to take runs. Raises StoreError."""
        await self._beat()
        self._tasks = [
            asyncio.create_task(self._take_runs(), name="dispatcher"),
            asyncio.create_task(self._keep_alive(), name="heartbeat"),
        ]

    async def stop(self) -> None:
        """Take nothing more and let go: runs are left where they are, free for the next worker at once."""
        for task in (*self._tasks, *self._runs.values()):
            task.cancel()
        await asyncio.gather(*self._tasks, *self._runs.values(), return_exceptions=True)
        self._tasks, self._runs = [], {}

        def leave(conn: Connection) -> None:
            ledger.release_runs(conn, self._owner)
            workers.gone(conn, self._owner)

        try:
            await self._database.write(leave)
        except StoreError as err:
            log.warning("could not sign off: %s", err)

    def nudge(self) -> None:
        self._wake.set()

    async def submit(self, run_id: str) -> None:
        """Queue a run whose approval is given; a run that is past that is left alone.

        Raises NotFound, Conflict (not approved, or nothing is executed in this mode).
        """
        now = self._engine.clock.now()

        def work(conn: Connection) -> Run:
            run = ledger.get_run(conn, run_id)
            if run is None:
                raise NotFound(f"There is no run {run_id!r}. List the runs to see their ids.")
            if run.status != "waiting":
                return run
            approval = approval_rows.by_run(conn, run_id)
            if approval is None or approval.status != "approved":
                raise Conflict(
                    f"Run {run_id} waits for its approval, which is {approval.status if approval else 'missing'}."
                )
            held = mode_holds_back(self._engine.mode, Plan.from_json(run.plan).effect)
            if held is not None:
                raise Conflict(f"{held} The approved run waits.")
            entry = AuditEntry(
                SYSTEM, "run.queued", "run", run_id, run_id, run.acting_as, {"approval": approval.id}
            )
            return ledger.move_run(conn, run_id, "queued", now=now, entry=entry)

        try:
            await self._database.write(work, durable=True)
        except IllegalTransition:  # another process queued it between our look and our move
            await self._database.write(work, durable=True)
        self._engine.changed(run_id)
        self.nudge()

    def busy(self) -> int:
        """How many runs are executed here now."""
        return len(self._runs)

    async def wait_idle(self) -> None:
        """Until no run is executed here: for the command line and tests."""
        while self._runs:
            await asyncio.wait(list(self._runs.values()))

    async def _take_runs(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self._approvals.expire_due()
                await self._reject_taken()
                await self._let_go()
                while len(self._runs) < self._max_runs and await self._take_one():
                    pass
                await self._do_chores()
            except CopilotError as err:
                log.warning("the dispatcher will try again: %s", err)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._poll):
                    await self._wake.wait()

    async def _reject_taken(self) -> None:
        """End queued runs whose group is held, where their runbook says reject."""
        if not any(rejects(run) for run in await self._database.read(ledger.blocked)):
            return
        now = self._engine.clock.now()
        for run in await self._database.write(lambda conn: reject_taken(conn, now), durable=True):
            self._engine.changed(run.id)

    async def _do_chores(self) -> None:
        """At most once a poll, however often this is woken."""
        now = asyncio.get_running_loop().time()
        if now >= self._chores_at:
            self._chores_at = now + self._poll
            for chore in self._chores:
                await chore()

    async def _take_one(self) -> bool:
        now, at = self._wall.now(), self._engine.clock.now()
        run = await self._database.write(
            lambda conn: ledger.claim_run(conn, owner=self._owner, now=now, lease=self._lease, at=at)
        )
        if run is None:
            return False
        self._engine.changed(run.id)
        task = asyncio.create_task(self._execute(run), name=f"run {run.id}")
        self._runs[run.id] = task
        task.add_done_callback(lambda ended: self._over(run, ended))
        return True

    def _over(self, run: Run, task: asyncio.Task[None]) -> None:
        if self._runs.get(run.id) is task:
            del self._runs[run.id]
        err = None if task.cancelled() else task.exception()
        if isinstance(err, StoreError):
            log.warning("run %s goes on when the database answers: %s", run.id, err)
            self._left.add(run, self._wall.now())
        elif err is not None:
            log.error("run %s was left to its next claim", run.id, exc_info=err)
        elif not task.cancelled():
            self._left.forget(run)
        self._wake.set()

    async def _let_go(self) -> None:
        """Free what the database broke off here: nothing of it goes on in this process."""
        for run in self._left.due(self._wall.now()):
            await self._database.write(partial(leave, run=run, now=self._engine.clock.now()))
            self._left.freed(run)

    async def _execute(self, run: Run) -> None:
        """The engine's work, ended when the lease cannot be held."""
        work = asyncio.create_task(self._engine.execute(run), name=f"engine {run.id}")
        safe_until = (run.lease_until or self._wall.now()) - self._margin
        try:
            while self._wall.now() < safe_until:
                pause = max(0.0, min(self._renew, safe_until - self._wall.now()))
                if (await asyncio.wait({work}, timeout=pause))[0]:
                    await work
                    return
                safe_until = await self._renewed(run, safe_until)
            log.warning("lost the lease of run %s; its step is cancelled", run.id)
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _renewed(self, run: Run, safe_until: float) -> float:
        """Until when the step may go on: longer, as before when the database is out of reach, 0 when it was taken."""
        until = self._wall.now() + self._lease
        try:
            async with asyncio.timeout(self._margin / 2):
                held = await self._database.write(
                    lambda conn: ledger.renew_run(conn, run.id, run.fence, until)
                )
        except (StoreError, TimeoutError) as err:
            log.warning("could not renew the lease of run %s: %s", run.id, err)
            return safe_until
        return until - self._margin if held else 0.0

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(self._renew)
            try:
                await self._beat()
            except StoreError as err:
                log.warning("no heartbeat: %s", err)

    async def _beat(self) -> None:
        """This worker lives; what workers of this host that died had claimed is free."""
        now, pid = self._wall.now(), os.getpid()
        worker = Worker(self._owner, host_name(), pid, pid_started(pid) or now, now)

        def work(conn: Connection) -> list[str]:
            workers.beat(conn, worker)
            dead = [one for one in workers.dead_on_host(conn, worker.host, alive) if one != worker.id]
            for one in dead:
                ledger.release_runs(conn, one)
                inbox.release_owner(conn, one)
                workers.gone(conn, one)
            return dead

        for one in await self._database.write(work):
            log.warning("worker %s is gone; what it held is free", one)
            self._wake.set()
