from __future__ import annotations

import pytest

from insight.incidents import patterns
from integrations.ports import Sources
from tests.graph.answers.test_incidents import with_desk
from tests.graph.world import World


@pytest.mark.parametrize(
    "text",
    [
        "what do our incidents of the last 90 days have in common",
        "which services cause the most incidents",
        "what are our top reliability risks",
    ],
)
async def test_what_incidents_have_in_common(world: World, text: str) -> None:
    await world.founded()
    port = world.tools.sources.incidents
    assert port is not None
    now = world.clock.now()
    found = patterns(await port.past_incidents(now - 90 * 86_400.0, now))
    reply = (await world.say(text)).reply
    assert f"{found.count} incidents over the last 90 days" in reply.text
    assert f"Most often: {found.by_service[0][0]} ({found.by_service[0][1]})" in reply.text
    assert ["median time to restore", f"{(found.median_restore or 0) / 60:.0f} min"] in reply.blocks[1][
        "rows"
    ]


async def test_nothing_in_that_time_is_said(world: World) -> None:
    reply = (await with_desk(world, 0).say("incident trends today")).reply
    assert reply.text.startswith("No incidents today")


async def test_one_without_a_cause_or_a_taker_says_so(world: World) -> None:
    reply = (await with_desk(world).say("draft the postmortem of INC-1")).reply
    assert "No cause is written down yet." in reply.text
    draft = next(block["text"] for block in reply.blocks if block["type"] == "code")
    assert "nobody acknowledged it" in draft
    assert "Nobody has written one down yet." in draft
    assert "I could not get the changes: no back end for deployments is configured." in reply.text


async def test_the_newest_of_a_service_is_meant_when_none_is_named(world: World) -> None:
    reply = (await with_desk(world).say("write a postmortem for the billing outage")).reply
    assert reply.text.startswith("INC-900")
    assert (
        "There was no incident for checkout"
        in (await world.say("postmortem of the checkout outage")).reply.text
    )


async def test_people_are_asked_whether_it_was_right(world: World) -> None:
    reply = (await with_desk(world).say("draft the postmortem of INC-900")).reply
    assert [one["label"] for one in reply.blocks[-1]["options"]] == ["that was right", "that was wrong"]


async def test_an_unknown_incident_and_no_back_end_are_said(world: World) -> None:
    assert "There is no incident 'INC-5'" in (await with_desk(world).say("timeline of INC-5")).reply.text
    world.swap(sources=Sources())
    assert "no back end for incidents is configured" in (await world.say("incident statistics")).reply.text
