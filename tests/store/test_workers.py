"""Who is alive."""

from __future__ import annotations

from store import workers
from store.engine import Database
from store.records import Worker
from tests.support.ledger import NOW


async def beat(database: Database, id: str, host: str = "here", pid: int = 1, at: float = NOW) -> None:
    await database.write(lambda conn: workers.beat(conn, Worker(id, host, pid, 5.5, at)))


async def test_a_worker_lives_for_a_lease_after_its_last_heartbeat(database: Database) -> None:
    await beat(database, "a")
    await beat(database, "b")
    await beat(database, "b", at=NOW + 20)
    live = await database.read(lambda conn: workers.live(conn, NOW + 30))
    assert live == [Worker("a", "here", 1, 5.5, NOW), Worker("b", "here", 1, 5.5, NOW + 20)]
    assert [one.id for one in await database.read(lambda conn: workers.live(conn, NOW + 31))] == ["b"]


async def test_a_worker_that_ended_is_forgotten(database: Database) -> None:
    await beat(database, "a")
    assert await database.write(lambda conn: workers.gone(conn, "a"))
    assert not await database.write(lambda conn: workers.gone(conn, "a"))
    assert await database.read(lambda conn: workers.live(conn, NOW)) == []


async def test_the_dead_of_this_host_are_told_by_pid_and_its_start(database: Database) -> None:
    await beat(database, "alive", pid=1)
    await beat(database, "dead", pid=2)
    await beat(database, "elsewhere", host="there", pid=2)

    def alive(pid: int, started: float) -> bool:
        assert started == 5.5
        return pid == 1

    assert await database.read(lambda conn: workers.dead_on_host(conn, "here", alive)) == ["dead"]
