from __future__ import annotations

from graph.answers import digest_parts as parts
from graph.intents import BY_NAME
from graph.intents.model import Ask
from graph.message import Message, Reading
from tests.graph.world import World

DAY = parts.DAY


def asking(world: World, person: str = "maria") -> Ask:
    now = world.clock.now()
    message = Message("req_1", "digest", person, world.tools.people.get(person), "rest:1", "1", now)
    return Ask(message, Reading("digest", 1.0, "command"), BY_NAME["digest"].slots())


def scope(world: World, *services: str) -> parts.Scope:
    return parts.Scope(frozenset(services or world.tools.catalogue.services), "production", DAY)


async def test_only_what_concerns_these_services_is_told(world: World) -> None:
    await world.break_something("bad-release")
    one = await parts.alerts(world.tools, asking(world), scope(world, "billing"))
    assert one.words == "No alert fires." and "0 of" in one.query
    mine = await parts.changes(world.tools, asking(world), scope(world, "rag-api"))
    assert all(row[1] == "rag-api" for row in mine.blocks[0]["rows"])


async def test_what_is_worse_than_yesterday_is_named(world: World) -> None:
    await world.break_something("bad-release", ago=3600.0)
    sick = await parts.services(world.tools, asking(world), scope(world))
    assert "Worse than yesterday" in sick.words
    assert "rag-api" in {row[0] for row in sick.blocks[0]["rows"][:4]} and len(sick.blocks[0]["rows"]) == 8
    assert sick.query != "nothing could be asked"


async def test_what_happens_by_itself_within_a_day_is_told(world: World) -> None:
    await world.say("schedule digest team every day at 9")
    one = await parts.ahead(world.tools, asking(world), scope(world))
    assert "the team's daily digest" in one.words and one.query.endswith(": 1")


async def test_a_chapter_of_a_report_is_a_part_with_its_queries(world: World) -> None:
    one = await parts.chapter("budget", "this_month")(world.tools, asking(world), scope(world))
    assert one.title == "Budgets" and "budget" in one.words.lower()
    assert one.query != "nothing could be asked"
    assert all(block["type"] in ("table", "chart") for block in one.blocks)
