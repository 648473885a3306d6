from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from graph.answers.digests import RECIPES
from graph.intents import BY_NAME
from integrations.errors import Unavailable
from integrations.ports import Sources
from store.schedule_records import DIGESTS
from tests.graph.world import World


def test_every_name_has_its_recipe() -> None:
    assert tuple(RECIPES) == DIGESTS and "digest" in BY_NAME


@pytest.mark.parametrize("kind", ["on-call", "team", "manager", "cost"])
async def test_every_part_says_something_and_carries_its_query(world: World, kind: str) -> None:
    await world.break_something("bad-release")
    reply = (await world.say(f"digest {kind}")).reply
    assert reply.reading.intent == "digest"
    known = next(block for block in reply.blocks if block.get("title") == "How I know")
    assert known["facts"] and all(query and query != "nothing could be asked" for _, query in known["facts"])
    for title, _ in known["facts"]:
        assert f"{title}: " in reply.text
    assert "Not known" not in reply.text and "I could not get" not in reply.text


async def test_the_hand_over_has_what_fires_what_is_open_what_changed_and_who_is_next(world: World) -> None:
    await world.break_something("bad-release")
    alerts = await world.tools.sources.alerts.firing()  # type: ignore[union-attr]
    reply = (await world.say("hand-over note", as_="priya")).reply
    assert reply.text.startswith("On-call hand-over, production")
    assert f"{len(alerts)} alerts fire" in reply.text
    assert "deployment" in reply.text.split("Changes: ")[1].split("\n")[0]
    coming = reply.text.split("On call: ")[1].split("\n")[0]
    assert "(ml-platform) from " in coming and "(search)" not in coming


async def test_what_waits_for_people_is_in_it(world: World) -> None:
    await world.break_something("bad-release")
    asked = await world.say("roll back rag-api in production")
    assert asked.reply.approval is not None
    reply = (await world.say("digest on-call", as_="priya", conversation="c2")).reply
    assert "1 approval waits" in reply.text
    tables = [row for block in reply.blocks if block["type"] == "table" for row in block["rows"]]
    assert any(row[0] == asked.reply.approval["id"] for row in tables)


async def test_a_teams_digest_is_of_its_services(world: World) -> None:
    reply = (await world.say("on-call digest for the team search")).reply
    assert "of team search" in reply.text or "search" in reply.text
    assert reply.reading.intent == "digest"


async def test_a_back_end_that_fails_is_said_in_its_part_and_the_rest_stands(world: World) -> None:
    class Down:
        async def firing(self) -> Any:
            raise Unavailable("the alert back end does not answer")

    world.swap(sources=replace(world.tools.sources, alerts=cast(Any, Down())))
    text = (await world.say("digest on-call")).reply.text
    assert "Alerts: Not known: the alert back end does not answer" in text
    assert "Incidents: " in text and "On call: Next" in text


async def test_without_back_ends_it_says_that_none_is_set_up(world: World) -> None:
    world.swap(sources=Sources())
    text = (await world.say("digest on-call")).reply.text
    assert text.count("No back end for this is set up.") == 4
    assert "approvals wait" in text
