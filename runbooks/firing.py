"""Firing what is due, and schedules that come with a runbook: the transactions behind runbooks/schedules.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection

from config.recurrence import due, following, occurrences, parse
from runbooks.loader import Library
from store import schedules as rows
from store.records import AuditEntry
from store.schedule_records import Firing, Schedule
from store.schedules import Taken

#: the owner of a schedule that came with a runbook and that nobody has turned on
NOBODY = ""
#: missed times that are looked at; what lies beyond is let go
_MOST_LOOKED_AT = 5_000


def fire(conn: Connection, schedule_id: str, now: float) -> int:
    """Hand what is due of one schedule to the desk, by its rule for missed times; how many firings are new."""
    one = rows.get(conn, schedule_id, lock=True)
    if one is None or one.status != "active" or one.next_at is None or one.next_at > now:
        return 0
    times, again = [one.next_at], None
    if one.cron is not None:
        cron = parse(one.cron)
        past = takewhile(lambda at: at <= now, occurrences(cron, one.zone, one.next_at))
        times += [at for at, _ in zip(past, range(_MOST_LOOKED_AT), strict=False)]
        again = following(cron, one.zone, now)
    found = due(times, one.late, now)
    taken = [
        Taken(
            Firing(one.id, at, "fired", now, None, len(missed), missed[0] if missed else None),
            _payload(one, at, missed),
        )
        for at, missed in found.run
    ]
    if found.skipped and not any(missed for _, missed in found.run):
        last = Firing(one.id, found.skipped[-1], "skipped", now, None, len(found.skipped), found.skipped[0])
        taken.insert(0, Taken(last, None))
    return sum(firing.status == "fired" for firing in rows.fire(conn, one, taken, again, now))


def _firing(one: Schedule, at: float, now: float, missed: tuple[float, ...]) -> Firing:
    return Firing(one.id, at, "fired", now, None, len(missed), missed[0] if missed else None)


def _payload(one: Schedule, at: float, missed: tuple[float, ...]) -> dict[str, Any]:
    """All that answering needs, so that a schedule may change or go meanwhile."""
    return {
        "schedule_id": one.id,
        "scheduled_at": at,
        "kind": one.kind,
        "words": one.words,
        "owner": one.owner,
        "acting_as": one.acting_as,
        "place": one.place,
        "conversation": one.place.partition(":")[2],
        "missed": len(missed),
        "since": missed[0] if missed else None,
    }


def triggered(library: Library, now: float) -> list[Schedule]:
    """The schedules that the library's runbooks bring, off."""
    found = []
    for runbook in library.all():
        times = [one.schedule for one in runbook.model.triggers if one.schedule is not None]
        for number, trigger in enumerate(times, start=1):
            pairs = "".join(f" {name}={value}" for name, value in trigger.inputs.items())
            found.append(
                Schedule(
                    id=f"sch_{runbook.id}_{number}",
                    status="paused",
                    kind="runbook",
                    words=f"run {runbook.id}{pairs}",
                    cron=trigger.cron,
                    zone=trigger.timezone,
                    late="run_once",
                    owner=NOBODY,
                    acting_as=None,
                    place="",
                    version=1,
                    created_at=now,
                    next_at=following(parse(trigger.cron), trigger.timezone, now),
                    runbook=runbook.id,
                    detail=dict(trigger.inputs) or None,
                    note="came with its runbook; nobody has turned it on",
                )
            )
    return found


def adopt(conn: Connection, wanted: Mapping[str, Schedule], now: float) -> None:
    """Ids of triggers cannot clash with made ones: those have one underscore."""
    for one in wanted.values():
        there = rows.get(conn, one.id, lock=True)
        if there is None:
            rows.add(conn, one, entry("system", "schedule.found", one, None), now)
        elif (there.cron, there.zone, there.words) != (
            one.cron,
            one.zone,
            one.words,
        ) or there.status == "ended":
            fresh = replace(one, version=there.version, note="changed with its runbook; turn it on again")
            rows.hold(conn, fresh, entry("system", "schedule.found", fresh, None), now)
    for there in rows.every(conn):
        if there.id.startswith(f"sch_{there.runbook}_") and there.id not in wanted:
            gone = replace(
                there, status="ended", next_at=None, ended_at=now, note="its runbook no longer has it"
            )
            rows.hold(conn, gone, entry("system", "schedule.gone", gone, None), now)


def entry(actor: str, what: str, one: Schedule, acting_as: str | None, **more: object) -> AuditEntry:
    """What a reminder says is its owner's business and not written down."""
    when = {"cron": one.cron} if one.cron is not None else {"at": one.next_at}
    private = {} if one.kind == "reminder" else {"words": one.words}
    detail = {"kind": one.kind, **when, "zone": one.zone, **private, **more}
    return AuditEntry(actor, what, "schedule", one.id, None, acting_as, detail)
