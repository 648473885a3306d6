from __future__ import annotations

from graph.answers.outages import OutageSlots, answer, facts
from graph.intents.model import Ask
from graph.message import Message, Reading
from integrations.errors import Unavailable
from integrations.ports import Sources
from tests.graph.world import World


def ask(world: World, **slots: str) -> Ask:
    person = world.tools.people.get("maria")
    message = Message("req_1", "report", "maria", person, "terminal:c1", "c1", world.clock.now())
    return Ask(message, Reading("report.generate", 1.0, "classifier"), OutageSlots(**slots))


async def said(world: World, **slots: str) -> str:
    one = ask(world, **slots)
    return answer(world.tools, one, await facts(world.tools, one)).text


async def test_incidents_of_a_time_are_counted_and_listed(past: World) -> None:
    now = past.clock.now()
    assert past.tools.sources.incidents is not None
    truth = await past.tools.sources.incidents.past_incidents(now - 30 * 86_400, now)
    assert len(truth) > 1
    one = ask(past, time_range="-30d")
    reply = answer(past.tools, one, await facts(past.tools, one))
    assert reply.text.startswith(f"{len(truth)} incidents were opened over the last 30 days")
    assert [row[0] for row in reply.blocks[1]["rows"]] == [each.id for each in reversed(truth)]


async def test_one_services_incidents_alone(past: World) -> None:
    now = past.clock.now()
    assert past.tools.sources.incidents is not None
    truth = await past.tools.sources.incidents.past_incidents(now - 90 * 86_400, now)
    service = truth[0].service
    count = sum(1 for each in truth if each.service == service)
    words = await said(past, time_range="-90d", service=service)
    assert words.startswith("1 incident was" if count == 1 else f"{count} incidents were")


async def test_a_quiet_time_is_said(world: World) -> None:
    assert "No incident was opened over the last 7 days; in the same time before: none." in await said(world)


async def test_no_back_end_and_one_that_is_down_are_said(world: World) -> None:
    class Down:
        async def past_incidents(self, start: float, end: float) -> tuple[()]:
            raise Unavailable("the pager does not answer.")

    world.swap(sources=Sources(incidents=Down()))  # type: ignore[arg-type]
    assert await said(world) == "I could not get the incidents: the pager does not answer."
    world.swap(sources=Sources())
    assert "no back end for incidents is configured" in await said(world)
