"""The kill switch: whether everything is stopped, stopping it, letting it go on."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from bot.http import shapes
from bot.http.reading import Body
from bot.http.route import Answer, Call, Route
from runbooks.halt import Halt, halted, lift, stop_everything
from runbooks.views import iso


class Reason(Body):
    """Why everything is stopped."""

    reason: str = Field("", max_length=300)


class Nothing(Body):
    """Nothing is wanted."""


async def show(call: Call) -> Answer:
    return Answer(_view(await call.services.database.read(halted)))


async def stop(call: Call) -> Answer:
    """Raises Forbidden."""
    person, now = call.speaker.caller.person, call.services.clock.now()
    halt = await call.services.database.write(
        lambda conn: stop_everything(conn, person, None, now, call.body.reason), durable=True
    )
    return Answer(_view(halt))


async def resume(call: Call) -> Answer:
    """Raises Forbidden, Conflict."""
    person, now = call.speaker.caller.person, call.services.clock.now()
    await call.services.database.write(lambda conn: lift(conn, person, None, now), durable=True)
    call.services.dispatcher.nudge()
    return Answer(_view(None))


def _view(halt: Halt | None) -> dict[str, Any]:
    if halt is None:
        return {"stopped": False, "by": None, "at": None, "reason": ""}
    return {"stopped": True, "by": halt.by, "at": iso(halt.at), "reason": halt.why}


ROUTES = (
    Route("GET", "/switch", "Whether everything is stopped", show, shapes.Work, roles=("viewer",)),
    Route(
        "POST", "/switch/stop", "Stop everything: no run starts another step", stop, shapes.Work, body=Reason,
        roles=("viewer",),
    ),
    Route(
        "POST", "/switch/resume", "Let work go on", resume, shapes.Work, body=Nothing, roles=("viewer",),
        refusals=(409,),
    ),
)  # fmt: skip
