from __future__ import annotations

import pytest

from config.errors import Conflict
from store import inbox, schedules
from store.engine import Database
from store.schedule_records import Firing, Schedule
from store.schedules import Taken

ONE = Schedule(
    "sch_1", "active", "digest", "team", "*/5 * * * *", "UTC", "each", "maria", None, "rest:1", 1, 1.0, 300.0
)


def taken(at: float) -> Taken:
    return Taken(Firing("sch_1", at, "fired", at, None), {"place": "rest:1"})


async def test_a_firing_is_one_row_and_one_inbox_row_however_often_it_is_written(database: Database) -> None:
    await database.write(lambda conn: schedules.add(conn, ONE, None, 1.0))
    for _ in range(3):
        await database.write(lambda conn: schedules.fire(conn, ONE, [taken(300.0)], 600.0, 301.0))
    rows = await database.read(lambda conn: schedules.fired(conn, "sch_1"))
    assert len(rows) == 1 and rows[0].request_id is not None
    assert await database.read(inbox.waiting) == 1
    row = await database.read(lambda conn: inbox.get(conn, rows[0].request_id or ""))
    assert row is not None and (row.kind, row.event_id) == ("fired", "fired:sch_1:300")


async def test_it_stays_fired_when_the_inbox_row_is_long_forgotten(database: Database) -> None:
    await database.write(lambda conn: schedules.add(conn, ONE, None, 1.0))
    await database.write(lambda conn: schedules.fire(conn, ONE, [taken(300.0)], 600.0, 301.0))

    def forget(conn):  # type: ignore[no-untyped-def]
        row = inbox.claim_next(conn, owner="w", now=302.0)
        assert row is not None and inbox.finish(conn, row.id, "w", 303.0)
        return inbox.prune(conn, 400.0)

    assert await database.write(forget) == 1
    await database.write(lambda conn: schedules.fire(conn, ONE, [taken(300.0)], 600.0, 900.0))
    assert await database.read(inbox.waiting) == 0


async def test_what_is_due_is_active_and_oldest_first(database: Database) -> None:
    def work(conn):  # type: ignore[no-untyped-def]
        for name, status, at in (
            ("a", "active", 20.0),
            ("b", "active", 10.0),
            ("c", "paused", 1.0),
            ("d", "active", 99.0),
        ):
            fields = {field: getattr(ONE, field) for field in ONE.__dataclass_fields__}
            schedules.add(
                conn, Schedule(**{**fields, "id": name, "status": status, "next_at": at}), None, 1.0
            )
        return schedules.due(conn, 50.0)

    assert await database.write(work) == ["b", "a"]


async def test_a_change_of_what_was_changed_meanwhile_is_refused(database: Database) -> None:
    await database.write(lambda conn: schedules.add(conn, ONE, None, 1.0))
    await database.write(lambda conn: schedules.change(conn, ONE, ONE, None, 2.0))
    with pytest.raises(Conflict):
        await database.write(lambda conn: schedules.change(conn, ONE, ONE, None, 3.0))


async def test_without_a_next_time_it_is_over(database: Database) -> None:
    await database.write(lambda conn: schedules.add(conn, ONE, None, 1.0))
    await database.write(lambda conn: schedules.fire(conn, ONE, [], None, 5.0))
    assert await database.read(lambda conn: schedules.every(conn)) == []
    (over,) = await database.read(lambda conn: schedules.every(conn, ended=True))
    assert (over.status, over.ended_at) == ("ended", 5.0)
    assert await database.read(lambda conn: schedules.count(conn, "maria")) == 0
