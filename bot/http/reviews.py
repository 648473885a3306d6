"""Reviews of runs that broke glass."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bot.http import shapes
from bot.http.reading import Body, Page, part
from bot.http.route import Answer, Call, Route
from runbooks.views import review_view


class Filter(Page):
    """Open ones oldest first, unless all are wanted: those newest first."""

    status: Literal["open", "all"] = "open"


class Outcome(Body):
    """What came of looking back."""

    outcome: str = Field(min_length=1, max_length=2_000)


async def every(call: Call) -> Answer:
    only_open = call.query.status == "open"
    found = await call.services.runbooks.reviews.every(only_open=only_open)
    views, following = part([review_view(one) for one in found], call.query)
    return Answer(views, following=following)


async def close(call: Call) -> Answer:
    review = await call.services.runbooks.reviews.close(
        call.path["review_id"], person=call.speaker.caller.person, outcome=call.body.outcome
    )
    return Answer(review_view(review))


ROUTES = (
    Route(
        "GET", "/reviews", "Reviews of broken glass", every, shapes.Review, many=True, query=Filter, roles=("viewer",)
    ),
    Route(
        "POST", "/reviews/{review_id}/close", "Close a review, by somebody else than who broke the glass", close,
        shapes.Review, body=Outcome, roles=("viewer",), refusals=(404, 409),
    ),
)  # fmt: skip
