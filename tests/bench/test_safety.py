"""The short form of what safety costs, and that a run that failed is not hidden by a good mean."""

from __future__ import annotations

import pytest

from tests.bench.bench_safety import Spent, measure, report
from tests.bench.served import place

WELL = Spent(0.03, 0.01, 0.01, [0.01], ["succeeded"], 5)


def test_a_run_that_did_not_succeed_breaks_the_promise() -> None:
    failed = Spent(0.03, 0.01, 0.01, [0.01], ["failed"], 5)
    assert [row.mark for row in report(WELL, failed).rows[:3]] == ["yes", "yes", "NO"]


def test_a_step_called_once_more_breaks_the_promise() -> None:
    twice = Spent(0.03, 0.01, 0.01, [0.01], ["succeeded"], 6)
    assert [row.mark for row in report(twice, WELL).rows[:3]] == ["yes", "yes", "NO"]


def test_a_costly_run_or_a_late_first_step_breaks_its_promise() -> None:
    costly, late = Spent(0.06, ended=["succeeded"], calls=5), Spent(0.0, 0.0, 0.0, [0.2], ["succeeded"], 5)
    assert [row.mark for row in report(costly, late).rows[:3]] == ["NO", "NO", "yes"]


@pytest.mark.parametrize("graph", [False, True], ids=["engine", "graph"])
async def test_an_approved_run_goes_to_its_end_and_calls_each_step_once(graph: bool) -> None:
    with place("sqlite") as (folder, _):
        spent = await measure(folder, 5, warm=1, graph=graph)
    assert spent.ended == ["succeeded"] * 5
    assert spent.calls == 25
    assert len(spent.late) == 5
    assert all(0 < seconds < 5 for seconds in spent.late)
    assert 0 < spent.asking < spent.whole
