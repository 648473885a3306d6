"""Schedules: what happens by itself; making one, holding it, ending it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from bot.http import shapes
from bot.http.reading import Body, Id, Nothing, Page, part
from bot.http.route import Answer, Call, Route
from config.errors import BadRequest
from config.recurrence import Late
from runbooks.schedules import NewSchedule, When
from runbooks.views import firing_view, schedule_view
from store.schedule_records import DIGESTS, Schedule, ScheduleKind


class Filter(Page):
    """Oldest first; those that are over too with `ended`."""

    ended: bool = False


class NewEntry(Body):
    """Again by `cron` in `timezone`, or once `at` (ISO 8601 with its offset).

    `words` are the digest (oncall, team, manager, cost), the question, or what to be reminded of; a runbook has
    `runbook` and `inputs` instead. With `session_id`, what comes of it goes to that session of yours.
    """

    kind: ScheduleKind
    words: str = Field("", max_length=1_000)
    cron: str | None = Field(None, max_length=200)
    at: str | None = Field(None, max_length=40)
    timezone: str = Field("UTC", max_length=60)
    late: Late = "run_once"
    runbook: str | None = Field(None, max_length=120)
    inputs: dict[str, str | int | float | bool] = Field(default_factory=dict)
    session_id: Id | None = None


async def every(call: Call) -> Answer:
    query: Filter = call.query
    found = await call.services.schedules.every(call.speaker.caller.person, ended=query.ended)
    views, following = part([schedule_view(one) for one in found], query)
    return Answer(views, following=following)


async def show(call: Call, status: int = 200, schedule_id: str | None = None) -> Answer:
    wanted, person = schedule_id or call.path["schedule_id"], call.speaker.caller.person
    one = await call.services.schedules.get(wanted, person)
    firings = await call.services.schedules.firings(wanted, person)
    return Answer(schedule_view(one) | {"firings": [firing_view(each) for each in firings]}, status=status)


async def make(call: Call) -> Answer:
    entry: NewEntry = call.body
    person = call.speaker.caller.person
    if entry.session_id is not None:
        await call.owners.check(entry.session_id, person.id)
    place = f"rest:{entry.session_id or person.id}"
    one = await call.services.schedules.make(wish(entry), person, place=place)
    return await show(call, 201, one.id)


def wish(entry: NewEntry) -> NewSchedule:
    """Raises BadRequest."""
    when = When(entry.timezone, entry.cron, _instant(entry.at))
    words = entry.words
    if entry.kind == "digest" and words not in DIGESTS:
        raise BadRequest(f"There is no digest {words!r}. There are: {', '.join(DIGESTS)}.")
    if entry.kind == "runbook":
        pairs = "".join(f" {name}={value}" for name, value in entry.inputs.items())
        words = f"run {entry.runbook}{pairs}"
    return NewSchedule(entry.kind, words, when, entry.late, entry.runbook, entry.inputs)


def _instant(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as err:
        raise BadRequest(f"at is {text!r}. Write an instant such as 2026-12-01T09:00:00+01:00.") from err
    if at.tzinfo is None:
        raise BadRequest(f"at is {text!r}, without its offset. Write it as 2026-12-01T09:00:00+01:00.")
    return at.timestamp()


async def pause(call: Call) -> Answer:
    return await _told(call, await call.services.schedules.pause(*_which(call)))


async def resume(call: Call) -> Answer:
    schedule_id, person = _which(call)
    place = f"rest:{person.id}"
    return await _told(call, await call.services.schedules.resume(schedule_id, person, place))


async def cancel(call: Call) -> Answer:
    return await _told(call, await call.services.schedules.cancel(*_which(call)))


def _which(call: Call) -> tuple[str, Any]:
    return call.path["schedule_id"], call.speaker.caller.person


async def _told(call: Call, one: Schedule) -> Answer:
    return await show(call, schedule_id=one.id)


_ONE: dict[str, Any] = {"answer": shapes.Schedule, "roles": ("viewer",), "refusals": (404, 409)}
_HELD = "/schedules/{schedule_id}"
ROUTES = (
    Route(
        "GET", "/schedules", "What happens by itself, oldest first", every, shapes.Schedule, many=True, query=Filter,
        roles=("viewer",),
    ),
    Route(
        "POST", "/schedules", "Have something done at a time, or again and again", make, shapes.Schedule, status=201,
        body=NewEntry, roles=("viewer",), refusals=(404, 409),
    ),
    Route("GET", _HELD, "One schedule and its latest firings", show, **_ONE),
    Route("DELETE", _HELD, "End it", cancel, **_ONE),
    Route("POST", f"{_HELD}/pause", "Hold it", pause, body=Nothing, **_ONE),
    Route("POST", f"{_HELD}/resume", "Let it go on; nobody's becomes yours", resume, body=Nothing, **_ONE),
)  # fmt: skip
