"""Schedules that come with a runbook: there, off, and somebody's once somebody turns them on."""

from __future__ import annotations

from runbooks.firing import NOBODY
from runbooks.loader import Library
from store import audit
from store.engine import Database
from tests.runbooks.test_schedules import MARIA, SAM, fired, schedules
from tests.runbooks.world import World, book
from tests.support.clock import ManualClock

TEXT = """
version: 1
name: nightly
description: d
owner: me
triggers:
  - schedule: {cron: "CRON", timezone: Europe/Berlin, inputs: {service: rag-api}}
inputs:
  service: {type: service, required: true}
steps:
  - {id: a, uses: version.get, with: {service: "${{ inputs.service }}"}}
"""


def library(cron: str = "0 3 * * *") -> Library:
    return Library({"nightly": book(TEXT.replace("CRON", cron), World().actions())})


async def test_it_is_found_off_and_nobodys_until_an_operator_turns_it_on(
    database: Database, clock: ManualClock
) -> None:
    mine = schedules(database, clock, library())
    for _ in range(3):
        await mine.adopt()
    (one,) = await mine.every(SAM)
    assert (one.status, one.owner, one.words) == ("paused", NOBODY, "run nightly service=rag-api")
    clock.advance(3 * 86_400.0)
    assert await mine.fire_due() == 0
    on = await mine.resume(one.id, MARIA, "rest:7")
    assert (on.owner, on.place, on.status) == ("maria", "rest:7", "active")
    clock.advance(86_400.0)
    assert await mine.fire_due() == 1
    assert await fired(database) == [f"fired:{one.id}:{round(on.next_at or 0)}"]


async def test_when_its_runbook_changes_it_must_be_turned_on_again(
    database: Database, clock: ManualClock
) -> None:
    mine = schedules(database, clock, library())
    await mine.adopt()
    (one,) = await mine.every(MARIA)
    await mine.resume(one.id, MARIA, "rest:7")
    await schedules(database, clock, library()).adopt()
    assert (await mine.get(one.id, MARIA)).status == "active"
    await schedules(database, clock, library("0 4 * * *")).adopt()
    after = await mine.get(one.id, MARIA)
    assert (after.status, after.owner, after.cron) == ("paused", NOBODY, "0 4 * * *")


async def test_when_its_runbook_no_longer_has_it_it_is_over(database: Database, clock: ManualClock) -> None:
    mine = schedules(database, clock, library())
    await mine.adopt()
    await schedules(database, clock, Library({})).adopt()
    assert await mine.every(MARIA) == []
    assert (await mine.every(MARIA, ended=True))[0].note == "its runbook no longer has it"
    await mine.adopt()
    assert [one.status for one in await mine.every(MARIA)] == ["paused"]
    assert (await database.read(audit.verify)).ok
