"""Workflows: runs of runbooks."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from bot.expand import Views, one_run
from bot.http import shapes
from bot.http.reading import Body, Id, Nothing, Page
from bot.http.route import Answer, Call, Route
from config.errors import Forbidden
from runbooks.plan import RunRequest
from runbooks.service import Proposal
from store import ledger
from store.records import RunStatus


class Filter(Page):
    """Newest first; of every status unless one is named."""

    status: RunStatus | None = None


class NewRun(Body):
    """A runbook and its inputs. `dry_run` goes through every step without changing anything.

    With `session_id`, what the run posts goes to that session of yours.
    """

    runbook: str = Field(min_length=1, max_length=120)
    inputs: dict[str, Any] = Field(default_factory=dict)
    dry_run: bool = False
    session_id: Id | None = None


class BrokenGlass(NewRun):
    """A run without approval, by the roles that policy and runbook name: why, in words that everybody will read."""

    dry_run: Literal[False] = False
    reason: str = Field(min_length=1, max_length=1_000)


async def start(call: Call) -> Answer:
    request = await _request(call)
    return await _started(call, await call.services.runbooks.propose(request, call.speaker.caller.person))


async def break_glass(call: Call) -> Answer:
    request, person = await _request(call), call.speaker.caller.person
    return await _started(call, await call.services.runbooks.break_glass(request, person, call.body.reason))


async def _request(call: Call) -> RunRequest:
    """Raises NotFound for a session that is not the caller's."""
    wanted: NewRun = call.body
    person = call.speaker.caller.person
    if wanted.session_id is not None:
        await call.owners.check(wanted.session_id, person.id)
    place = f"rest:{wanted.session_id or person.id}"
    return RunRequest(wanted.runbook, wanted.inputs, person.id, place, call.once, dry_run=wanted.dry_run)


async def _started(call: Call, proposal: Proposal) -> Answer:
    run = proposal.run
    if run is None:
        raise Forbidden(proposal.verdict.reason)
    call.services.dispatcher.nudge()
    return Answer(await call.services.database.read(lambda conn: one_run(conn, run.id)), status=202)


async def every(call: Call) -> Answer:
    query: Filter = call.query

    def read(conn: Any) -> list[dict[str, Any] | None]:
        views = Views(conn)
        return [views.run(run.id) for run in ledger.list_runs(conn, query.status, query.limit, query.cursor)]

    found = [view for view in await call.services.database.read(read) if view is not None]
    return Answer(found, following=found[-1]["id"] if len(found) == query.limit else None)


async def show(call: Call) -> Answer:
    return Answer(await call.services.database.read(lambda conn: one_run(conn, call.path["run_id"])))


async def cancel(call: Call) -> Answer:
    await call.services.runbooks.cancel(call.path["run_id"], call.speaker.caller.person)
    return await show(call)


async def pause(call: Call) -> Answer:
    await call.services.runbooks.pause(call.path["run_id"], call.speaker.caller.person)
    return await show(call)


async def resume(call: Call) -> Answer:
    await call.services.runbooks.resume(call.path["run_id"], call.speaker.caller.person)
    call.services.dispatcher.nudge()
    return await show(call)


ROUTES = (
    Route(
        "POST", "/workflows", "Plan a run; it starts, or waits for approval", start, shapes.Run, status=202,
        body=NewRun, roles=("viewer",), refusals=(404, 409, 502),
    ),
    Route(
        "POST", "/workflows/break-glass", "Run at once without approval; opens a review", break_glass, shapes.Run,
        status=202, body=BrokenGlass, roles=("viewer",), refusals=(404, 409, 502),
    ),
    Route(
        "GET", "/workflows", "Runs, newest first", every, shapes.Run, many=True, query=Filter, roles=("viewer",)
    ),
    Route("GET", "/workflows/{run_id}", "One run", show, shapes.Run, roles=("viewer",), refusals=(404,)),
    Route(
        "POST", "/workflows/{run_id}/cancel", "Stop before the next step", cancel, shapes.Run, body=Nothing,
        roles=("viewer",), refusals=(404, 409),
    ),
    Route(
        "POST", "/workflows/{run_id}/pause", "Hold before the next step", pause, shapes.Run, body=Nothing,
        roles=("viewer",), refusals=(404, 409),
    ),
    Route(
        "POST", "/workflows/{run_id}/resume", "Go on", resume, shapes.Run, body=Nothing, roles=("viewer",),
        refusals=(404, 409),
    ),
)  # fmt: skip
