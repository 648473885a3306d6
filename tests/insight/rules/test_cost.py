"""Money spent on nothing more than before."""

from __future__ import annotations

from insight.evidence import Evidence
from insight.rules.cost import cost_rule
from insight.symptoms import picture
from tests.insight.cases import AT, calm, error_lines, evidence, series

SPENT = (
    *calm("front", "middle", "back"),
    series("front", "cost", 3.0, 9.0, 600),
    series("front", "tokens", 1000.0, 3200.0, 600),
    series("front", "throughput", 50.0),
)


def score(given: Evidence) -> float:
    return max((one.score for one in cost_rule(picture(given, AT))), default=0.0)


def test_three_times_the_tokens_for_as_many_requests_lead_to_a_cap() -> None:
    (cause,) = cost_rule(picture(evidence(series=SPENT, baseline=()), AT))
    assert cause.score >= 0.7
    assert cause.summary == "front spends 3.2 times its usual cost and tokens on its requests"
    assert cause.remedy is not None and cause.remedy.runbook == "token-cap"


def test_lines_of_asking_again_speak_for_it() -> None:
    lines = error_lines("front", "the answer was cut off at the token limit, asked again (attempt 4 of 9)", 5)
    assert score(evidence(series=SPENT, baseline=(), logs=lines)) > score(evidence(series=SPENT, baseline=()))


def test_more_requests_that_cost_more_are_not_waste() -> None:
    risen = (*SPENT[:-1], series("front", "throughput", 50.0, 150.0, 600))
    assert score(evidence(series=risen, baseline=())) < 0.3


def test_a_service_that_spends_as_usual_has_no_such_cause() -> None:
    assert (
        score(evidence(series=(*calm("front"), series("front", "cost", 3.0, 3.4, 600)), baseline=())) == 0.0
    )
