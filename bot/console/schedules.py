"""Schedules: what happens by itself; making one, holding it, letting it go on, ending it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from bot.console.route import Answer, Goto, Page, Shown, Visit
from bot.http.idempotency import event_name, fingerprint
from bot.http.reading import checked
from bot.http.schedules import NewEntry
from bot.http.schedules import wish as read_wish
from config.errors import BadRequest, CopilotError
from config.recurrence import clock_changes, parse
from graph.answers.scheduling import said_of, when_of
from graph.understanding.times import zone_of
from runbooks.firing import NOBODY
from store.records import new_id
from store.schedule_records import DIGESTS, Schedule

#: rhythms that are chosen from a menu, as cron
RHYTHMS = (
    ("0 9 * * 1-5", "every working day at 9:00"),
    ("0 9 * * *", "every day at 9:00"),
    ("0 9 * * 1", "every Monday at 9:00"),
    ("30 17 * * 5", "every Friday at 17:30"),
    ("0 8 1 * *", "on the first of every month at 8:00"),
)
#: of kinds that are made with a form; a runbook is scheduled in words, where its inputs are checked as they are said
KINDS = (("question", "a question to answer"), ("digest", "a digest"), ("reminder", "a reminder"))


async def every(visit: Visit, notice: str = "", status: int = 200) -> Answer:
    found = await visit.services.schedules.every(visit.person, ended="ended" in visit.query)
    now = visit.look.now
    rows = [(one, said_of(one), when_of(one, now)) for one in found]
    data: dict[str, Any] = {
        "rows": rows,
        "form": visit.form,
        "digests": DIGESTS,
        "rhythms": RHYTHMS,
        "kinds": KINDS,
    }
    data |= {"nobody": NOBODY, "once": new_id("form", now), "ended": "ended" in visit.query}
    return Shown("schedules.html", "Schedules", data, status=status, notice=notice)


async def show(visit: Visit, notice: str = "", status: int = 200) -> Answer:
    schedules, schedule_id = visit.services.schedules, visit.path["schedule_id"]
    one = await schedules.get(schedule_id, visit.person)
    data = {"one": one, "said": said_of(one), "when": when_of(one, visit.look.now), "nobody": NOBODY}
    data |= {
        "notes": _notes(one, visit.look.now),
        "firings": await schedules.firings(schedule_id, visit.person),
    }
    return Shown("schedule.html", f"Schedule {schedule_id}", data, status=status, notice=notice)


async def make(visit: Visit) -> Answer:
    """The same form sent twice makes one."""
    once = event_name(visit.form.get("once", ""), visit.person.id, fingerprint("schedule", dict(visit.form)))
    try:
        entry = checked(NewEntry, _entry(visit), "form")
        one = await visit.services.schedules.make(
            read_wish(entry), visit.person, place=f"rest:{visit.person.id}", acting_as=visit.acting_as,
            schedule_id=f"sch_{once.removeprefix('rest_')[:16]}",
        )  # fmt: skip
    except CopilotError as err:
        return await every(visit, str(err), err.status)
    return Goto(f"/schedules/{one.id}", "scheduled")


async def pause(visit: Visit) -> Answer:
    which = (visit.path["schedule_id"], visit.person)
    return await _do(visit, lambda: visit.services.schedules.pause(*which, visit.acting_as), "held")


async def resume(visit: Visit) -> Answer:
    which, place = (visit.path["schedule_id"], visit.person), f"rest:{visit.person.id}"
    return await _do(
        visit, lambda: visit.services.schedules.resume(*which, place, visit.acting_as), "resumed"
    )


async def cancel(visit: Visit) -> Answer:
    which = (visit.path["schedule_id"], visit.person)
    return await _do(visit, lambda: visit.services.schedules.cancel(*which, visit.acting_as), "over")


async def _do(visit: Visit, work: Callable[[], Awaitable[Schedule]], done: str) -> Answer:
    try:
        await work()
    except CopilotError as err:
        return await show(visit, str(err), err.status)
    return Goto(f"/schedules/{visit.path['schedule_id']}", done)


def _entry(visit: Visit) -> dict[str, object]:
    """Raises BadRequest."""
    form, zone = visit.form, visit.look.zone
    kind = form.get("kind", "")
    words = form.get("digest" if kind == "digest" else "words", "").strip()
    entry: dict[str, object] = {"kind": kind, "words": words, "timezone": zone}
    if form.get("at", "").strip():
        return entry | {"at": _instant(form["at"].strip(), zone)}
    return entry | {"cron": form.get("own", "").strip() or form.get("cron", "")}


def _instant(text: str, zone: str) -> str:
    """Raises BadRequest."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone_of(zone)).isoformat()
    except ValueError as err:
        raise BadRequest(f"{text[:40]!r} is no day and time. Write it as 2026-12-01T09:00.") from err


def _notes(one: Schedule, now: float) -> list[str]:
    return clock_changes(parse(one.cron), one.zone, now) if one.cron and one.status == "active" else []


PAGES = (
    Page("GET", "/schedules", every, "schedules"),
    Page("POST", "/schedules", make, "schedules"),
    Page("GET", "/schedules/{schedule_id}", show, "schedules"),
    Page("POST", "/schedules/{schedule_id}/pause", pause, "schedules"),
    Page("POST", "/schedules/{schedule_id}/resume", resume, "schedules"),
    Page("POST", "/schedules/{schedule_id}/cancel", cancel, "schedules"),
)
