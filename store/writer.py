"""One thread that writes. Whatever waits is committed together, and a failure reaches only the caller it belongs to."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from store.errors import StoreError, rolled_back_by_server, store_error

Phase = Literal["begin", "work", "commit"]

#: what `conn.info` holds to be added to every audit row of this process
STAMP = "audit_stamp"
#: set in `conn.info` by a work that locked the audit chain's head: nothing may be locked after it
HEAD_LOCKED = "audit_head_locked"
MOST_TOGETHER = 64
TRIES = 5


@dataclass(frozen=True, slots=True)
class WriteStats:
    """What the writer has done since it started: `transactions` works in `commits` commits."""

    commits: int
    transactions: int


@dataclass(slots=True)
class Job:
    """One caller's work and where its outcome goes."""

    work: Callable[[Connection], Any]
    future: asyncio.Future[Any]
    durable: bool
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        """Hand the outcome over, in the caller's loop; a caller that was cancelled is not told."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


@dataclass(slots=True)
class _Attempt:
    """Runs a block and keeps what it raised and in which phase: as an executor does for its future."""

    phase: Phase = "begin"
    error: Exception | None = None
    done: list[Job] = field(default_factory=list)

    def __enter__(self) -> _Attempt:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, Exception):
            self.error = error
            return True
        return False


class Writer(threading.Thread):
    """Takes jobs until it is told to stop, and first finishes those it has.

    `path` is the SQLite file (None for PostgreSQL); `shown_as` is the database as people know it.
    """

    def __init__(
        self, engine: Engine, loop: asyncio.AbstractEventLoop, shown_as: str, path: Path | None
    ) -> None:
        super().__init__(name="store-writer", daemon=True)
        self._engine = engine
        self._loop = loop
        self._shown_as = shown_as
        self._path = path
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._conn: Connection | None = None
        self._inode: int | None = None
        self._full_sync = False
        self._commits = 0
        self._transactions = 0

    def put(self, job: Job) -> None:
        self._jobs.put(job)

    def stop(self) -> None:
        """Let what is queued finish, then end the thread."""
        self._jobs.put(None)

    def stats(self) -> WriteStats:
        return WriteStats(self._commits, self._transactions)

    def run(self) -> None:
        more = True
        while more:
            jobs, more = self._take()
            waiting = [job for job in jobs if not job.future.cancelled()]
            while waiting:
                ended = self._batch(waiting)
                waiting = waiting[len(ended) :]
                self._hand_over(ended)
        self._drop()

    def _take(self) -> tuple[list[Job], bool]:
        """What waits now, at least one unless told to stop."""
        jobs: list[Job] = []
        job = self._jobs.get()
        while job is not None:
            jobs.append(job)
            if len(jobs) == MOST_TOGETHER:
                return jobs, True
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, True
        return jobs, False

    def _hand_over(self, jobs: Sequence[Job]) -> None:
        def settle() -> None:
            for job in jobs:
                job.settle()

        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(settle)

    def _batch(self, jobs: list[Job]) -> list[Job]:
        """Run the first of `jobs`, as many as may share a transaction; returns those that ended."""
        attempt = self._attempt(jobs)
        if attempt.error is None:
            return attempt.done
        if attempt.phase != "work" or (len(jobs) == 1 and not self._again(attempt.error)):
            return self._fail(jobs if attempt.phase == "begin" else attempt.done or jobs, attempt.error)
        for index, job in enumerate(jobs):
            alone = self._alone(job)
            if alone.error is not None:
                self._fail(jobs[index:] if alone.phase == "begin" else [job], alone.error)
            if alone.phase == "begin" and alone.error is not None:
                break
        return jobs

    def _alone(self, job: Job) -> _Attempt:
        for _ in range(TRIES):
            attempt = self._attempt([job])
            if attempt.error is None or attempt.phase != "work" or not self._again(attempt.error):
                break
        return attempt

    def _attempt(self, jobs: list[Job]) -> _Attempt:
        """One transaction. On PostgreSQL it ends with the first work that locked the audit head."""
        with _Attempt() as attempt:
            conn = self._open(any(job.durable for job in jobs))
            with conn.begin():
                attempt.phase = "work"
                for job in jobs:
                    job.result = job.work(conn)
                    attempt.done.append(job)
                    if conn.info.pop(HEAD_LOCKED, False) and self._path is None:
                        break
                attempt.phase = "commit"
            self._commits += 1
            self._transactions += len(attempt.done)
        if attempt.error is not None:
            self._after(attempt.error)
        return attempt

    def _open(self, durable: bool) -> Connection:
        if self._conn is not None and self._path is not None and self._inode != inode(self._path):
            self._drop()
            raise missing(self._path)
        if self._conn is None:
            self._conn = self._engine.connect()
            self._inode = None if self._path is None else inode(self._path)
            self._full_sync = False
        if self._path is not None and durable != self._full_sync:
            raw = self._conn.connection.dbapi_connection
            assert raw is not None
            raw.cursor().execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}").close()
            self._full_sync = durable
        return self._conn

    def _drop(self) -> None:
        if self._conn is not None:
            self._conn.invalidate()
            self._conn.close()
            self._conn = None

    def _after(self, error: Exception) -> None:
        """A connection that may be in doubt is not used again."""
        if self._conn is None:
            return
        if isinstance(error, DBAPIError):
            self._drop()
        else:
            self._conn.info.pop(HEAD_LOCKED, None)

    @staticmethod
    def _again(error: Exception) -> bool:
        """Whether the transaction certainly did not commit and another try may do better."""
        return rolled_back_by_server(error) or (
            isinstance(error, DBAPIError) and error.connection_invalidated
        )

    def _fail(self, jobs: list[Job], error: Exception) -> list[Job]:
        for job in jobs:
            job.result, job.error = None, error
            if isinstance(error, DBAPIError):
                job.error = store_error(error, self._shown_as)
                job.error.__cause__ = error
            elif isinstance(error, StoreError):
                job.error = StoreError(*error.args)
        return jobs


def missing(path: Path) -> StoreError:
    return StoreError(
        f"The database file {path} was moved or deleted while in use; put it back, then try again."
    )


def inode(path: Path) -> int | None:
    """Which file it is now; None when there is none."""
    try:
        return path.stat().st_ino
    except OSError:
        return None
