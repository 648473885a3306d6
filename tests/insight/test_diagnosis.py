"""Verdicts: healthy, a cause, or an honest "unknown"."""

from __future__ import annotations

from dataclasses import replace

from insight.diagnosis import ENOUGH, diagnose
from insight.evidence import Cause
from insight.facts import Alert, Missing
from insight.rules import RULES
from insight.rules.provider import provider_rule
from insight.rules.release import release_rule
from tests.insight.cases import AT, calm, codes, deployment, error_lines, evidence, provider, sick


def test_a_quiet_hour_is_healthy_whatever_was_released_in_it() -> None:
    told = diagnose(evidence(changes=(deployment("front", 600), deployment("back", 300))), AT)
    assert (told.verdict, told.symptoms, told.causes) == ("healthy", (), ())


def test_the_cause_comes_first_and_symptoms_begin_with_what_was_asked_for() -> None:
    given = evidence(
        series=(*calm("back"), *sick("front", 590, errors=0.05), *sick("middle", 600)),
        changes=(deployment("front", 700), deployment("middle", 660)),
        errors=(*codes("front", c502=90, c500=10), *codes("middle", c500=90, c502=10)),
    )
    told = diagnose(given, AT)
    assert told.verdict == "cause"
    assert told.causes[0].service == "middle" and told.causes[0].score >= ENOUGH
    assert [one.score for one in told.causes] == sorted((one.score for one in told.causes), reverse=True)
    assert told.symptoms[0].service == "front"


def test_no_cause_is_certain_whatever_speaks_for_it() -> None:
    certain = Cause("release", "middle", "the release", 1.0, ("everything",), ())
    told = diagnose(
        evidence(series=(*calm("front", "back"), *sick("middle", 600))), AT, [lambda _: (certain,)]
    )
    assert [one.score for one in told.causes] == [0.99]
    assert f"{told.causes[0].score:.0%}" == "99%"


def test_without_the_rule_for_it_a_cause_is_not_known() -> None:
    bad_release = evidence(
        series=(*calm("front", "back"), *sick("middle", 600)), changes=(deployment("middle", 660),)
    )
    outage = evidence(
        series=(*calm("front", "middle"), *sick("back", 600)),
        providers=(provider("acme", "outage", 620, "back"),),
        changes=(deployment("middle", 700),),
    )
    assert diagnose(bad_release, AT).verdict == "cause"
    assert (
        diagnose(bad_release, AT, [rule for rule in RULES if rule is not release_rule]).verdict == "unknown"
    )
    assert diagnose(outage, AT).verdict == "cause"
    assert diagnose(outage, AT, [rule for rule in RULES if rule is not provider_rule]).verdict == "unknown"


def test_a_weak_suspicion_is_told_but_is_no_verdict() -> None:
    given = evidence(
        series=(*calm("back"), *sick("front", 590), *sick("middle", 600)), changes=(deployment("front", 700),)
    )
    told = diagnose(given, AT)
    assert told.verdict == "unknown"
    assert told.causes[0].service == "front" and told.causes[0].score < ENOUGH
    assert "middle, which front calls, is in trouble too" in told.causes[0].evidence_against


def test_symptoms_that_nothing_explains_are_unknown() -> None:
    told = diagnose(evidence(series=(*calm("front", "back"), *sick("middle", 600))), AT)
    assert told.verdict == "unknown" and told.symptoms


def test_what_could_not_be_seen_is_not_called_healthy() -> None:
    missing = (Missing("latency of front", "no answer within 5 s"),)
    told = diagnose(evidence(series=calm("middle", "back"), missing=missing), AT)
    assert told.verdict == "unknown"
    assert told.missing == missing
    assert diagnose(evidence(series=(), baseline=(), dependencies={}, focus=()), AT).verdict == "unknown"


def test_an_alert_alone_makes_it_not_healthy() -> None:
    alert = Alert("a", "HighErrorRate", "middle", "production", "critical", "it is high", AT - 400)
    assert diagnose(evidence(series=calm("front", "back"), alerts=(alert,)), AT).verdict == "unknown"


def test_what_was_looked_at_is_said() -> None:
    told = diagnose(
        evidence(
            changes=(deployment("front", 600), deployment("back", 9, kind="config")),
            errors=codes("front", c500=3),
        ),
        AT,
    )
    assert told.looked_at == (
        "error_rate, latency of front, middle, back over 60 min",
        "the same metrics at a comparable time before",
        "3 failed requests by code",
        "1 deployments and 1 configuration changes",
    )


def test_two_causes_that_begin_at_different_places_are_told_together() -> None:
    given = evidence(
        series=(*calm("middle"), *sick("front", 590), *sick("back", 600)),
        changes=(deployment("front", 640), deployment("back", 660)),
        errors=(*codes("front", c500=90, c502=10), *codes("back", c500=90, c502=10)),
    )
    told = diagnose(given, AT)
    assert [(one.kind, one.service) for one in told.together] == [("release", "back")]
    apart = replace(given, dependencies={"front": (), "middle": (), "back": ()})
    assert {one.service for one in diagnose(apart, AT).together} == {"front", "back"}


def test_lines_that_a_sick_service_did_not_write_before_are_told_as_new() -> None:
    now = (*error_lines("middle", "lock wait of 12 ms", 2), *error_lines("middle", "shard 7 is read-only", 5))
    given = evidence(
        series=(*calm("front", "back"), *sick("middle", 600)),
        logs=(*now, *error_lines("back", "odd", 9)),
        logs_before=error_lines("middle", "lock wait of 9 ms", 1),
    )
    told = diagnose(given, AT)
    assert [(one.service, one.pattern, one.count) for one in told.new_lines] == [
        ("middle", "shard <n> is read-only", 5)
    ]
    assert diagnose(replace(given, logs_before=()), AT).new_lines == ()
