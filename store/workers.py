"""Who is alive: one row a process, with its heartbeat."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import Connection, delete, select

from store.dialect import upsert, values
from store.records import Worker
from store.tables import workers


@cache
def _beat(dialect: str) -> Any:
    return upsert(dialect, workers, ["id"])


def beat(conn: Connection, worker: Worker) -> None:
    """Say that it lives, at `worker.heartbeat_at`."""
    conn.execute(_beat(conn.dialect.name), values(worker))


def live(conn: Connection, now: float, lease: float = 30.0) -> list[Worker]:
    """Those whose heartbeat is at most a lease old."""
    wanted = select(workers).where(workers.c.heartbeat_at >= now - lease).order_by(workers.c.id)
    return [Worker(*row) for row in conn.execute(wanted)]


def known(conn: Connection, id: str) -> bool:
    """Whether it has neither signed off nor been found dead."""
    return conn.execute(select(workers.c.id).where(workers.c.id == id)).first() is not None


def gone(conn: Connection, id: str) -> bool:
    """Forget a worker that ended. False: it was not known."""
    return conn.execute(delete(workers).where(workers.c.id == id)).rowcount == 1


def dead_on_host(conn: Connection, host: str, alive: Callable[[int, float], bool]) -> list[str]:
    """Ids of this host's workers that `alive(pid, start of that pid)` denies, whatever their heartbeat says."""
    here = conn.execute(select(workers).where(workers.c.host == host).order_by(workers.c.id))
    found = [Worker(*row) for row in here]
    return [worker.id for worker in found if not alive(worker.pid, worker.pid_started)]
