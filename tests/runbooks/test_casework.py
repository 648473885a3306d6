from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from runbooks.casework import Company, run_cases
from runbooks.loader import LoadError
from store.engine import Database
from tests.runbooks.test_library import LIBRARY
from tests.runbooks.test_library import Company as DemoCompany
from tests.runbooks.world import CATALOGUE, PEOPLE, POLICY, ROLLBACK, World
from tests.support.clock import ManualClock

GOOD: dict[str, Any] = {
    "inputs": {"service": "rag-api", "environment": "production"},
    "requester": "maria",
    "reads": {"version.get": {"current": "v2", "previous": "v1"}, "health.get": {"value": 0.1}},
    "writes": {"version.set": {"before": {"version": "v2"}, "after": {"version": "v1"}}},
    "approve": ["priya"],
}
CAME = {
    "plan": {"effect": "write", "environment": "production", "targets": ["rag-api"]},
    "approval": {"count": 1, "not_requester": True},
    "status": "succeeded",
    "steps": {"now": "done", "back": "done", "tell": "done"},
    "writes": ["version.set service=rag-api to=v1"],
    "posts": [],
}


async def tried(folder: Path, world: World, **case: Any) -> tuple[str, ...]:
    (folder / "rollback.yaml").write_text(ROLLBACK, encoding="utf-8")
    content = {"cases": [{"name": "x", "expect": {}, **case}]}
    (folder / "rollback.test.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    (outcome,) = await run_cases(folder, Company(world.actions(), POLICY, PEOPLE, CATALOGUE))
    return outcome.problems


async def test_a_case_that_comes_as_expected_has_no_problems_and_no_effects(tmp_path: Path) -> None:
    world = World()
    assert await tried(tmp_path, world, **GOOD, expect=CAME) == ()
    assert (world.acts, world.notes, world.reads) == ([], {}, 0)


@pytest.mark.parametrize(
    ("expect", "words"),
    [
        ({"status": "failed"}, "expected the run to be failed, it is succeeded"),
        ({"refused": "no"}, "it was not refused"),
        ({"steps": {"back": "skipped"}}, "expected step back to be skipped, it is done"),
        ({"steps": {"bakc": "done"}}, "it is not in the run"),
        ({"writes": []}, "expected the writes []"),
        ({"writes": ["to=v9"]}, "expected the writes ['to=v9']"),
        ({"posts": ["hello"]}, "expected the posts ['hello']"),
        ({"approval": False}, "an approval was opened"),
        ({"approval": {"count": 2}}, "expected 2 approvers, it wants 1"),
        ({"approval": {"not_requester": False}}, "expected not_requester False"),
        ({"approval": {"may": ["sam"]}}, "expected that sam may approve"),
        ({"plan": {"effect": "read"}}, "effect to be read, it is write"),
        ({"plan": {"risk": "critical"}}, "risk to be critical"),
        ({"plan": {"targets": ["billing"]}}, "targets to be ('billing',)"),
        ({"plan": {"writes": {"bakc": {}}}}, "expected step bakc in the plan"),
        ({"plan": {"writes": {"back": {"inputs": {"to": "v7"}}}}}, "expected to of back"),
        ({"plan": {"writes": {"back": {"before": {"version": "v7"}}}}}, "expected before of back"),
        ({"plan": {"writes": {"back": {"after": {"version": "v7"}}}}}, "expected after of back"),
    ],
)
async def test_each_expectation_can_fail(tmp_path: Path, expect: dict[str, Any], words: str) -> None:
    problems = await tried(tmp_path, World(), **GOOD, expect=expect)
    assert any(words in one for one in problems), problems


async def test_what_was_refused_is_compared_in_words(tmp_path: Path) -> None:
    case = GOOD | {"requester": "jonas", "approve": []}
    assert await tried(tmp_path, World(), **case, expect={"refused": "may not ask"}) == ()
    (problem,) = await tried(tmp_path, World(), **case, expect={"status": "succeeded"})
    assert "it was refused" in problem


async def test_a_denied_plan_is_cancelled(tmp_path: Path) -> None:
    case = GOOD | {"approve": [], "deny": ["priya"]}
    assert await tried(tmp_path, World(), **case, expect={"status": "cancelled", "writes": []}) == ()


async def test_a_read_that_was_not_recorded_fails_the_case(tmp_path: Path) -> None:
    problems = await tried(tmp_path, World(), **GOOD | {"reads": {}}, expect={"refused": ""})
    assert "version.get was read and has no answer under `reads`" in problems


async def test_nobody_of_that_name_is_said(tmp_path: Path) -> None:
    case = GOOD | {"requester": "nobody-known"}
    assert await tried(tmp_path, World(), **case, expect={"refused": "There is no 'nobody-known'"}) == ()


async def test_a_runbook_that_is_wrong_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.test.yaml").write_text("cases: [{name: x, expect: {}}]\n", encoding="utf-8")
    (tmp_path / "a.yaml").write_text("version: 1\n", encoding="utf-8")
    with pytest.raises(LoadError):
        await run_cases(tmp_path, Company(World().actions(), POLICY, PEOPLE, CATALOGUE))


async def test_the_cases_of_the_library_pass(sqlite_database: Database, clock: ManualClock) -> None:
    company = DemoCompany(sqlite_database, clock)
    company.over_demo()
    outcomes = await run_cases(LIBRARY, Company(company.actions, POLICY, PEOPLE, CATALOGUE))
    assert len(outcomes) >= 12
    assert [one for one in outcomes if one.problems] == []
