"""The table of transitions is that of the contract."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from store import records
from store.transitions import APPROVAL, RUN, STEP, TABLES, allowed

CONTRACT = {
    "approval": "pending → approved denied expired withdrawn void",
    "run": "waiting → queued cancelled; queued → running cancelled; running → paused; paused → running;"
    " running → succeeded failed undoing unknown cancelled; undoing → rolled_back unknown failed;"
    " unknown → running failed cancelled",
    "step": "new → started skipped; started → done failed unknown; unknown → done failed; done → undone undo_failed",
}


@pytest.mark.parametrize("kind", sorted(TABLES))
def test_the_ways_are_those_of_the_contract_and_no_others(kind: str) -> None:
    wanted = set()
    for clause in CONTRACT[kind].split(";"):
        before, _, after = clause.strip().partition(" → ")
        wanted |= {(before, one) for one in after.split()}
    assert {(before, after) for before, ends in TABLES[kind].items() for after in ends} == wanted


@pytest.mark.parametrize(
    ("table", "words"),
    [(APPROVAL, records.ApprovalStatus), (RUN, records.RunStatus), (STEP, records.StepStatus)],
)
def test_every_state_has_its_line_and_every_way_ends_in_a_state(table: Any, words: Any) -> None:
    assert set(table) == set(get_args(words))
    assert set().union(*table.values()) <= set(table)


def test_nothing_goes_from_a_state_to_itself() -> None:
    assert not any(allowed(kind, state, state) for kind, table in TABLES.items() for state in table)
