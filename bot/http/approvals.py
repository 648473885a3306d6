"""Approvals: what waits for people, and their word on it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from sqlalchemy import Connection

from bot.http import shapes
from bot.http.expand import Views, one_approval
from bot.http.reading import Body, Id, Page
from bot.http.route import Answer, Call, Route
from store import approvals
from store.records import ApprovalStatus


class Filter(Page):
    """Newest first; of every status unless one is named."""

    status: ApprovalStatus | None = None


class NewDecision(Body):
    """Your word on exactly the plan that `plan_hash` names. Who you are comes from the token."""

    decision: Literal["approve", "deny"]
    plan_hash: Id
    reason: str | None = Field(None, max_length=1_000)


async def every(call: Call) -> Answer:
    query: Filter = call.query
    ids, views = await call.services.database.read(lambda conn: _page(conn, query))
    return Answer(views, following=ids[-1] if len(ids) == query.limit else None)


async def show(call: Call) -> Answer:
    return Answer(
        await call.services.database.read(lambda conn: one_approval(conn, call.path["approval_id"]))
    )


async def decide(call: Call) -> Answer:
    said: NewDecision = call.body
    approval_id = call.path["approval_id"]
    await call.services.approvals.decide(
        approval_id,
        person=call.speaker.caller.person,
        decision=said.decision,
        plan_hash=said.plan_hash,
        reason=said.reason,
        via=call.speaker.caller.via,
    )
    return Answer(await call.services.database.read(lambda conn: one_approval(conn, approval_id)))


def _page(conn: Connection, query: Filter) -> tuple[list[str], list[dict[str, Any]]]:
    ids = [one.id for one in approvals.page(conn, query.status, query.limit, query.cursor)]
    views = Views(conn)
    return ids, [view for one in ids if (view := views.approval(one)) is not None]


ROUTES = (
    Route(
        "GET", "/approvals", "Approvals, newest first", every, shapes.Approval, many=True, query=Filter,
        roles=("viewer",),
    ),
    Route(
        "GET", "/approvals/{approval_id}", "One approval", show, shapes.Approval, roles=("viewer",),
        refusals=(404,),
    ),
    Route(
        "POST", "/approvals/{approval_id}/decisions", "Approve or deny a plan", decide, shapes.Approval,
        body=NewDecision, roles=("viewer",), refusals=(404, 409),
    ),
)  # fmt: skip
