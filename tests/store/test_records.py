"""Records and their ids."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from typing import get_args

import pytest
from sqlalchemy import Table

from store import records, tables
from store.records import new_id
from tests.support.ledger import NOW, a_run


def test_ids_sort_by_time_and_do_not_repeat() -> None:
    ids = [new_id("req", NOW + step / 1000) for step in range(500)]
    assert ids == sorted(ids)
    assert len({new_id("run", NOW) for _ in range(5000)}) == 5000
    assert all(id.startswith("req_") and len(id) == 20 for id in ids)
    assert new_id("req", 4_102_444_800.0) > ids[-1]


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        a_run().status = "failed"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("record", "table"),
    [
        (records.Inbox, tables.inbox),
        (records.Turn, tables.turns),
        (records.Outgoing, tables.outbox),
        (records.Run, tables.runs),
        (records.Step, tables.steps),
        (records.Approval, tables.approvals),
        (records.Decision, tables.decisions),
        (records.AuditRow, tables.audit),
        (records.Worker, tables.workers),
        (records.Session, tables.sessions),
    ],
)
def test_a_table_has_the_fields_of_its_record_in_their_order(record: type, table: Table) -> None:
    names = [one.name for one in fields(record)]
    assert [column.name for column in table.c][: len(names)] == names
    assert {column.name for column in table.c} - set(names) <= {"seq"}


def test_the_words_for_states_are_those_of_the_tables_of_transitions() -> None:
    assert len(get_args(records.RunStatus)) == 10
    assert set(get_args(records.StepStatus)) >= {"new", "started", "done", "undo_failed"}
