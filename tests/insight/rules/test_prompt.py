"""A prompt that was changed: worse answers, not slower ones."""

from __future__ import annotations

from dataclasses import replace

from insight.evidence import Evidence
from insight.facts import Change
from insight.rules.prompt import prompt_rule
from insight.symptoms import picture
from tests.insight.cases import AT, calm, deployment, error_lines, evidence, series

WORSE = (*calm("front", "middle", "back"), series("middle", "eval_score", 0.9, 0.7, 600))


def prompt(service: str, before: float) -> Change:
    one = deployment(service, before, kind="prompt")
    return replace(one, before="triage@v6", after="triage@v7")


def score(given: Evidence) -> float:
    return max((one.score for one in prompt_rule(picture(given, AT))), default=0.0)


def test_answers_that_became_worse_after_a_prompt_was_changed_lead_to_the_version_before() -> None:
    given = evidence(series=WORSE, baseline=(), changes=(prompt("middle", 640),))
    (cause,) = prompt_rule(picture(given, AT))
    assert cause.score >= 0.7
    assert cause.summary == "version v7 of the prompt triage of middle (before: v6)"
    assert cause.remedy is not None and cause.remedy.runbook == "prompt-rollback"
    assert cause.remedy.inputs == {
        "service": "middle",
        "prompt": "triage",
        "environment": "production",
        "version": "v6",
    }


def test_lines_that_name_the_version_or_speak_of_its_form_count() -> None:
    plain = evidence(series=WORSE, baseline=(), changes=(prompt("middle", 640),))
    told = replace(
        plain, logs=error_lines("middle", "422: the answer is not the JSON asked for (triage@v7)", 4)
    )
    assert score(told) > score(plain)


def test_a_service_that_is_slower_too_is_hardly_sick_by_its_prompt() -> None:
    slow = (*WORSE, series("middle", "ttft", 200.0, 500.0, 600))
    with_both = evidence(series=slow, baseline=(), changes=(prompt("middle", 640),))
    assert score(with_both) < score(evidence(series=WORSE, baseline=(), changes=(prompt("middle", 640),)))


def test_a_prompt_of_another_service_or_of_another_time_is_innocent() -> None:
    assert score(evidence(series=WORSE, baseline=(), changes=(prompt("back", 640),))) == 0.0
    assert score(evidence(series=WORSE, baseline=(), changes=(prompt("middle", 3000),))) == 0.0
    assert score(evidence(series=WORSE, baseline=(), changes=(deployment("middle", 640),))) == 0.0
