"""Runs: the list, one run with its steps as they move, and what a person may do with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from sqlalchemy import Connection

from bot.console.cards import Work, brief, checked, work
from bot.console.route import Answer, Goto, Page, Shown, Visit
from bot.http.reading import checked as read_checked
from bot.http.workflows import Filter
from config.errors import CopilotError
from runbooks.recovery import Answer as Happened
from store import audit, ledger
from store.records import AuditRow

_SHOWN = 200


async def every(visit: Visit) -> Answer:
    known = {key: one for key, one in visit.query.items() if key in ("status", "cursor") and one}
    query = read_checked(Filter, {"limit": 30, **known}, "address")
    found = await visit.services.database.read(
        lambda conn: ledger.list_runs(conn, query.status, query.limit, query.cursor)
    )
    following = found[-1].id if len(found) == query.limit else None
    return Shown("runs.html", "Runs", {"runs": found, "following": following, "status": query.status or ""})


async def show(visit: Visit, notice: str = "", status: int = 200) -> Answer:
    person, run_id = visit.person, visit.path["run_id"]
    sees_audit = person.may("auditor") or person.may("admin")

    def read(conn: Connection) -> tuple[Work, list[AuditRow]]:
        return work(conn, run_id, visit.reader), audit.rows(conn, run_id, limit=_SHOWN) if sees_audit else []

    one, trail = await visit.services.database.read(read)
    data: dict[str, Any] = {
        "w": one,
        "trail": trail,
        "sees_audit": sees_audit,
        "brief": brief,
        "checked": checked,
    }
    template = "run_part.html" if visit.fragment else "run.html"
    return Shown(template, f"{one.view['runbook']} · {run_id}", data, status=status, notice=notice)


async def cancel(visit: Visit) -> Answer:
    runbooks, run_id = visit.services.runbooks, visit.path["run_id"]
    return await _do(visit, lambda: runbooks.cancel(run_id, visit.person, visit.acting_as), "cancelled")


async def pause(visit: Visit) -> Answer:
    runbooks, run_id = visit.services.runbooks, visit.path["run_id"]
    return await _do(visit, lambda: runbooks.pause(run_id, visit.person, visit.acting_as), "paused")


async def resume(visit: Visit) -> Answer:
    runbooks, run_id = visit.services.runbooks, visit.path["run_id"]
    return await _do(visit, lambda: runbooks.resume(run_id, visit.person, visit.acting_as), "resumed")


async def answer(visit: Visit) -> Answer:
    """A person says what happened to a step whose outcome nobody knows."""
    runbooks, form = visit.services.runbooks, visit.form
    said = cast(Happened, form.get("answer", ""))
    return await _do(
        visit,
        lambda: runbooks.answer_unknown(
            visit.path["run_id"], form.get("step", ""), said, visit.person, visit.acting_as
        ),
        "answered",
    )


async def _do(visit: Visit, wish: Callable[[], Awaitable[object]], done: str) -> Answer:
    try:
        await wish()
    except CopilotError as err:
        return await show(visit, str(err), err.status)
    visit.services.dispatcher.nudge()
    return await show(visit) if visit.fragment else Goto(f"/runs/{visit.path['run_id']}", done)


PAGES = (
    Page("GET", "/runs", every, "runs"),
    Page("GET", "/runs/{run_id}", show, "runs"),
    Page("POST", "/runs/{run_id}/cancel", cancel, "runs"),
    Page("POST", "/runs/{run_id}/pause", pause, "runs"),
    Page("POST", "/runs/{run_id}/resume", resume, "runs"),
    Page("POST", "/runs/{run_id}/answer", answer, "runs"),
)
