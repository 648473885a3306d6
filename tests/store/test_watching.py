from __future__ import annotations

from store import approvals, ledger, watching
from store.engine import Database
from store.watching import Mark
from tests.support.ledger import NOW, a_run, an_approval, an_entry


async def test_a_mark_changes_with_the_run_and_with_its_approval(database: Database) -> None:
    assert await database.read(lambda conn: watching.mark(conn, "run_1")) is None
    await database.write(
        lambda conn: ledger.create_run(conn, a_run(status="waiting"), [], an_entry(), NOW) and None
    )
    assert await database.read(lambda conn: watching.mark(conn, "run_1")) == Mark(1, "waiting", 0)
    await database.write(lambda conn: approvals.open_approval(conn, an_approval(), an_entry(), NOW) and None)
    assert await database.read(lambda conn: watching.mark(conn, "run_1")) == Mark(1, "waiting", 1)
    await database.write(lambda conn: approvals.lock_pending(conn, "apr_1", "h" * 64, NOW) and None)
    assert await database.read(lambda conn: watching.mark(conn, "run_1")) == Mark(1, "waiting", 2)
    await database.write(
        lambda conn: ledger.move_run(conn, "run_1", "queued", now=NOW, entry=an_entry()) and None
    )
    assert await database.read(lambda conn: watching.mark(conn, "run_1")) == Mark(2, "queued", 2)
