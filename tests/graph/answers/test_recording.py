from __future__ import annotations

from graph.answers.recording import record
from graph.intents.model import Ask, NoSlots
from graph.message import Message, Reading
from store import audit
from tests.graph.world import World, people


async def test_the_key_is_the_requests_so_that_handling_it_again_does_nothing_twice(world: World) -> None:
    message = Message("req_7", "x", "lena", people().by_id["lena"], "rest:c1", "c1", 0.0, acting_as="maria")
    ask = Ask(message, Reading("incident.declare", 1.0, "command"), NoSlots())
    for _ in range(2):
        done = await record(
            world.tools,
            ask,
            "incidents.open",
            service="billing",
            environment="staging",
            title="t",
            alert_id=None,
        )
    assert done["id"] == "INC-101"
    assert world.tools.sources.incidents is not None
    assert len(await world.tools.sources.incidents.open_incidents()) == 1
    first = (await world.database.read(audit.rows))[0]
    assert (first.actor, first.acting_as, first.detail["key"]) == ("lena", "maria", "req_7:incidents.open")
