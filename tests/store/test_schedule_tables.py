from __future__ import annotations

from dataclasses import fields

from store.schedule_records import Firing, Schedule
from store.schedule_tables import firings, schedules


def test_columns_stand_in_the_order_of_the_records_fields() -> None:
    assert [column.name for column in schedules.c] == [one.name for one in fields(Schedule)]
    assert [column.name for column in firings.c] == [one.name for one in fields(Firing)]
