from __future__ import annotations

from dataclasses import replace

import pytest

from insight.facts import Incident, IncidentEvent
from integrations.errors import Absent, Unavailable
from integrations.ports import Sources
from tests.graph.world import World

NOW = 1_760_000_000.0


class Desk:
    """So many open incidents of rag-api, numbered from 1, and one of billing that is over."""

    def __init__(self, count: int, fails: bool = False) -> None:
        self.fails = fails
        self.all = [
            Incident(
                f"INC-{one}", f"trouble {one}", "rag-api", "production", "sev2", "open", NOW - 60.0 * one
            )
            for one in range(1, count + 1)
        ]
        self.all.append(
            Incident(
                "INC-900", "it was slow", "billing", "production", "sev1", "resolved", NOW - 90_000, NOW - 86_000,
                acknowledged_at=NOW - 89_000, assignee="sam", cause="a full disk",
            )
        )  # fmt: skip

    async def open_incidents(self) -> tuple[Incident, ...]:
        if self.fails:
            raise Unavailable("it does not answer.")
        return tuple(one for one in self.all if one.status != "resolved")

    async def incident(self, incident_id: str) -> Incident:
        found = [one for one in self.all if one.id == incident_id]
        if not found:
            raise Absent(f"There is no incident {incident_id!r}. There are: INC-1.")
        return found[0]

    async def past_incidents(self, start: float, end: float) -> tuple[Incident, ...]:
        return tuple(one for one in self.all if start <= one.opened_at < end)

    async def timeline(self, incident_id: str) -> tuple[IncidentEvent, ...]:
        if self.fails:
            raise Unavailable("it does not answer.")
        return (IncidentEvent(NOW - 90_000, "opened", "monitoring", "sev1: it was slow"),)


def with_desk(world: World, count: int = 1, fails: bool = False) -> World:
    world.swap(sources=Sources(incidents=Desk(count, fails)))
    return world


@pytest.mark.parametrize("text", ["open incidents", "incidents?", "which incidents are unresolved"])
async def test_what_is_open_is_listed_with_what_to_say_next(world: World, text: str) -> None:
    reply = (await with_desk(world).say(text)).reply
    assert "1 incident open (1 sev2)" in reply.text
    assert "not acknowledged by anybody yet" in reply.text
    assert "ack INC-1" in [one["say"] for one in reply.blocks[-1]["options"]]


async def test_many_are_cut_and_that_is_said(world: World) -> None:
    reply = (await with_desk(world, 25).say("list active incidents")).reply
    assert "25 incidents open" in reply.text
    assert "The newest 10 are shown" in reply.text
    assert len(reply.blocks[1]["rows"]) == 10


async def test_one_is_shown_with_its_timeline_and_cause(world: World) -> None:
    reply = (await with_desk(world).say("show INC-900")).reply
    assert "Resolved after 67 min by Sam Okafor. Cause: a full disk." in reply.text
    assert [block["type"] for block in reply.blocks] == ["text", "facts", "table", "facts", "choices"]


async def test_an_unknown_one_is_said_with_those_there_are(world: World) -> None:
    assert (
        "There is no incident 'INC-7'. There are: INC-1."
        in (await with_desk(world).say("show INC-7")).reply.text
    )


async def test_a_filter_that_nothing_fits_is_said_back(world: World) -> None:
    reply = (await with_desk(world).say("any sev1 incidents for rag-api")).reply
    assert "No open incidents of sev1 for rag-api now" in reply.text


async def test_no_back_end_and_one_that_is_down_are_said(world: World) -> None:
    down = (await with_desk(world, fails=True).say("open incidents")).reply
    assert "I could not get the open incidents: it does not answer." in down.text
    half = (await world.say("show INC-900")).reply
    assert "I could not get the timeline of INC-900" in half.text
    assert "a full disk" in half.text
    world.swap(sources=Sources())
    assert "no back end for incidents is configured" in (await world.say("open incidents")).reply.text


async def test_it_is_the_incident_of_the_conversation(world: World) -> None:
    with_desk(world, 3)
    await world.say("show INC-2")
    for text in ("any news on it?", "how is it going"):
        reply = (await world.say(text)).reply
        assert (reply.reading.intent, reply.reading.entities["incident_id"]) == (
            "incident.status",
            "INC-2",
        ), text


async def test_without_a_name_the_question_is_which_one(world: World) -> None:
    world.swap(sources=replace(world.tools.sources, incidents=Desk(3)))
    reply = (await world.say("acknowledge the incident", as_="maria")).reply
    assert "3 incidents are open. Which one?" in reply.text
    assert [one["say"] for one in reply.blocks[-1]["options"]] == ["ack INC-1", "ack INC-2", "ack INC-3"]
