"""Approvals: what waits for people, and their word on it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from sqlalchemy import Connection

from bot.expand import Views, one_approval, one_run
from bot.http import shapes
from bot.http.reading import Body, Id, Nothing, Page
from bot.http.route import Answer, Call, Route
from config.errors import Forbidden
from store import approvals
from store.records import ApprovalStatus


class Filter(Page):
    """Newest first; of every status unless one is named."""

    status: ApprovalStatus | None = None


class NewDecision(Body):
    """Your word on exactly the plan that `plan_hash` names, at the `stage` you saw. The token says who you are."""

    decision: Literal["approve", "deny"]
    plan_hash: Id
    reason: str | None = Field(None, max_length=1_000)
    stage: int | None = Field(None, ge=0)


class NewInputs(Body):
    """The inputs to change; the others stay. The old approval is void, with the votes it had."""

    inputs: dict[str, Any] = Field(min_length=1)


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
        stage=said.stage,
    )
    return Answer(await call.services.database.read(lambda conn: one_approval(conn, approval_id)))


async def withdraw(call: Call) -> Answer:
    approval_id = call.path["approval_id"]
    await call.services.approvals.withdraw(approval_id, call.speaker.caller.person)
    return Answer(await call.services.database.read(lambda conn: one_approval(conn, approval_id)))


async def edit(call: Call) -> Answer:
    changed: NewInputs = call.body
    proposal = await call.services.runbooks.edit(
        call.path["approval_id"], changed.inputs, call.speaker.caller.person, request_id=call.once
    )
    run = proposal.run
    if run is None:
        raise Forbidden(proposal.verdict.reason)
    call.services.dispatcher.nudge()
    return Answer(await call.services.database.read(lambda conn: one_run(conn, run.id)), status=202)


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
    Route(
        "POST", "/approvals/{approval_id}/withdraw", "Take your own question back", withdraw, shapes.Approval,
        body=Nothing, roles=("viewer",), refusals=(404, 409),
    ),
    Route(
        "POST", "/approvals/{approval_id}/inputs", "Ask again with other inputs; the old approval is void", edit,
        shapes.Run, status=202, body=NewInputs, roles=("viewer",), refusals=(404, 409, 502),
    ),
)  # fmt: skip
