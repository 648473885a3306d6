"""The kill switch by command: stop everything, let it go on, and how that shows in every answer."""

from __future__ import annotations

from graph import cards
from graph.intents.model import Answer, Ask, Slots
from graph.ports import Tools
from runbooks.halt import Halt, lift, stop_everything


class StopSlots(Slots):
    reason: str = ""


async def stop(tools: Tools, ask: Ask) -> Answer:
    """Raises Forbidden."""
    person, message, now = ask.message.person, ask.message, tools.clock.now()
    assert person is not None
    halt = await tools.database.write(
        lambda conn: stop_everything(conn, person, message.acting_as, now, ask.slots.reason), durable=True
    )
    words = footer(halt)
    return Answer(words, (cards.text(words),))


async def resume(tools: Tools, ask: Ask) -> Answer:
    """Raises Forbidden, Conflict."""
    person, message, now = ask.message.person, ask.message, tools.clock.now()
    assert person is not None
    held = await tools.database.write(lambda conn: lift(conn, person, message.acting_as, now), durable=True)
    tools.dispatcher.nudge()
    words = f"Work goes on. {held} runs that were held go on now." if held else "Work goes on."
    return Answer(words, (cards.text(words),))


def footer(halt: Halt) -> str:
    """What stands under every answer while the switch is on."""
    return f"{halt.words()} An approver or incident commander lifts it: `resume everything`."
