"""Approvals: the list, the card, and the four things a person may do with one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import Connection

from bot.console.cards import Question, Work, brief, question, questions
from bot.console.cards import checked as check_words
from bot.console.cards import work as run_of
from bot.console.forms import Field, fields, given
from bot.console.route import Answer, Goto, Page, Shown, Visit
from bot.http.approvals import Filter, NewDecision
from bot.http.idempotency import event_name, fingerprint
from bot.http.reading import checked
from config.errors import BadRequest, Conflict, Forbidden
from store import approvals
from store.records import new_id

Word = Callable[[], Awaitable[str]]


async def every(visit: Visit) -> Answer:
    """Those that wait, oldest first, as cards; then the last ones that are over."""
    query = checked(Filter, {"limit": 20, **_known(visit)}, "address")
    services, now, reader = visit.services, visit.look.now, visit.reader

    def read(conn: Connection) -> tuple[list[Question], list[Question], str | None]:
        waiting = approvals.pending(conn) if query.cursor is None and query.status is None else []
        page = approvals.page(conn, query.status, query.limit, query.cursor)
        made = questions(conn, waiting, reader)
        over = questions(conn, page, reader)
        last = page[-1].id if len(page) == query.limit else None
        return [one for one in made if one.pending], [one for one in over if not one.pending], last

    waiting, over, following = await services.database.read(read)
    data = {"questions": waiting, "over": over, "following": following, "once": new_id("form", now)}
    return Shown("approvals.html", "Approvals", data)


async def show(visit: Visit, notice: str = "", status: int = 200) -> Answer:
    services, now, reader = visit.services, visit.look.now, visit.reader
    approval_id = visit.path["approval_id"]

    def read(conn: Connection) -> tuple[Question, Work | None]:
        asked = question(conn, approval_id, reader)
        return asked, None if asked.pending else run_of(conn, asked.view["run_id"], reader)

    one, run = await services.database.read(read)
    inputs: list[Field] = []
    if one.may_edit and one.pending and one.view["runbook"] in services.library.by_id:
        model = services.library.get(one.view["runbook"]).model
        inputs = fields(model, services.catalogue, one.view["inputs"])
    data: dict[str, Any] = {"q": one, "w": run, "inputs": inputs, "once": new_id("form", now)}
    data |= {"brief": brief, "checked": check_words}
    template = "approval_part.html" if visit.fragment else "approval.html"
    title = f"{one.view['runbook']} in {one.view['environment']}"
    return Shown(template, title, data, status=status, notice=notice)


async def decide(visit: Visit) -> Answer:
    """Approve or deny the plan that was shown, at the stage that was shown."""
    said = checked(NewDecision, _said(visit), "form")
    caller, approval_id = visit.visitor.caller, visit.path["approval_id"]

    async def word() -> str:
        after = await visit.services.approvals.decide(
            approval_id, person=visit.person, decision=said.decision, plan_hash=said.plan_hash,
            reason=said.reason, via=caller.via, acting_as=caller.acting_as, stage=said.stage,
        )  # fmt: skip
        return {"approved": "approved", "denied": "denied"}.get(after.status, "voted")

    return await _done(visit, word)


async def withdraw(visit: Visit) -> Answer:
    async def take_back() -> str:
        await visit.services.approvals.withdraw(visit.path["approval_id"], visit.person, visit.acting_as)
        return "withdrawn"

    return await _done(visit, take_back)


async def edit(visit: Visit) -> Answer:
    """Ask again with other inputs; the old approval is void."""
    approval_id, changes = visit.path["approval_id"], given(visit.form)
    mark = fingerprint(approval_id, changes)
    try:
        proposal = await visit.services.runbooks.edit(
            approval_id, changes, visit.person, acting_as=visit.acting_as,
            request_id=event_name(visit.form.get("once", ""), visit.person.id, mark),
        )  # fmt: skip
    except (Conflict, Forbidden, BadRequest) as err:
        return await show(visit, str(err), err.status)
    if proposal.run is None:
        return await show(visit, proposal.verdict.reason, 403)
    visit.services.dispatcher.nudge()
    new = proposal.approval
    return Goto(f"/approvals/{new.id}" if new else f"/runs/{proposal.run.id}", "edited")


async def _done(visit: Visit, work: Word) -> Answer:
    """Do it and show the card; what is refused is said to this person alone, above the card."""
    try:
        done = await work()
    except (Conflict, Forbidden) as err:
        return await show(visit, str(err), err.status)
    if visit.fragment:
        return await show(visit)
    return Goto(f"/approvals/{visit.path['approval_id']}", done)


def _said(visit: Visit) -> dict[str, object]:
    form = visit.form
    said: dict[str, object] = {"decision": form.get("decision", ""), "plan_hash": form.get("plan_hash", "")}
    if form.get("reason", "").strip():
        said["reason"] = form["reason"].strip()
    if form.get("stage", "").isdecimal():
        said["stage"] = int(form["stage"])
    return said


def _known(visit: Visit) -> dict[str, str]:
    return {key: one for key, one in visit.query.items() if key in ("status", "cursor") and one}


PAGES = (
    Page("GET", "/approvals", every, "approvals"),
    Page("GET", "/approvals/{approval_id}", show, "approvals"),
    Page("POST", "/approvals/{approval_id}/decisions", decide, "approvals"),
    Page("POST", "/approvals/{approval_id}/withdraw", withdraw, "approvals"),
    Page("POST", "/approvals/{approval_id}/inputs", edit, "approvals"),
)
