from __future__ import annotations

from typing import Any

import pytest

from graph.answers.approvals import Found
from graph.answers.results import closed, ended
from tests.support.ledger import NOW, a_decision, a_run, a_step, an_approval

PLAN: dict[str, Any] = {
    "steps": [
        {
            "id": "one",
            "summary": "rag-api: 2 → 1",
            "change": {"before": {"version": "2"}, "after": {"version": "1"}},
        },
        {"id": "two", "summary": "", "change": None},
    ]
}
SEEN = {"verify": {"ok": True, "result": {"metric": "error_rate", "value": 0.0041, "unit": "ratio"}}}


def test_a_run_that_went_well_says_what_changed_how_it_was_checked_and_how_long_it_took() -> None:
    run = a_run(status="succeeded", plan=PLAN, ended_at=NOW + 42)
    steps = [
        a_step("one", status="done", started_at=NOW, before={"version": "2"}, output=SEEN),
        a_step("two", position=1, status="done"),
    ]
    answer = ended(run, steps)
    assert answer.text.startswith("Done in 42 s: rollback-model of rag-api in staging (run_1) is succeeded.")
    assert "Checked after: error rate 0.41 %." in answer.text
    diff = next(block for block in answer.blocks if block["type"] == "diff")
    assert diff["changes"] == [["version", "2", "1"]]
    assert answer.run is not None


@pytest.mark.parametrize(
    ("status", "step", "words"),
    [
        ("rolled_back", "undone", "Undone again: one."),
        ("failed", "undo_failed", "Could not be undone: one; look at it by hand."),
        ("cancelled", "new", "Cancelled"),
    ],
)
def test_what_was_put_back_or_could_not_be_is_said(status: str, step: str, words: str) -> None:
    run = a_run(status=status, plan=PLAN, error="It did not get well.")
    answer = ended(run, [a_step("one", status=step)])
    assert words in answer.text
    assert "It did not get well." in answer.text


def test_a_run_that_nobody_knows_of_gives_three_choices_as_commands() -> None:
    answer = ended(a_run(status="unknown"), [a_step("one", status="unknown")])
    options = answer.blocks[-1]["options"]
    assert [one["say"] for one in options] == ["happened run_1 one", "did-not run_1 one", "abort run_1 one"]


def test_a_denied_request_says_by_whom_and_why() -> None:
    found = Found(
        an_approval(status="denied"), a_run(), (), (a_decision("sam", decision="deny", reason="not today"),)
    )
    answer = closed(found)
    assert "was denied by sam: not today. Nothing was changed." in answer.text


@pytest.mark.parametrize("status", ["expired", "withdrawn", "void"])
def test_other_ends_are_said_in_words(status: str) -> None:
    answer = closed(Found(an_approval(status=status), a_run(), (), ()))
    assert status.replace("void", "void, because") in answer.text
    assert answer.text[0].isupper()
