"""A release that made it worse: what speaks for it and what against."""

from __future__ import annotations

from dataclasses import replace

from insight.evidence import Evidence
from insight.rules.release import release_rule
from insight.symptoms import picture
from tests.insight.cases import AT, calm, codes, deployment, error_lines, evidence, provider, series, sick


def releases(given: Evidence) -> dict[str, float]:
    return {cause.service: cause.score for cause in release_rule(picture(given, AT))}


def test_a_release_just_before_its_service_fell_sick_is_a_cause_with_its_rollback() -> None:
    seen = picture(
        evidence(series=(*calm("front", "back"), *sick("middle", 600)), changes=(deployment("middle", 660),)),
        AT,
    )
    (cause,) = release_rule(seen)
    assert cause.score >= 0.6
    assert cause.change is not None and cause.change.after == "2.0"
    assert cause.remedy is not None and cause.remedy.runbook == "rollback-service"
    assert cause.remedy.inputs == {"service": "middle", "environment": "production"}
    assert "the trouble began 60 s after 2.0" in cause.evidence_for
    assert "nothing that middle calls is in trouble" in cause.evidence_for


def test_a_release_of_a_service_that_is_well_is_innocent() -> None:
    given = evidence(
        series=(*calm("front", "back"), *sick("middle", 600)), changes=(deployment("back", 660),)
    )
    assert releases(given) == {}


def test_a_release_of_the_caller_of_a_sick_service_is_hardly_suspected() -> None:
    given = evidence(
        series=(*calm("back"), *sick("front", 590), *sick("middle", 600)),
        changes=(deployment("front", 700), deployment("middle", 660)),
        errors=(*codes("front", c502=90, c500=10), *codes("middle", c500=90, c502=10)),
    )
    scores = releases(given)
    assert scores["middle"] >= 0.8
    assert scores["front"] < 0.3


def test_a_release_after_the_trouble_or_long_before_it_is_not_suspected() -> None:
    sick_series = (*calm("front", "back"), *sick("middle", 1200))
    assert releases(evidence(series=sick_series, changes=(deployment("middle", 300),))) == {}
    assert releases(evidence(series=sick_series, changes=(deployment("middle", 3500),))) == {}


def test_a_release_that_failed_or_a_change_of_settings_is_not_a_release() -> None:
    failed = replace(deployment("middle", 660), succeeded=False)
    given = evidence(
        series=(*calm("front", "back"), *sick("middle", 600)),
        changes=(failed, deployment("middle", 650, kind="config")),
    )
    assert releases(given) == {}


def test_worse_answers_and_log_lines_that_name_the_version_speak_for_the_release() -> None:
    plain = evidence(
        series=(*calm("front", "back"), *sick("middle", 600)), changes=(deployment("middle", 660),)
    )
    told = evidence(
        series=(*plain.series, series("middle", "eval_score", 0.9, 0.7, 600)),
        changes=plain.changes,
        logs=error_lines("middle", "KeyError (version 2.0)", 4),
    )
    assert releases(told)["middle"] > releases(plain)["middle"]


def test_an_unseen_service_is_suspected_by_what_its_caller_sees() -> None:
    given = evidence(
        series=(*calm("back"), *sick("front", 600)),
        changes=(deployment("middle", 650),),
        errors=codes("front", c502=80, c500=10),
    )
    (cause,) = release_rule(picture(given, AT))
    assert cause.score >= 0.5
    assert "no metric of middle itself could be read" in cause.evidence_against


def test_trouble_older_than_the_window_leaves_an_older_release_weakly_suspected() -> None:
    given = evidence(
        series=(*calm("front", "back"), *sick("middle", 3600)), changes=(deployment("middle", 5000),)
    )
    assert 0.3 <= releases(given)["middle"] < 0.5


def test_a_release_of_the_service_whose_provider_is_out_is_hardly_suspected() -> None:
    given = evidence(
        series=(*calm("front", "middle"), *sick("back", 600)),
        providers=(provider("acme", "outage", 620, "back"),),
        changes=(deployment("back", 660),),
        errors=codes("back", c503=90, c500=5),
    )
    assert releases(given)["back"] < 0.5
