"""What the column types do to values, on both databases."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select
from sqlalchemy.exc import StatementError

from store.engine import Database
from store.tables import clean, demo_events, metadata, runtime


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=[])))
def test_cleaned_text_can_be_stored_and_cleaning_is_done_once(value: str) -> None:
    cleaned = clean(value)
    cleaned.encode("utf-8")
    assert "\x00" not in cleaned
    assert len(cleaned) == len(value)
    assert clean(cleaned) == cleaned


async def test_whole_instants_come_back_as_floats_from_every_statement(database: Database) -> None:
    def work(conn: Connection) -> list[object]:
        stored = conn.execute(
            demo_events.insert().values(kind="x", at=1_760_000_000, data={}).returning(demo_events.c.at)
        ).scalar_one()
        return [stored, conn.execute(select(demo_events.c.at)).scalar_one()]

    found = await database.write(work)
    assert found == [1_760_000_000.0] * 2
    assert [type(one) for one in found] == [float, float]


async def test_fractions_of_instants_are_exact(database: Database) -> None:
    at = 1_760_000_000.123_456_7

    def work(conn: Connection) -> object:
        conn.execute(demo_events.insert().values(kind="x", at=at, data={}))
        return conn.execute(select(demo_events.c.at)).scalar_one()

    assert await database.write(work) == at


async def test_json_that_no_reader_could_read_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="not JSON compliant"):
        await database.write(
            lambda conn: conn.execute(demo_events.insert().values(kind="x", at=0, data={"x": float("nan")}))
        )


async def test_text_is_found_by_the_text_it_was_given_as(database: Database) -> None:
    def work(conn: Connection) -> object:
        conn.execute(runtime.insert().values(key="k", value="a\x00b"))
        return conn.execute(select(runtime.c.key).where(runtime.c.value == "a\x00b")).scalar_one()

    assert await database.write(work) == "k"


def test_every_table_has_a_key_and_names_for_its_constraints() -> None:
    for table in metadata.tables.values():
        assert table.primary_key.columns
        assert all(index.name for index in table.indexes)
