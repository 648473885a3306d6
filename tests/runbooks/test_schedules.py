"""Who may do what to a schedule, and that each firing happens once whatever happens to the processes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from config.catalogue import load_catalogue
from config.errors import BadRequest, Conflict, Forbidden, NotFound
from config.people import load_people
from runbooks.loader import Library
from runbooks.policy import load_policy
from runbooks.schedules import MOST_EACH, NewSchedule, Schedules, When
from store import audit
from store.engine import Database
from store.schedule_records import Schedule
from store.tables import inbox
from tests.runbooks.world import ROLLBACK, World, book
from tests.support.clock import ManualClock

CONFIG = Path(__file__).parents[2] / "config"
PEOPLE = load_people(CONFIG / "people.yaml")
MARIA, PRIYA, SAM, NOOR, JONAS, AMARA = (
    PEOPLE.by_id[name] for name in ("maria", "priya", "sam", "noor", "jonas", "amara")
)
FIVE = When("UTC", "*/5 * * * *")
DIGEST = NewSchedule("digest", "team", FIVE)


def schedules(database: Database, clock: ManualClock, library: Library | None = None) -> Schedules:
    policy, catalogue = load_policy(CONFIG / "policy.yaml"), load_catalogue(CONFIG / "catalogue.yaml")
    return Schedules(database, policy, library or Library({}), catalogue, clock)


async def fired(database: Database) -> list[str]:
    found = select(inbox.c.event_id).where(inbox.c.kind == "fired").order_by(inbox.c.seq)
    return list(await database.read(lambda conn: list(conn.execute(found).scalars())))


@pytest.fixture
async def several(database_url: str, clock: ManualClock) -> AsyncIterator[list[Schedules]]:
    """As many as three processes would have, on one database."""
    databases = [Database(database_url, clock) for _ in range(3)]
    for one in databases:
        await one.start()
    yield [schedules(one, clock) for one in databases]
    for one in databases:
        await one.close()


async def test_several_processes_fire_each_time_once(
    several: list[Schedules], clock: ManualClock, database_url: str
) -> None:
    draw, made = Random(11), []
    for number in range(6):
        wanted = NewSchedule("digest", "team", FIVE, ("run_once", "skip", "each")[number % 3])
        made.append(await several[0].make(wanted, MARIA, place=f"rest:{number}"))
    slots = 0
    for _ in range(12):
        clock.advance(300.0 * draw.choice((1, 1, 1, 3)))
        slots = int((clock.now() - made[0].next_at) // 300) + 1  # type: ignore[operator]
        draw.shuffle(several)
        await asyncio.gather(*(one.fire_due() for one in several))
    async with Database(database_url) as database:
        events = await fired(database)
    assert max(Counter(events).values()) == 1
    for one in made:
        firings = await several[0].firings(one.id, MARIA, limit=1000)
        hit = [each for each in firings if each.status == "fired"]
        assert len(hit) == sum(event.startswith(f"fired:{one.id}:") for event in events)
        assert sum(each.missed for each in firings) + len(hit) == slots
        if one.late == "each":
            assert len(hit) == slots
        if one.late == "skip":
            assert all(each.fired_at - each.scheduled_at <= 60 for each in hit)


async def test_ten_minutes_down_are_made_up_for_by_each_rule(database: Database, clock: ManualClock) -> None:
    mine = schedules(database, clock)
    made = {
        late: await mine.make(NewSchedule("digest", "team", FIVE, late), MARIA, place="rest:1")
        for late in ("run_once", "skip", "each")
    }
    clock.set((made["each"].next_at or 0.0) + 610.0)
    await mine.fire_due()
    found = {late: await mine.firings(one.id, MARIA) for late, one in made.items()}
    assert [(one.status, one.missed) for one in found["run_once"]] == [("fired", 2)]
    assert [(one.status, one.missed) for one in found["skip"]] == [("fired", 0), ("skipped", 2)]
    assert [(one.status, one.missed) for one in found["each"]] == [("fired", 0)] * 3
    assert await mine.fire_due() == 0


async def test_one_that_fires_once_is_over_after_it(database: Database, clock: ManualClock) -> None:
    mine = schedules(database, clock)
    one = await mine.make(
        NewSchedule("reminder", "look", When("UTC", at=clock.now() + 60)), MARIA, place="rest:1"
    )
    clock.advance(3600.0)
    assert await mine.fire_due() == 1
    after = await mine.get(one.id, MARIA)
    assert (after.status, after.next_at) == ("ended", None)


async def test_paused_it_fires_nothing_and_resumed_only_what_is_to_come(
    database: Database, clock: ManualClock
) -> None:
    mine = schedules(database, clock)
    one = await mine.make(DIGEST, MARIA, place="rest:1")
    await mine.pause(one.id, MARIA)
    clock.advance(3600.0)
    assert await mine.fire_due() == 0
    again = await mine.resume(one.id, MARIA, "rest:1")
    assert again.next_at is not None and again.next_at > clock.now()
    assert await mine.fire_due() == 0
    await mine.cancel(one.id, MARIA)
    clock.advance(3600.0)
    assert await mine.fire_due() == 0
    with pytest.raises(Conflict, match="is over"):
        await mine.pause(one.id, MARIA)


async def test_a_schedule_belongs_to_who_made_it_but_anybody_who_runs_things_may_stop_it(
    database: Database, clock: ManualClock
) -> None:
    mine = schedules(database, clock)
    one = await mine.make(DIGEST, MARIA, place="rest:1")
    with pytest.raises(Forbidden, match="belongs to maria"):
        await mine.move(one.id, When("UTC", "0 9 * * *"), PRIYA)
    with pytest.raises(Forbidden, match="belongs to maria"):
        await mine.cancel(one.id, JONAS)
    assert (await mine.pause(one.id, PRIYA)).note == "paused by priya"
    with pytest.raises(Forbidden):
        await mine.resume(one.id, PRIYA, "rest:2")
    assert (await mine.resume(one.id, AMARA, "rest:2")).owner == "maria"


async def test_reminders_are_seen_by_their_owner_alone(database: Database, clock: ManualClock) -> None:
    mine = schedules(database, clock)
    when = When("UTC", at=clock.now() + 60)
    one = await mine.make(NewSchedule("reminder", "my secret plan", when), MARIA, place="rest:1")
    assert await mine.every(PRIYA) == []
    with pytest.raises(NotFound):
        await mine.get(one.id, PRIYA)
    rows = await database.read(lambda conn: audit.rows(conn))
    assert [row.what for row in rows] == ["schedule.made"]
    assert "secret" not in str(rows[0].detail)


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (When("Mars/Base", "0 9 * * *"), "no time zone"),
        (When("UTC"), "Say when"),
        (When("UTC", "0 9 * * *", 9e12), "Say when"),
        (When("UTC", at=1.0), "is over"),
        (When("UTC", "* * * * *"), "at least 5 min"),
        (When("UTC", "x"), "five fields"),
    ],
)
async def test_when_it_cannot_be_is_said(
    sqlite_database: Database, clock: ManualClock, when: When, words: str
) -> None:
    with pytest.raises(BadRequest, match=words):
        await schedules(sqlite_database, clock).make(
            NewSchedule("digest", "team", when), MARIA, place="rest:1"
        )


async def test_a_runs_schedule_needs_an_operator_a_known_runbook_and_right_inputs(
    sqlite_database: Database, clock: ManualClock
) -> None:
    library = Library({"rollback": book(ROLLBACK, World().actions())})
    mine = schedules(sqlite_database, clock, library)
    name = next(iter(library.by_id))

    def wish(**inputs: str) -> NewSchedule:
        return NewSchedule("runbook", f"run {name}", FIVE, runbook=name, inputs=inputs)

    with pytest.raises(Forbidden, match="needs the role operator"):
        await mine.make(wish(service="rag-api"), SAM, place="rest:1")
    with pytest.raises(BadRequest):
        await mine.make(wish(service="nothing-of-ours"), MARIA, place="rest:1")
    with pytest.raises(NotFound):
        await mine.make(NewSchedule("runbook", "run x", FIVE, runbook="x"), MARIA, place="rest:1")


async def test_nobody_has_more_than_their_share(sqlite_database: Database, clock: ManualClock) -> None:
    mine = schedules(sqlite_database, clock)
    for _ in range(MOST_EACH):
        await mine.make(DIGEST, MARIA, place="rest:1")
    with pytest.raises(Conflict, match="Cancel one first"):
        await mine.make(DIGEST, MARIA, place="rest:1")


async def test_made_again_under_its_id_it_is_one(sqlite_database: Database, clock: ManualClock) -> None:
    mine = schedules(sqlite_database, clock)
    for _ in range(2):
        await mine.make(DIGEST, MARIA, place="rest:1", schedule_id="sch_1")
    assert len(await mine.every(MARIA)) == 1
    assert len(await sqlite_database.read(lambda conn: audit.rows(conn))) == 1


async def test_moved_and_given_another_rule_it_keeps_to_both(
    sqlite_database: Database, clock: ManualClock
) -> None:
    mine = schedules(sqlite_database, clock)
    one = await mine.make(DIGEST, MARIA, place="rest:1")
    moved = await mine.move(one.id, When("Europe/Berlin", "0 9 * * *"), MARIA)
    assert (moved.cron, moved.zone) == ("0 9 * * *", "Europe/Berlin")
    assert (await mine.late(one.id, "skip", MARIA)).late == "skip"


async def test_held_by_us_it_says_why_and_the_audit_has_it(
    sqlite_database: Database, clock: ManualClock
) -> None:
    mine = schedules(sqlite_database, clock)
    one = await mine.make(DIGEST, MARIA, place="rest:1")
    await mine.hold(one.id, "its owner is gone")
    held: Schedule = await mine.get(one.id, MARIA)
    assert (held.status, held.note) == ("paused", "its owner is gone")
    rows = await sqlite_database.read(lambda conn: audit.rows(conn))
    assert rows[-1].what == "schedule.held"
