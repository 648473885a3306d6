"""Posted cards are brought up to date when the ledger changes, by whichever process sees it first."""

from __future__ import annotations

from sqlalchemy import Connection, update

from bot.keeper import Keeper
from bot.outbox import Outbox
from store import ledger, outbox, posts
from store.engine import Database
from store.tables import runs
from tests.support.clock import ManualClock
from tests.support.ledger import a_run, an_entry


async def test_a_sent_post_is_offered_again_once_for_each_change(
    database: Database, clock: ManualClock
) -> None:
    now = clock.now()

    def begin(conn: Connection) -> None:
        ledger.create_run(conn, a_run(), [], an_entry(), now)
        outbox.put(conn, key="k", place="slack:T1/C1", kind="reply", body={"text": "x"}, now=now)
        outbox.claim(conn, faces=["slack"], owner="me", now=now)
        outbox.sent(conn, key="k", place="slack:T1/C1", revision=1, ref="C1/1.1", now=now)
        posts.showed(conn, posts.Post("k", "slack:T1/C1", None, a_run().id, 0, a_run().version, True))

    await database.write(begin)
    keepers = [Keeper(database, Outbox(database, clock, name), clock, "slack") for name in ("one", "two")]
    assert [await keeper.look() for keeper in keepers] == [0, 0]
    await database.write(lambda conn: conn.execute(update(runs).values(version=runs.c.version + 1)))
    assert [await keeper.look() for keeper in keepers] == [1, 0]
    row = await database.read(lambda conn: outbox.get(conn, "k"))
    assert row is not None and (row.revision, row.ref, row.status) == (2, "C1/1.1", "new")


async def test_posts_of_other_faces_and_those_that_are_over_are_left_alone(
    database: Database, clock: ManualClock
) -> None:
    now = clock.now()

    def begin(conn: Connection) -> None:
        ledger.create_run(conn, a_run(), [], an_entry(), now)
        for key, place, live in (("a", "teams:x", True), ("b", "slack:T1/C1", False)):
            outbox.put(conn, key=key, place=place, kind="reply", body={"text": "x"}, now=now)
            outbox.sent(conn, key=key, place=place, revision=1, ref="r", now=now)
            posts.showed(conn, posts.Post(key, place, None, a_run().id, 0, 99, live))

    await database.write(begin)
    assert await Keeper(database, Outbox(database, clock, "one"), clock, "slack").look() == 0
