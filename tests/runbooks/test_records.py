"""An operator's word: the right to say it, once a key, and never without a row before it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from config.errors import BadRequest, Forbidden, NotFound
from config.people import Person
from integrations.actions import Action, Actions, Change, Context, Inputs, Output
from integrations.errors import IntegrationError, Refused, TimedOut
from runbooks.halt import Halted, stop_everything
from runbooks.policy import Mode, Policy
from runbooks.records import Records, Word
from store import audit
from store.engine import Database
from store.errors import StoreError
from store.records import AuditRow
from tests.runbooks.world import CATALOGUE, MARIA, POLICY, PRIYA, SAM
from tests.support.clock import ManualClock


class Note(Inputs):
    service: str
    text: str = "written"
    environment: str | None = None


class Noted(Output):
    count: int


@dataclass
class Notebook:
    """`errors` are raised by the next calls, after the note was written where `late`."""

    notes: dict[str, str] = field(default_factory=dict)
    errors: list[IntegrationError] = field(default_factory=list)
    late: bool = True
    calls: int = 0

    async def note(self, context: Context, inputs: Note) -> Noted:
        self.calls += 1
        if self.errors and not self.late:
            raise self.errors.pop(0)
        self.notes.setdefault(context.key, f"{context.requester}@{context.environment}: {inputs.text}")
        if self.errors:
            raise self.errors.pop(0)
        return Noted(count=len(self.notes))

    async def plan(self, context: Context, inputs: Note) -> Change:
        return Change({}, {}, (), "nothing")

    async def happened(self, context: Context, inputs: Note, before: Mapping[str, Any]) -> Any:
        return "no"


@dataclass
class Rig:
    database: Database
    clock: ManualClock
    book: Notebook
    records: Records

    async def say(
        self, person: Person = MARIA, key: str = "req_1", action: str = "notes.add", **inputs: Any
    ) -> Mapping[str, Any]:
        given = {"service": "rag-api", **inputs}
        return await self.records.record(Word(action, given, person, key, "terminal:c1"))

    async def audited(self) -> list[AuditRow]:
        return await self.database.read(audit.rows)

    async def whats(self) -> list[str]:
        return [row.what for row in await self.audited()]


def a_rig(database: Database, clock: ManualClock, mode: Mode = "act", policy: Policy = POLICY) -> Rig:
    book = Notebook()
    write = Action(
        "notes.burn", "write", "burn", Note, Noted, book.note, True, 30.0, book.plan, book.happened
    )
    actions = Actions(
        {
            "notes.add": Action("notes.add", "record", "note", Note, Noted, book.note, idempotent=True),
            "notes.twice": Action("notes.twice", "record", "note", Note, Noted, book.note),
            "notes.burn": write,
        }
    )
    return Rig(database, clock, book, Records(database, actions, policy, CATALOGUE, clock, mode))


@pytest.fixture
def rig(database: Database, clock: ManualClock) -> Rig:
    return a_rig(database, clock)


async def test_an_operators_word_is_enough_and_the_audit_says_before_and_after(rig: Rig) -> None:
    assert await rig.say(text="traffic was drained") == {"count": 1}
    assert rig.book.notes == {"req_1": "maria@production: traffic was drained"}
    asked, done = await rig.audited()
    assert (asked.what, done.what) == ("record.asked", "record.done")
    assert (asked.actor, asked.subject_id, asked.detail["inputs"]["service"]) == (
        "maria",
        "notes.add",
        "rag-api",
    )
    assert done.detail["output"] == {"count": 1}


async def test_the_same_key_acts_once_however_often_it_is_said(rig: Rig) -> None:
    await rig.say()
    await rig.say(text="again")
    assert rig.book.notes == {"req_1": "maria@production: written"}


async def test_who_may_not_ask_changes_nothing_and_that_is_in_the_audit(rig: Rig) -> None:
    with pytest.raises(Forbidden, match="Sam Okafor may not ask for a record; it needs the role operator"):
        await rig.say(SAM)
    assert rig.book.calls == 0
    assert await rig.whats() == ["record.refused"]


@pytest.mark.parametrize("mode", ["observe", "propose"])
async def test_a_mode_that_executes_nothing_records_nothing(
    sqlite_database: Database, clock: ManualClock, mode: Mode
) -> None:
    rig = a_rig(sqlite_database, clock, mode)
    with pytest.raises(Forbidden, match=f"The mode is {mode}"):
        await rig.say()
    assert rig.book.calls == 0


async def test_the_kill_switch_holds_records_too(rig: Rig) -> None:
    await rig.database.write(lambda conn: stop_everything(conn, PRIYA, None, rig.clock.now()))
    with pytest.raises(Halted):
        await rig.say()
    assert rig.book.calls == 0
    assert await rig.whats() == ["work.stopped", "record.refused"]


@pytest.mark.parametrize("action", ["notes.burn", "notes.twice"])
async def test_what_is_no_record_or_could_happen_twice_is_refused_whoever_asks(rig: Rig, action: str) -> None:
    with pytest.raises(Forbidden, match="Use a runbook"):
        await rig.say(PRIYA, action=action)
    assert rig.book.calls == 0


async def test_what_nothing_can_do_and_inputs_that_are_wrong_are_said(rig: Rig) -> None:
    with pytest.raises(NotFound, match=r"pages\.send"):
        await rig.say(action="pages.send")
    with pytest.raises(BadRequest, match="'colour'"):
        await rig.say(colour="red")
    assert await rig.whats() == []


async def test_a_refusal_of_the_back_end_comes_back_in_its_words(rig: Rig) -> None:
    rig.book.errors, rig.book.late = [Refused("The notebook is full.")], False
    with pytest.raises(Refused, match="The notebook is full"):
        await rig.say()
    assert await rig.whats() == ["record.asked", "record.failed"]


async def test_a_lost_answer_is_asked_for_again_with_the_same_key(rig: Rig) -> None:
    rig.book.errors = [TimedOut("no answer")]
    assert await rig.say() == {"count": 1}
    assert (rig.book.calls, len(rig.book.notes)) == (2, 1)
    assert await rig.whats() == ["record.asked", "record.done"]


async def test_when_nobody_knows_whether_it_was_done_that_is_said_and_written(rig: Rig) -> None:
    rig.book.errors = [TimedOut("no answer"), TimedOut("no answer")]
    with pytest.raises(TimedOut, match="Whether it was done is not known"):
        await rig.say()
    assert await rig.whats() == ["record.asked", "record.unknown"]


async def test_without_a_row_before_it_nothing_is_done(sqlite_database: Database, clock: ManualClock) -> None:
    rig = a_rig(sqlite_database, clock)
    await rig.database.write(lambda conn: conn.exec_driver_sql("DROP TABLE audit"))
    with pytest.raises(StoreError):
        await rig.say()
    assert rig.book.calls == 0


async def test_a_rule_about_who_asks_for_records_holds(sqlite_database: Database, clock: ManualClock) -> None:
    rules = {
        **POLICY.model_dump(mode="json", by_alias=True),
        "asking": [{"effects": ["record"], "owner": True}],
    }
    rig = a_rig(sqlite_database, clock, policy=Policy.model_validate(json.loads(json.dumps(rules))))
    assert await rig.say(MARIA)
    with pytest.raises(Forbidden, match="the team that owns it"):
        await rig.say(PRIYA)


async def test_a_freeze_for_records_holds(sqlite_database: Database, clock: ManualClock) -> None:
    freeze = {
        "name": "audit week",
        "from": "2000-01-01T00:00",
        "to": "2100-01-01T00:00",
        "timezone": "UTC",
        "effects": ["record"],
        "then": "refuse",
        "lift": {"roles": ["admin"]},
    }
    rules = {**POLICY.model_dump(mode="json", by_alias=True), "freezes": [freeze]}
    rig = a_rig(sqlite_database, clock, policy=Policy.model_validate(rules))
    with pytest.raises(Forbidden, match="audit week"):
        await rig.say()


def test_what_can_be_recorded_is_known(sqlite_database: Database, clock: ManualClock) -> None:
    records = a_rig(sqlite_database, clock).records
    assert records.can("notes.add")
    assert not records.can("notes.burn")
    assert not records.can("pages.send")
