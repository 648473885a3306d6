"""More requests than a service can bear."""

from __future__ import annotations

from insight.evidence import Evidence
from insight.facts import Capacity
from insight.rules.traffic import traffic_rule
from insight.symptoms import picture
from tests.insight.cases import AT, calm, error_lines, evidence, series, sick

FULL = (*calm("front", "back"), *sick("middle", 600), series("middle", "saturation", 0.5, 1.0, 600))
RISEN = (*FULL, series("front", "throughput", 100.0, 220.0, 620))


def score(given: Evidence) -> float:
    return max((one.score for one in traffic_rule(picture(given, AT))), default=0.0)


def test_a_saturated_service_whose_callers_get_many_more_requests_is_to_be_scaled() -> None:
    bears = Capacity("middle", "production", 4, 2, 12, 10.0, 100.0)
    (cause,) = traffic_rule(picture(evidence(series=RISEN, baseline=(), capacities=(bears,)), AT))
    assert cause.score >= 0.7 and cause.service == "middle"
    assert (
        cause.summary
        == "2.2 times the usual requests reach front, more than middle, which it calls, can bear"
    )
    assert cause.remedy is not None and cause.remedy.runbook == "scale-service"
    assert cause.remedy.inputs == {"service": "middle", "environment": "production", "replicas": 9}


def test_without_more_requests_or_without_saturation_it_is_not_the_traffic() -> None:
    assert score(evidence(series=FULL, baseline=())) == 0.0
    roomy = (*calm("front", "back"), *sick("middle", 600), series("middle", "saturation", 0.5, 0.6, 600))
    assert score(evidence(series=(*roomy, RISEN[-1]), baseline=())) == 0.0


def test_lines_of_a_full_queue_stand_in_for_a_saturation_that_was_not_seen() -> None:
    unseen = (*calm("front", "back"), *sick("middle", 600), RISEN[-1])
    lines = error_lines("middle", "503 /a: the queue is full (120 wait), request rejected", 5)
    assert score(evidence(series=unseen, baseline=(), logs=lines)) >= 0.5


def test_the_service_below_that_cannot_bear_it_first_is_the_one() -> None:
    below = (*RISEN, *sick("back", 600), series("back", "saturation", 0.5, 1.0, 600))
    found = {one.service: one.score for one in traffic_rule(picture(evidence(series=below, baseline=()), AT))}
    assert found["back"] > found["middle"]
