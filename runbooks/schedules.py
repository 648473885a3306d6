"""What happens by itself: who may make a schedule, hold it, turn it on, end it; and firing what is due.

A schedule keeps nobody's rights: they are looked up when it fires.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection

from config.catalogue import Catalogue
from config.clock import Clock
from config.errors import BadRequest, Conflict, Forbidden, NotFound
from config.people import Person
from config.recurrence import Late, following, occurrences, parse
from runbooks.firing import NOBODY, adopt, entry, fire, triggered
from runbooks.inputs import read_inputs
from runbooks.loader import Library
from runbooks.policy import Policy
from store import schedules as rows
from store.engine import Database
from store.records import new_id
from store.schedule_records import Firing, Schedule, ScheduleKind

#: of one person; and the least seconds between two runs of one schedule
MOST_EACH, LEAST_APART = 50, 300.0
_LONGEST_WORDS = 1_000


@dataclass(frozen=True, slots=True)
class When:
    """Again by `cron`, or once `at` (Unix seconds); in `zone`."""

    zone: str
    cron: str | None = None
    at: float | None = None


@dataclass(frozen=True, slots=True)
class NewSchedule:
    """`words` are what is said when it fires, or reminded of; `inputs` are a runbook's."""

    kind: ScheduleKind
    words: str
    when: When
    late: Late = "run_once"
    runbook: str | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)


class Schedules:
    """All raise CopilotError with words for the person."""

    def __init__(
        self,
        database: Database,
        policy: Policy,
        library: Library,
        catalogue: Catalogue,
        clock: Clock,
        fired: Callable[[], None] = lambda: None,
    ) -> None:
        """`fired` is called when there is something new for the desk."""
        self._database = database
        self._policy = policy
        self._library = library
        self._catalogue = catalogue
        self._clock = clock
        self._fired = fired

    async def make(
        self,
        new: NewSchedule,
        person: Person,
        *,
        place: str,
        schedule_id: str | None = None,
        acting_as: str | None = None,
    ) -> Schedule:
        """Raises Forbidden, BadRequest (when, or what), NotFound (runbook), Conflict (too many)."""
        now = self._clock.now()
        self._may_own(person, new.kind)
        next_at = first(new.when, now)
        if new.kind == "runbook":
            read_inputs(self._library.get(str(new.runbook)), new.inputs, self._catalogue)
        if not 0 < len(new.words.strip()) <= _LONGEST_WORDS:
            raise BadRequest(f"Say what is to be done, in at most {_LONGEST_WORDS} characters.")
        one = Schedule(
            id=schedule_id or new_id("sch", now),
            status="active",
            kind=new.kind,
            words=new.words.strip(),
            cron=new.when.cron,
            zone=new.when.zone,
            late=new.late,
            owner=person.id,
            acting_as=acting_as,
            place=place,
            version=1,
            created_at=now,
            next_at=next_at,
            runbook=new.runbook,
            detail=dict(new.inputs) or None,
        )
        made = entry(person.id, "schedule.made", one, acting_as)

        def work(conn: Connection) -> Schedule:
            if rows.get(conn, one.id) is None and rows.count(conn, person.id) >= MOST_EACH:
                raise Conflict(f"You have {MOST_EACH} schedules. Cancel one first: `schedules` lists them.")
            return rows.add(conn, one, made, now)

        return await self._database.write(work, durable=True)

    async def pause(self, schedule_id: str, person: Person, acting_as: str | None = None) -> Schedule:
        """Raises NotFound, Forbidden, Conflict (it does not run)."""

        def paused(one: Schedule, now: float) -> Schedule:
            if one.status != "active":
                raise Conflict(f"{one.id} is {one.status} already.")
            return replace(one, status="paused", note=f"paused by {person.id}")

        return await self._change(schedule_id, person, acting_as, "schedule.paused", paused, others=True)

    async def resume(
        self, schedule_id: str, person: Person, place: str, acting_as: str | None = None
    ) -> Schedule:
        """From now on; what came meanwhile is let go. Who turns on one that came with a runbook becomes its owner.

        Raises NotFound, Forbidden, Conflict (it runs, or its only time is over).
        """

        def resumed(one: Schedule, now: float) -> Schedule:
            if one.status != "paused":
                raise Conflict(f"{one.id} is {one.status}, not paused.")
            self._may_own(person, one.kind)
            if one.cron is None and (one.next_at or 0.0) <= now:
                raise Conflict(f"The only time of {one.id} is over. Make a new one.")
            again = one.next_at if one.cron is None else following(parse(one.cron), one.zone, now)
            if one.owner == NOBODY:
                one = replace(one, owner=person.id, place=place)
            return replace(one, status="active", next_at=again, note=None)

        return await self._change(schedule_id, person, acting_as, "schedule.resumed", resumed)

    async def cancel(self, schedule_id: str, person: Person, acting_as: str | None = None) -> Schedule:
        """Raises NotFound, Forbidden, Conflict (it is over)."""

        def ended(one: Schedule, now: float) -> Schedule:
            return replace(one, status="ended", next_at=None, ended_at=now, note=f"cancelled by {person.id}")

        return await self._change(schedule_id, person, acting_as, "schedule.cancelled", ended, others=True)

    async def move(
        self, schedule_id: str, when: When, person: Person, acting_as: str | None = None
    ) -> Schedule:
        """To another time. Raises NotFound, Forbidden, BadRequest, Conflict."""

        def moved(one: Schedule, now: float) -> Schedule:
            return replace(one, cron=when.cron, zone=when.zone, next_at=first(when, now))

        return await self._change(schedule_id, person, acting_as, "schedule.moved", moved)

    async def late(
        self, schedule_id: str, rule: Late, person: Person, acting_as: str | None = None
    ) -> Schedule:
        """Another rule for what was missed. Raises NotFound, Forbidden, Conflict."""
        return await self._change(
            schedule_id, person, acting_as, "schedule.changed", lambda one, now: replace(one, late=rule)
        )

    async def hold(self, schedule_id: str, why: str) -> None:
        """Paused by us: its owner is gone or has lost the right. One that is not active stays as it is."""
        now = self._clock.now()

        def work(conn: Connection) -> None:
            one = rows.get(conn, schedule_id, lock=True)
            if one is not None and one.status != "paused":
                held = replace(one, status="paused", note=why, ended_at=None)
                rows.hold(conn, held, entry("system", "schedule.held", one, None, why=why), now)

        await self._database.write(work, durable=True)

    async def every(self, person: Person, *, ended: bool = False) -> list[Schedule]:
        """What this person may see, oldest first: all but others' reminders."""
        found = await self._database.read(lambda conn: rows.every(conn, ended=ended))
        return [one for one in found if _sees(person, one)]

    async def get(self, schedule_id: str, person: Person) -> Schedule:
        """Raises NotFound, also for what this person may not see."""
        return await self._database.read(lambda conn: _existing(conn, schedule_id, person))

    async def firings(self, schedule_id: str, person: Person, limit: int = 20) -> list[Firing]:
        """The latest, newest first. Raises NotFound."""

        def read(conn: Connection) -> list[Firing]:
            return rows.fired(conn, _existing(conn, schedule_id, person).id, limit)

        return await self._database.read(read)

    async def adopt(self) -> None:
        """Schedules of the library's runbooks: new ones wait to be turned on, changed ones anew, others are over."""
        now = self._clock.now()
        wanted = {one.id: one for one in triggered(self._library, now)}
        await self._database.write(lambda conn: adopt(conn, wanted, now), durable=True)

    async def fire_due(self) -> int:
        """Hand what is due to the desk; how many firings are new. Every process may do this at any time."""
        now = self._clock.now()
        count = 0
        for schedule_id in await self._database.read(lambda conn: rows.due(conn, now)):
            count += await self._database.write(lambda conn, one=schedule_id: fire(conn, one, now))  # type: ignore[misc]
        if count:
            self._fired()
        return count

    async def _change(
        self,
        schedule_id: str,
        person: Person,
        acting_as: str | None,
        what: str,
        changed: Callable[[Schedule, float], Schedule],
        others: bool = False,
    ) -> Schedule:
        """`others`: operators and approvers may do it to anybody's, for stopping is never worse."""
        now = self._clock.now()

        def work(conn: Connection) -> Schedule:
            one = _existing(conn, schedule_id, person, lock=True)
            if one.status == "ended":
                raise Conflict(f"{one.id} is over.")
            mine = one.owner in (person.id, NOBODY) or person.may("admin")
            if not mine and not (others and (person.may("operator") or person.may("approver"))):
                raise Forbidden(f"{one.id} belongs to {one.owner}; only they or an admin can do this.")
            after = changed(one, now)
            return rows.change(conn, one, after, entry(person.id, what, after, acting_as), now)

        return await self._database.write(work, durable=True)

    def _may_own(self, person: Person, kind: ScheduleKind) -> None:
        refusal = self._policy.may_not_ask("write" if kind == "runbook" else "read", person)
        if refusal is not None:
            raise Forbidden(refusal)


def first(when: When, now: float) -> float:
    """The first time after `now`. Raises BadRequest: unknown zone, no time, one that is over, or too often."""
    try:
        ZoneInfo(when.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as err:
        raise BadRequest(f"{when.zone!r} is no time zone. Name one such as Europe/Berlin or UTC.") from err
    if (when.cron is None) == (when.at is None):
        raise BadRequest("Say when: `every weekday at 9`, `tomorrow at 10`, `in 2 hours`.")
    if when.cron is None:
        assert when.at is not None
        if when.at <= now:
            raise BadRequest("That time is over. Name one that is still to come.")
        return when.at
    cron = parse(when.cron)
    times = occurrences(cron, when.zone, now)
    one, two = next(times), next(times)
    if two - one < LEAST_APART:
        raise BadRequest(
            f"`{when.cron}` runs every {two - one:.0f} s; at least {LEAST_APART / 60:g} min must lie between."
        )
    return one


def _existing(conn: Connection, schedule_id: str, person: Person, *, lock: bool = False) -> Schedule:
    found = rows.get(conn, schedule_id, lock=lock)
    if found is None or not _sees(person, found):
        raise NotFound(f"There is no schedule {schedule_id!r}. `schedules` lists them.")
    return found


def _sees(person: Person, one: Schedule) -> bool:
    return one.kind != "reminder" or one.owner == person.id or person.may("admin")
