from __future__ import annotations

from dataclasses import replace

import pytest

from insight.facts import Incident
from integrations.errors import Unavailable
from integrations.ports import Sources
from runbooks.halt import stop_everything
from store import audit
from tests.graph.world import World, people


async def opened(world: World) -> list[Incident]:
    assert world.tools.sources.incidents is not None
    return list(await world.tools.sources.incidents.open_incidents())


async def declared(world: World, conversation: str = "c1") -> None:
    await world.say("open a sev2 for rag-api in production: users see 502s", conversation=conversation)


@pytest.mark.parametrize(
    ("person", "text"),
    [
        ("maria", "open an incident for rag-api in staging: it hangs"),
        ("lena", "please declare an incident on rag-api in staging, it hangs"),
        ("diego", "it hangs, open an incident for rag-api in staging"),
    ],
)
async def test_an_incident_is_opened_in_the_words_of_who_saw_it(world: World, person: str, text: str) -> None:
    reply = (await world.say(text, as_=person)).reply
    (one,) = await opened(world)
    assert (one.service, one.environment, one.title) == ("rag-api", "staging", "it hangs")
    assert reply.text.startswith(
        f"Opened {one.id} sev2 for rag-api in staging: it hangs. No alert fires for it."
    )
    assert "On call for search: Maria Alvarez." in reply.text
    assert reply.blocks[1]["options"][0]["say"] == "what is wrong with rag-api in staging"


async def test_a_service_that_was_left_out_is_asked_for(world: World) -> None:
    reply = (await world.say("declare a sev1 please")).reply
    assert reply.text.startswith("Which service?")
    assert (await world.say("billing")).reply.text.startswith("Opened INC-")
    assert (await opened(world))[0].severity == "sev1"


async def test_it_is_opened_for_what_was_spoken_of(world: World) -> None:
    await world.say("what is wrong with checkout in staging")
    await world.say("open an incident for it")
    (one,) = await opened(world)
    assert (one.service, one.environment) == ("checkout", "staging")


async def test_another_one_is_opened_only_when_it_is_said(world: World) -> None:
    await declared(world)
    assert (
        "It is open already, so I did not open another"
        in (await world.say("open an incident for rag-api")).reply.text
    )
    assert len(await opened(world)) == 1
    await world.say("open another incident for rag-api: eval scores fell")
    assert len(await opened(world)) == 2


async def test_a_conversation_about_one_incident(world: World) -> None:
    await declared(world)
    assert "Acknowledged INC-101 for you" in (await world.say("ack it")).reply.text
    assert "INC-101 is yours already" in (await world.say("i'm on it")).reply.text
    assert "Noted on INC-101: we roll back." in (await world.say("note on it: we roll back")).reply.text
    assert "sev2 → sev1" in (await world.say("make it a sev1")).reply.text
    escalated = (await world.say("escalate it to platform")).reply
    assert "(on call for platform)" in escalated.text
    assert (await world.say("who is on call for it?")).reply.text.startswith("rag-api belongs to search")
    done = (await world.say("resolve it, it was the rollback")).reply
    assert "Resolved INC-101" in done.text
    assert await opened(world) == []
    assert "is resolved already" in (await world.say("resolve INC-101")).reply.text


async def test_taking_over_is_said(world: World) -> None:
    await declared(world)
    await world.say("ack INC-101", as_="maria")
    reply = (await world.say("ack INC-101", as_="lena")).reply
    assert "You took it over from Maria Alvarez" in reply.text
    assert (await opened(world))[0].assignee == "lena"


@pytest.mark.parametrize(
    ("text", "assignee"),
    [
        ("escalate INC-101 to the next level", "maria"),
        ("escalate INC-101 to noor", "noor"),
        ("notify the incident commander about INC-101", "lena"),
        ("escalate INC-101 to the database team", "noor"),
    ],
)
async def test_whom_an_escalation_reaches(world: World, text: str, assignee: str) -> None:
    await declared(world)
    await world.say(text, as_="priya")
    assert (await opened(world))[0].assignee == assignee


async def test_a_team_nobody_knows_is_refused_with_those_there_are(world: World) -> None:
    await declared(world)
    reply = (await world.say("escalate INC-101 to marketing")).reply
    assert "neither a team with a rota" in reply.text


async def test_who_has_not_the_role_is_told_who_has(world: World) -> None:
    await declared(world)
    for text in ("ack INC-101", "resolve it", "open an incident for billing", "escalate INC-101"):
        reply = (await world.say(text, as_="sam")).reply
        assert "you need the role operator" in reply.text, text
    assert (await opened(world))[0].status == "open"


async def test_nothing_is_recorded_while_everything_is_stopped_or_only_observed(world: World) -> None:
    await declared(world)
    priya = people().by_id["priya"]
    await world.database.write(lambda conn: stop_everything(conn, priya, None, world.clock.now()))
    assert "Everything is stopped" in (await world.say("ack INC-101")).reply.text
    assert (await opened(world))[0].status == "open"
    whats = [row.what for row in await world.database.read(audit.rows)]
    assert whats == ["record.asked", "record.done", "work.stopped", "record.refused"]


async def test_without_an_open_incident_that_is_said(world: World) -> None:
    for text in ("ack the page", "resolve it", "escalate it to platform", "note: the queue drains"):
        reply = (await world.say(text)).reply
        assert "There is no open incident" in reply.text, text


async def test_no_back_end_and_one_that_is_down_are_said(world: World) -> None:
    class Down:
        async def open_incidents(self) -> tuple[Incident, ...]:
            raise Unavailable("The incident desk does not answer.")

    world.swap(sources=replace(world.tools.sources, incidents=Down()))  # type: ignore[arg-type]
    assert "The incident desk does not answer." in (await world.say("ack the incident")).reply.text
    world.swap(sources=Sources())
    assert "No back end for incidents is configured" in (await world.say("ack the incident")).reply.text


@pytest.mark.parametrize(
    "text",
    [
        "should i acknowledge INC-101?",
        "who can resolve INC-101",
        "resolve INC-101 tomorrow morning",
        "don't resolve INC-101",
        "when will you close INC-101",
        "escalate INC-101 if nobody answers",
        "is it time to open an incident for billing",
        "never escalate INC-101",
    ],
)
async def test_talk_about_an_incident_changes_nothing(world: World, text: str) -> None:
    await declared(world)
    before = await opened(world)
    await world.say(text)
    assert await opened(world) == before
