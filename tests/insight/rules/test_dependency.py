"""A service that is slow by itself."""

from __future__ import annotations

from insight.evidence import Evidence
from insight.rules.dependency import dependency_rule
from insight.symptoms import picture
from tests.insight.cases import AT, calm, deployment, error_lines, evidence, series


def slow(service: str, since: float = 600, latency: float = 260.0) -> tuple[object, ...]:
    return (series(service, "error_rate", 0.003), series(service, "latency", 100.0, latency, since))


SLOW = (*calm("front"), *slow("middle", 590, 170.0), *slow("back"))
POOL = "waited 900 ms for a connection: all 40 are held by sessions that are idle in transaction"
CACHE = "cache miss for 812 of 1000 keys, read in 300 ms"


def score(given: Evidence) -> float:
    return max((one.score for one in dependency_rule(picture(given, AT))), default=0.0)


def test_the_slow_service_below_is_named_and_restarted() -> None:
    (cause,) = dependency_rule(picture(evidence(series=SLOW, logs=error_lines("back", POOL, 4)), AT))
    assert cause.service == "back" and cause.score >= 0.7
    assert cause.remedy is not None and cause.remedy.runbook == "restart-service"
    assert cause.explains == ("back", "middle")


def test_one_that_reads_past_its_cache_has_it_flushed() -> None:
    (cause,) = dependency_rule(picture(evidence(series=SLOW, logs=error_lines("back", CACHE, 4)), AT))
    assert cause.remedy is not None and cause.remedy.runbook == "cache-flush"


def test_a_change_saturation_errors_or_worse_answers_explain_it_better() -> None:
    plain = score(evidence(series=SLOW, baseline=()))
    assert plain >= 0.5
    changed = evidence(series=SLOW, baseline=(), changes=(deployment("back", 650),))
    full = evidence(series=(*SLOW, series("back", "saturation", 0.5, 1.0, 600)), baseline=())
    failing = evidence(
        series=(*SLOW[:-2], *SLOW[-1:], series("back", "error_rate", 0.003, 0.1, 600)), baseline=()
    )
    worse = evidence(series=(*SLOW, series("back", "eval_score", 0.9, 0.7, 600)), baseline=())
    for given in (changed, full, failing, worse):
        assert score(given) < plain


def test_a_quick_service_is_not_slow() -> None:
    assert score(evidence(series=(*calm("front", "back"), series("middle", "cost", 1.0, 5.0, 600)))) == 0.0
