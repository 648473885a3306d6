"""A service at the end of its capacity by its usual requests."""

from __future__ import annotations

from insight.evidence import Evidence
from insight.rules.saturation import saturation_rule
from insight.symptoms import picture
from tests.insight.cases import AT, calm, deployment, error_lines, evidence, series, sick

FULL = (
    *calm("front", "middle"),
    *sick("back", 600),
    series("back", "saturation", 0.5, 1.0, 600),
    series("back", "queue_depth", 4.0, 40.0, 600),
    series("back", "throughput", 100.0),
)
WORN = error_lines("back", "slow query: 900 ms over 212 index segments, 61% of their rows are deleted", 5)


def score(given: Evidence) -> float:
    return max((one.score for one in saturation_rule(picture(given, AT))), default=0.0)


def test_a_worn_index_is_to_be_rebuilt_and_any_other_service_to_be_scaled() -> None:
    (worn,) = saturation_rule(picture(evidence(series=FULL, baseline=(), logs=WORN), AT))
    (other,) = saturation_rule(picture(evidence(series=FULL, baseline=()), AT))
    assert worn.score > other.score >= 0.5
    assert worn.remedy is not None and worn.remedy.runbook == "reindex-vectors"
    assert other.remedy is not None and other.remedy.runbook == "scale-service"


def test_more_requests_or_a_release_just_before_explain_it_better() -> None:
    risen = (*FULL[:-1], series("back", "throughput", 100.0, 220.0, 610))
    assert score(evidence(series=risen, baseline=())) < 0.5
    assert score(evidence(series=FULL, baseline=(), changes=(deployment("back", 660),))) < 0.5


def test_a_service_with_room_left_is_not_saturated() -> None:
    roomy = (*calm("front", "middle"), *sick("back", 600), series("back", "saturation", 0.5, 0.6, 600))
    assert score(evidence(series=roomy, baseline=())) == 0.0
