"""Every post once; the newest revision wins, also over one that is being sent."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial

from store import outbox
from store.engine import Database
from store.records import Outgoing
from tests.support.ledger import NOW

PLACE = "rest:ses_1"


async def put(
    database: Database, key: str = "card", place: str = PLACE, revision: int = 1, now: float = NOW
) -> bool:
    body = {"revision": revision}
    work = partial(outbox.put, key=key, place=place, kind="card", body=body, now=now, revision=revision)
    return await database.write(work)


async def claim(
    database: Database, *faces: str, owner: str = "a", now: float = NOW, limit: int = 20
) -> list[Outgoing]:
    work = partial(outbox.claim, faces=faces or ("rest",), owner=owner, now=now, limit=limit)
    return await database.write(work)


async def sent(database: Database, revision: int = 1, ref: str | None = "m1") -> None:
    await database.write(
        partial(outbox.sent, key="card", place=PLACE, revision=revision, ref=ref, now=NOW + 1)
    )


async def card(database: Database) -> Outgoing:
    found = await database.read(lambda conn: outbox.get(conn, "card", PLACE))
    assert found is not None
    return found


async def test_a_post_is_claimed_sent_and_then_left_alone(database: Database) -> None:
    assert await put(database)
    claimed = await claim(database)
    assert [(one.key, one.body, one.status, one.owner, one.attempts, one.lease_until) for one in claimed] == [
        ("card", {"revision": 1}, "claimed", "a", 1, NOW + 30)
    ]
    await sent(database)
    found = await card(database)
    assert (found.status, found.ref, found.sent_at, found.owner) == ("sent", "m1", NOW + 1, None)
    assert await claim(database, now=NOW + 999) == []


async def test_the_same_or_a_lower_revision_changes_nothing(database: Database) -> None:
    assert await put(database, revision=2)
    before = await card(database)
    assert [await put(database, revision=revision, now=NOW + 5) for revision in (1, 2)] == [False, False]
    assert await card(database) == before


async def test_a_higher_revision_replaces_an_unsent_lower_one(database: Database) -> None:
    await put(database)
    assert await put(database, revision=3)
    assert [one.revision for one in await claim(database)] == [3]


async def test_a_sent_post_with_a_higher_revision_is_offered_again_with_its_ref(database: Database) -> None:
    await put(database)
    await claim(database)
    await sent(database)
    assert await put(database, revision=2, now=NOW + 9)
    [again] = await claim(database, now=NOW + 9)
    assert (again.revision, again.ref, again.created_at) == (2, "m1", NOW)
    await sent(database, revision=2)
    assert (await card(database)).status == "sent"


async def test_a_higher_revision_while_the_lower_is_being_sent_waits_for_its_ref(database: Database) -> None:
    """Else another sender would post the card a second time instead of editing it."""
    await put(database)
    await claim(database)
    assert await put(database, revision=2)
    assert await claim(database, owner="b") == []
    await sent(database, revision=1, ref="m1")
    [again] = await claim(database, owner="b")
    assert (again.revision, again.ref, again.body) == (2, "m1", {"revision": 2})


async def test_a_post_whose_sender_died_is_taken_over(database: Database) -> None:
    await put(database)
    await claim(database)
    assert await claim(database, owner="b", now=NOW + 30) == []
    [taken] = await claim(database, owner="b", now=NOW + 31)
    assert (taken.owner, taken.attempts) == ("b", 2)


async def test_a_post_that_failed_comes_again_not_before_its_time(database: Database) -> None:
    await put(database)
    await claim(database)
    await database.write(
        partial(outbox.again, key="card", place=PLACE, not_before=NOW + 60, error="rate limited")
    )
    assert await claim(database, now=NOW + 59) == []
    assert (await card(database)).error == "rate limited"
    assert [one.attempts for one in await claim(database, now=NOW + 60)] == [2]


async def test_a_dead_post_stays_dead_until_a_higher_revision(database: Database) -> None:
    await put(database)
    await claim(database)
    await database.write(partial(outbox.dead, key="card", place=PLACE, error="the channel is gone"))
    assert await claim(database, now=NOW + 999) == []
    found = await card(database)
    assert (found.status, found.error) == ("dead", "the channel is gone")
    assert await put(database, revision=2)
    assert len(await claim(database)) == 1


async def test_each_face_gets_its_own_posts_oldest_first_and_a_few_at_a_time(database: Database) -> None:
    for number, place in enumerate(["rest:1", "slack:C1", "rest_%:1", "restful:1", "rest:2", "slack:C2"]):
        await put(database, f"k{number}", place)
    assert [one.place for one in await claim(database, "rest", limit=1)] == ["rest:1"]
    assert [one.place for one in await claim(database, "rest", "slack")] == ["slack:C1", "rest:2", "slack:C2"]
    assert [one.place for one in await claim(database, "rest_%")] == ["rest_%:1"]
    assert await database.write(partial(outbox.claim, faces=(), owner="a", now=NOW)) == []


async def test_one_key_may_go_to_several_places(database: Database) -> None:
    await put(database, place="rest:1")
    await put(database, place="rest:2")
    assert len(await claim(database)) == 2
    found = await database.read(lambda conn: outbox.get(conn, "card"))
    assert found is not None and found.place == "rest:1"
    assert await database.read(lambda conn: outbox.get(conn, "card", "rest:3")) is None


async def test_the_posts_of_a_place_are_read_on_from_an_instant(database: Database) -> None:
    for number in range(4):
        await put(database, f"k{number}", PLACE if number != 2 else "rest:other", now=NOW + number)
    found = await database.read(lambda conn: outbox.since(conn, PLACE, NOW, 10))
    assert [one.key for one in found] == ["k1", "k3"]
    assert len(await database.read(lambda conn: outbox.since(conn, PLACE, 0.0, 1))) == 1


async def test_senders_on_two_sides_get_each_post_once(database: Database) -> None:
    for number in range(100):
        await put(database, f"k{number:03}")
    async with Database(database.url) as other:
        works = [claim(side, owner="x", limit=7) for _ in range(10) for side in (database, other)]
        got = [one.key for some in await asyncio.gather(*works) for one in some]
    assert Counter(got) == Counter(f"k{number:03}" for number in range(100))


async def test_the_latest_posts_of_a_place_come_oldest_first(database: Database) -> None:
    for number in range(4):
        await put(database, f"k{number}", now=NOW + number // 2)
    await put(database, "other", "rest:ses_2")
    found = await database.read(lambda conn: outbox.latest(conn, PLACE, 3))
    assert [one.key for one in found] == ["k1", "k2", "k3"]
