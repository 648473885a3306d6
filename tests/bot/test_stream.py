from __future__ import annotations

import asyncio

from bot.stream import MOST_KEPT, MOST_PIECES, Chunk, Streams


async def heard(streams: Streams, request_id: str) -> list[Chunk]:
    return [chunk async for chunk in streams.watch(request_id)]


async def test_who_comes_early_hears_pieces_as_they_come_and_the_end() -> None:
    streams = Streams()
    listening = asyncio.create_task(heard(streams, "r1"))
    await asyncio.sleep(0)
    streams.say("r1", "one ")
    await asyncio.sleep(0)
    streams.say("r1", "two")
    streams.end("r1")
    assert await listening == [Chunk("words", "one "), Chunk("words", "two")]


async def test_who_comes_late_hears_all_of_it() -> None:
    streams = Streams()
    streams.say("r1", "one")
    streams.withdraw("r1")
    streams.say("r1", "other")
    streams.end("r1")
    assert [one.kind for one in await heard(streams, "r1")] == ["words", "withdrawn", "words"]
    assert await heard(streams, "r1") == await heard(streams, "r1")


async def test_two_hear_the_same_and_others_hear_nothing_of_it() -> None:
    streams = Streams()
    both = asyncio.gather(heard(streams, "r1"), heard(streams, "r1"))
    await asyncio.sleep(0)
    streams.say("r2", "not yours")
    streams.say("r1", "yours")
    streams.end("r1")
    one, other = await both
    assert one == other == [Chunk("words", "yours")]


async def test_it_remembers_a_bounded_number_of_requests_and_pieces() -> None:
    streams = Streams()
    forgotten = asyncio.create_task(heard(streams, "first"))
    await asyncio.sleep(0)
    for number in range(MOST_KEPT + 1):
        streams.say(f"r{number}", "x")
    assert await forgotten == []
    for _ in range(MOST_PIECES + 10):
        streams.say("long", "x")
    streams.end("long")
    assert len(await heard(streams, "long")) == MOST_PIECES


async def test_who_stops_listening_leaves_nothing_behind() -> None:
    streams = Streams()
    watching = streams.watch("r1")
    streams.say("r1", "x")
    assert await anext(watching) == Chunk("words", "x")
    await watching.aclose()
    streams.say("r1", "y")
