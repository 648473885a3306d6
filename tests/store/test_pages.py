"""Counts and pages that faces show."""

from __future__ import annotations

from functools import partial

from store import approvals, ledger, outbox
from store.engine import Database
from store.records import ApprovalStatus
from tests.support.ledger import NOW, a_run, an_approval, an_entry


async def test_runs_are_counted_by_status(database: Database) -> None:
    for number, status in enumerate(("queued", "queued", "waiting")):
        run = a_run(f"run_{number}", status=status)
        await database.write(partial(ledger.create_run, run=run, steps_=[], entry=an_entry(), now=NOW))
    assert await database.read(ledger.by_status) == {"queued": 2, "waiting": 1}


async def test_posts_that_are_read_there_do_not_count_as_unsent(database: Database) -> None:
    for place in ("rest:ses_1", "terminal:c1", "terminal:c2"):
        there = place.startswith("rest:")
        await database.write(
            partial(outbox.put, key="k", place=place, kind="post", body={}, now=NOW, read_there=there)
        )
    assert await database.read(outbox.unsent) == 2


async def test_approvals_come_newest_first_by_status_and_page(database: Database) -> None:
    for number in range(4):
        approval = an_approval(f"apr_{number}", status="denied" if number == 2 else "pending")
        await database.write(partial(approvals.open_approval, approval=approval, entry=an_entry(), now=NOW))

    async def page(status: ApprovalStatus | None, limit: int, before: str | None) -> list[str]:
        return [
            one.id for one in await database.read(lambda conn: approvals.page(conn, status, limit, before))
        ]

    assert await page(None, 10, None) == ["apr_3", "apr_2", "apr_1", "apr_0"]
    assert await page("pending", 2, None) == ["apr_3", "apr_1"]
    assert await page("pending", 2, "apr_1") == ["apr_0"]
