"""The database: sync SQLAlchemy Core in threads of its own (docs/decisions/001-sync-sqlalchemy-in-threads.md)."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TypeVar
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool

from config.clock import Clock, SystemClock
from config.redaction import Redactor
from store.errors import IllegalTransition, StaleFence, StoreError, store_error
from store.hide import REDACT
from store.writer import STAMP, Job, Writer, WriteStats, inode, missing

__all__ = ["Database", "IllegalTransition", "StaleFence", "StoreError", "WriteStats", "make_engine"]

T = TypeVar("T")
Dialect = Literal["sqlite", "postgresql"]

READERS = 2
BUSY_SECONDS = 5.0
CONNECT_SECONDS = 5
#: after so long without a word the server ends a transaction of ours: a process that is stopped in the middle of one
#: (SIGSTOP, a frozen machine, a network that is gone) must not hold its locks against all other workers
IDLE_SECONDS = 10

_WANTED = (
    "write sqlite:////absolute/path.db or postgresql+psycopg://user@host:5432/name in COPILOT_DATABASE_URL"
)


class Database:
    """One database. `write` and `read` take a function of a connection, run it in a thread and return its result.

    Writes that wait at the same moment share a transaction. Should any of them raise, all are rolled back and each is
    run again alone: **a work may run more than once and must have no effect but on its connection**. A caller that is
    cancelled before its work began has written nothing; after that it may have. Use it in one event loop.
    """

    def __init__(
        self,
        url: str,
        clock: Clock | None = None,
        *,
        busy: float = BUSY_SECONDS,
        stamp: Mapping[str, Any] | None = None,
        redact: Redactor | None = None,
    ) -> None:
        """No I/O. `busy`: seconds that a write waits for an SQLite file that another process holds. `stamp` is added to
        the detail of every audit row written here. `redact` hides secrets in what is kept (default: by their shapes).

        Raises StoreError for an address that is neither SQLite's nor PostgreSQL's.
        """
        self._url = _parse(url)
        self.url = self._url.render_as_string(hide_password=False)
        self._busy = busy
        self._stamp = dict(stamp or {})
        self._redact = redact or Redactor()
        self.clock: Clock = clock or SystemClock()
        self.dialect: Dialect = "sqlite" if self._url.drivername.startswith("sqlite") else "postgresql"
        self.path = Path(str(self._url.database)) if self.dialect == "sqlite" else None
        self.shown_as = str(self.path) if self.path else self._url.render_as_string(hide_password=True)
        self._writer: Writer | None = None
        self._readers: ThreadPoolExecutor | None = None
        self._engines: tuple[Engine, Engine] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._inode: int | None = None
        self._last = WriteStats(0, 0)

    async def start(self) -> None:
        """Open it; an SQLite file that is not there is made. Raises StoreError."""
        if self._writer is not None:
            return
        self._loop = asyncio.get_running_loop()
        if self.path is not None:
            await asyncio.to_thread(_create, self.path)
            self._inode = inode(self.path)
        self._engines = (
            make_engine(self._url, busy=self._busy),
            make_engine(self._url, reads=True, busy=self._busy),
        )
        carried = {STAMP: self._stamp, REDACT: self._redact}
        for engine in self._engines:
            event.listen(engine, "connect", lambda raw, record: record.info.update(carried))
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._writer = Writer(self._engines[0], self._loop, self.shown_as, self.path)
        self._writer.start()
        try:
            await self.write(_nothing)
        except StoreError:
            await self.close()
            raise

    async def close(self) -> None:
        """Finish what is queued, then end threads and connections."""
        writer, readers, engines = self._writer, self._readers, self._engines
        self._writer = self._readers = self._engines = None
        if writer is None or readers is None or engines is None:
            return
        writer.stop()
        await asyncio.to_thread(writer.join)
        self._last = writer.stats()
        await asyncio.to_thread(readers.shutdown)
        for engine in engines:
            engine.dispose()

    async def __aenter__(self) -> Database:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def write(self, work: Callable[[Connection], T], *, durable: bool = False) -> T:
        """Run `work` in a transaction, return its result once that is committed.

        `durable`: on SQLite the commit also survives a power cut (on PostgreSQL every commit does).
        Raises what `work` raises, and StoreError; after one that says that the connection was lost, the outcome is
        unknown.
        """
        if self._writer is None or self._loop is None:
            raise self._closed()
        future: asyncio.Future[T] = self._loop.create_future()
        self._writer.put(Job(work, future, durable))
        return await future

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on one consistent snapshot that it cannot change. Raises what `work` raises, and StoreError."""
        if self._readers is None or self._loop is None or self._engines is None:
            raise self._closed()
        return await self._loop.run_in_executor(self._readers, self._read, self._engines[1], work)

    def writes_stats(self) -> WriteStats:
        """Commits done and works they held, since the start (after close: up to it)."""
        return self._writer.stats() if self._writer is not None else self._last

    def _read(self, engine: Engine, work: Callable[[Connection], T]) -> T:
        if self.path is not None and inode(self.path) != self._inode:
            engine.dispose()
            self._inode = inode(self.path)
            if self._inode is None:
                raise missing(self.path)
        try:
            return _snapshot(engine, work)
        except DBAPIError as err:
            if not err.connection_invalidated:
                raise store_error(err, self.shown_as) from err
        try:
            return _snapshot(engine, work)
        except DBAPIError as err:
            raise store_error(err, self.shown_as) from err

    def _closed(self) -> StoreError:
        return StoreError(f"The database {self.shown_as} is closed; start the application again.")


def make_engine(url: URL, *, reads: bool = False, busy: float = BUSY_SECONDS) -> Engine:
    """A sync engine set up for our writer, or for our readers. No I/O."""
    if url.drivername.startswith("sqlite"):
        return _sqlite(Path(str(url.database)), reads, busy)
    more: dict[str, Any] = {"max_overflow": 0, "connect_args": {"connect_timeout": CONNECT_SECONDS}}
    if reads:
        more |= {"isolation_level": "REPEATABLE READ", "execution_options": {"postgresql_readonly": True}}
    engine = create_engine(url, pool_size=READERS if reads else 1, **more)
    event.listen(engine, "connect", _never_idle)
    return engine


def _never_idle(raw: Any, record: Any) -> None:
    raw.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")
    raw.commit()


def _sqlite(path: Path, reads: bool, busy: float) -> Engine:
    address = f"file:{quote(str(path))}?mode=rw"

    def connect() -> sqlite3.Connection:
        raw = sqlite3.connect(address, uri=True, timeout=busy, isolation_level=None, check_same_thread=False)
        raw.execute("PRAGMA synchronous=NORMAL").close()
        raw.execute("PRAGMA foreign_keys=ON").close()
        if reads:
            raw.execute("PRAGMA query_only=ON").close()
        return raw

    size = READERS if reads else 1
    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=size, max_overflow=0)
    begin = "BEGIN" if reads else "BEGIN IMMEDIATE"

    def started(conn: Connection) -> None:
        conn.exec_driver_sql(begin)

    event.listen(engine, "begin", started)
    return engine


def _create(path: Path) -> None:
    """Make the file if need be, in WAL mode: from here on connections only open what is there."""
    try:
        raw = sqlite3.connect(path, timeout=BUSY_SECONDS)
        try:
            raw.execute("PRAGMA journal_mode=WAL").close()
        finally:
            raw.close()
    except sqlite3.Error as err:
        raise store_error(OperationalError("PRAGMA journal_mode=WAL", {}, err), str(path)) from err


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as err:
        raise StoreError(f"The database address cannot be read; {_WANTED}.") from err
    kind = parsed.get_backend_name()
    if kind in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if kind == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed.set(drivername="sqlite")
    raise StoreError(f"The database address is of kind {kind!r} without a file or server; {_WANTED}.")


def _snapshot(engine: Engine, work: Callable[[Connection], T]) -> T:
    with engine.begin() as conn:
        return work(conn)


def _nothing(conn: Connection) -> Any:
    conn.exec_driver_sql("SELECT 1")
