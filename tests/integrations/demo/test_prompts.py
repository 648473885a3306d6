"""Versions of prompts."""

from __future__ import annotations

import pytest

from integrations.demo.events import Event
from integrations.demo.prompts import Prompts, speaking
from integrations.errors import Absent
from tests.support.fleet import catalogue


@pytest.fixture
def prompts() -> Prompts:
    return Prompts(catalogue(), 1)


def test_every_service_that_answers_with_a_model_has_one_prompt(prompts: Prompts) -> None:
    able = speaking(catalogue())
    assert sorted(name for one in catalogue().prompts for name in prompts.services(one)) == sorted(able)
    assert "rag-api" in prompts.services("support-triage")


def test_the_version_before_is_what_ran_before_and_else_the_number_before(prompts: Prompts) -> None:
    first = prompts.current("refund-policy", "staging")
    number = int(first.removeprefix("v"))
    assert prompts.previous("refund-policy", "staging") == f"v{number - 1}"
    event = Event(
        1, "prompt.set", 0.0, {"prompt": "refund-policy", "environment": "staging", "version": "v2"}
    )
    notes = prompts.apply(event)
    assert all((one.before, one.after) == (f"refund-policy@{first}", "refund-policy@v2") for one in notes)
    assert prompts.current("refund-policy", "staging") == "v2"
    assert prompts.previous("refund-policy", "staging") == first
    assert prompts.current("refund-policy", "production") == first


def test_a_new_version_that_answers_worse_scores_worse_everywhere(prompts: Prompts) -> None:
    new = prompts.following("support-triage")
    prompts.put("support-triage", "production", new, bad=True)
    scores = dict(prompts.versions("support-triage"))
    assert scores.pop(new) < min(scores.values()) - 0.1
    assert all(0.8 <= score <= 0.93 for score in scores.values())
    with pytest.raises(Absent, match="no prompt 'poems'"):
        prompts.must_know("poems")
