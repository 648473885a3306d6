"""What posts show, found by place and by the platform's name of them."""

from __future__ import annotations

from sqlalchemy import Connection

from store import outbox, posts
from store.engine import Database

NOW = 1_800_000_000.0


def sent(conn: Connection, key: str, place: str, ref: str, at: float = NOW) -> None:
    outbox.put(conn, key=key, place=place, kind="post", body={"text": key}, now=at)
    outbox.sent(conn, key=key, place=place, revision=1, ref=ref, now=at)


async def test_a_post_is_found_by_the_platforms_name_and_the_first_of_a_place_is_known(
    database: Database,
) -> None:
    def work(conn: Connection) -> None:
        sent(conn, "a", "slack:T1/C1/cx", "C1/1.1")
        sent(conn, "b", "slack:T1/C1/cx", "C1/1.2", NOW + 1)

    await database.write(work)
    assert await database.read(lambda conn: posts.place_of(conn, "C1/1.2")) == "slack:T1/C1/cx"
    assert await database.read(lambda conn: posts.place_of(conn, "C1/9.9")) is None
    assert await database.read(lambda conn: posts.first_ref(conn, "slack:T1/C1/cx")) == "C1/1.1"
    assert await database.read(lambda conn: posts.first_ref(conn, "slack:T1/C2")) is None


async def test_a_post_of_a_channel_is_not_found_from_another_whose_name_begins_alike(
    database: Database,
) -> None:
    await database.write(lambda conn: sent(conn, "a", "slack:T1/C12/t1", "C12/1.1"))
    assert await database.read(lambda conn: posts.in_channel(conn, "a", "slack:T1/C1")) is None
    found = await database.read(lambda conn: posts.in_channel(conn, "a", "slack:T1/C12"))
    assert found is not None and found.body == {"text": "a"}
