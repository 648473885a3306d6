"""Runbooks: the catalogue, and one of them with a form made from its inputs."""

from __future__ import annotations

from typing import Any

from bot.console.forms import fields, given
from bot.console.route import Answer, Goto, Page, Shown, Visit
from bot.http.idempotency import event_name, fingerprint
from config.errors import BadRequest, Conflict, Forbidden
from runbooks.compiler import CompiledStep
from runbooks.plan import RunRequest
from store import ledger
from store.records import new_id


async def every(visit: Visit) -> Answer:
    words = visit.query.get("q", "").casefold().split()
    found = [
        one
        for one in visit.services.library.all()
        if all(word in f"{one.id} {one.model.description} {one.model.owner}".casefold() for word in words)
    ]
    left_out = visit.services.library.left_out
    data = {"runbooks": found, "left_out": left_out, "q": visit.query.get("q", "")}
    return Shown("runbooks.html", "Runbooks", data)


async def show(visit: Visit, notice: str = "", status: int = 200) -> Answer:
    """With `in.NAME=value` in the address the form is filled in already."""
    services = visit.services
    runbook = services.library.get(visit.path["runbook_id"])
    filled = given(visit.form or visit.query)
    last = await services.database.read(lambda conn: ledger.list_runs(conn, None, 100))
    data: dict[str, Any] = {
        "runbook": runbook,
        "inputs": fields(runbook.model, services.catalogue, filled),
        "steps": [(one, _effect(visit, one)) for one in runbook.steps],
        "last": [one for one in last if one.runbook == runbook.id][:8],
        "once": new_id("form", visit.look.now),
    }
    return Shown("runbook.html", runbook.id, data, status=status, notice=notice)


async def run(visit: Visit) -> Answer:
    """`do` is dry (every read is done, every write only planned) or run."""
    services, person = visit.services, visit.person
    runbook_id, inputs, dry = visit.path["runbook_id"], given(visit.form), visit.form.get("do") == "dry"
    once = event_name(visit.form.get("once", ""), person.id, fingerprint(f"{runbook_id} {dry}", inputs))
    place = f"rest:{person.id}"
    request = RunRequest(runbook_id, inputs, person.id, place, once, visit.acting_as, dry_run=dry)
    try:
        proposal = await services.runbooks.propose(request, person)
    except (BadRequest, Conflict, Forbidden) as err:
        return await show(visit, str(err), err.status)
    if proposal.run is None:
        return await show(visit, proposal.verdict.reason, 403)
    services.dispatcher.nudge()
    if proposal.approval is not None:
        return Goto(f"/approvals/{proposal.approval.id}", "asked")
    return Goto(f"/runs/{proposal.run.id}", "started")


def _effect(visit: Visit, step: CompiledStep) -> str:
    action = visit.services.actions.get(step.call.uses)
    return action.effect if action is not None else "unknown"


PAGES = (
    Page("GET", "/runbooks", every, "runbooks"),
    Page("GET", "/runbooks/{runbook_id}", show, "runbooks"),
    Page("POST", "/runbooks/{runbook_id}/runs", run, "runbooks"),
)
