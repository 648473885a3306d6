"""The short form of many clicks at once, and that the checker sees what would be wrong."""

from __future__ import annotations

from collections import Counter

import pytest

from store.engine import Database
from tests.chaos.clicker import BOOK, STEPS, Answer
from tests.chaos.clicks import Clicked, _told, check, one_decision, races, voters
from tests.runbooks.world import PRIYA, Rig
from tests.support.clock import ManualClock

WON = Answer("apr_1", "priya", "approve", "approved", "", 1.0, 2.0)
LOST = Answer("apr_1", "sam", "approve", "Conflict", "It is already approved, by priya.", 1.0, 2.1)
DENIED = Answer("apr_1", "sam", "deny", "denied", "", 1.0, 2.0)
OTHER = Answer("apr_1", "lena", "approve", "Conflict", "It is already approved, by sam.", 1.0, 2.1)


def test_one_who_decided_and_others_who_were_told_so_are_well() -> None:
    assert _told("apr_1", "approved", [LOST, WON, LOST], ["priya"], 1) == []


@pytest.mark.parametrize(
    ("answers", "by"),
    [
        ([WON, DENIED], ["priya"]),
        ([WON, WON], ["priya"]),
        ([WON, LOST, OTHER], ["priya"]),
        ([LOST], ["priya"]),
        ([WON, LOST], ["priya", "sam"]),
    ],
    ids=["two winners", "counted twice", "told two things", "nobody was told", "one more in the ledger"],
)
def test_what_was_told_otherwise_is_found(answers: list[Answer], by: list[str]) -> None:
    assert _told("apr_1", "approved", answers, by, 1)


async def test_a_run_that_was_done_twice_or_not_at_all_is_found(
    sqlite_database: Database, clock: ManualClock
) -> None:
    rig = Rig(sqlite_database, clock, books=(BOOK,))
    asked = (await rig.propose("two", environment="production")).approval
    assert asked is not None
    await rig.approve(asked, PRIYA)
    answers = {asked.id: [Answer(asked.id, "priya", "approve", "approved", "", 1.0, 2.0)]}

    async def found(calls: int, *more: str) -> list[str]:
        acts = Counter({f"{asked.run_id}:{step}": calls for step in STEPS} | dict.fromkeys(more, 1))
        return await sqlite_database.read(lambda conn: check(conn, answers, acts, 1, Clicked(1, 1)))

    assert "its run is waiting" in (await found(0))[0]
    await rig.submit(asked.run_id)
    await rig.work()
    assert await found(1) == []
    assert "called [2, 2] times" in (await found(2))[0]
    assert await found(1, "run_0:a") == ["run_0:a was called and is of no question"]


async def test_of_many_clicks_from_three_processes_one_decides_and_all_are_told_the_same(
    request: pytest.FixtureRequest,
) -> None:
    request.getfixturevalue("postgres_server")
    found = await one_decision(1, 150, seed=11)
    assert found.wrong == []
    assert found.counts == {"approve: approved": 1, "approve: Conflict": 149}
    assert (found.runs_done, found.steps_called) == (1, 2)


async def test_of_approve_and_deny_at_once_one_wins(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("postgres_server")
    found = await races(40, seed=12)
    assert found.wrong == []
    assert found.counts["approve: approved"] + found.counts["deny: denied"] == 40
    assert found.runs_done == found.counts["approve: approved"] > 0
    assert found.together > 0


async def test_two_voters_at_once_are_both_counted_and_the_run_is_executed_once(
    request: pytest.FixtureRequest,
) -> None:
    request.getfixturevalue("postgres_server")
    found = await voters(20, seed=13)
    assert found.wrong == []
    assert found.counts == {"approve: approved": 20, "approve: pending": 20}
    assert (found.runs_done, found.steps_called) == (20, 40)
