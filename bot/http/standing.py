"""Approvals in advance: who agreed to what, proposing, agreeing, revoking."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from bot.http import shapes
from bot.http.reading import Body, Id, Nothing, Page, part
from bot.http.route import Answer, Call, Route
from runbooks.views import standing_view


class NewStanding(Body):
    """Inputs without a bound must have their default; a bound is a value, `a,b` or `0.1..0.5`."""

    runbook: str = Field(min_length=1, max_length=120)
    services: list[str] = Field(min_length=1, max_length=50)
    environment: str = Field(min_length=1, max_length=120)
    bounds: dict[str, Any] = Field(default_factory=dict)
    reason: str = Field(min_length=1, max_length=1_000)
    days: float | None = Field(None, gt=0)
    most: int | None = Field(None, ge=1)


class Agreement(Body):
    """Your word on exactly what `hash` names."""

    hash: Id


async def every(call: Call) -> Answer:
    now = call.services.clock.now()
    found = await call.services.runbooks.standing.every()
    views, following = part([standing_view(one, votes, now) for one, votes in found], call.query)
    return Answer(views, following=following)


async def show(call: Call, status: int = 200, standing_id: str | None = None) -> Answer:
    wanted = standing_id or call.path["standing_id"]
    one, votes = await call.services.runbooks.standing.get(wanted)
    return Answer(standing_view(one, votes, call.services.clock.now()), status=status)


async def propose(call: Call) -> Answer:
    new: NewStanding = call.body
    person = call.speaker.caller.person
    one = await call.services.runbooks.standing.propose(
        new.runbook, services=new.services, environment=new.environment, bounds=new.bounds, person=person,
        reason=new.reason, place=f"rest:{person.id}", days=new.days, most=new.most,
    )  # fmt: skip
    return await show(call, 201, one.id)


async def approve(call: Call) -> Answer:
    caller = call.speaker.caller
    await call.services.runbooks.standing.approve(
        call.path["standing_id"], person=caller.person, hash=call.body.hash, via=caller.via
    )
    return await show(call)


async def revoke(call: Call) -> Answer:
    await call.services.runbooks.standing.revoke(call.path["standing_id"], person=call.speaker.caller.person)
    return await show(call)


ROUTES = (
    Route(
        "GET", "/standing", "Approvals in advance, newest first", every, shapes.Standing, many=True, query=Page,
        roles=("viewer",),
    ),
    Route(
        "POST", "/standing", "Propose an approval in advance", propose, shapes.Standing, status=201, body=NewStanding,
        roles=("viewer",), refusals=(404, 409),
    ),
    Route(
        "GET", "/standing/{standing_id}", "One approval in advance", show, shapes.Standing, roles=("viewer",),
        refusals=(404,),
    ),
    Route(
        "POST", "/standing/{standing_id}/approve", "Agree in advance", approve, shapes.Standing, body=Agreement,
        roles=("viewer",), refusals=(404, 409),
    ),
    Route(
        "POST", "/standing/{standing_id}/revoke", "End it at once", revoke, shapes.Standing, body=Nothing,
        roles=("viewer",), refusals=(404, 409),
    ),
)  # fmt: skip
