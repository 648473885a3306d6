"""A model provider that fails: by its own word, or by the errors of those that use it."""

from __future__ import annotations

from dataclasses import replace

from insight.evidence import Evidence
from insight.rules.provider import provider_rule
from insight.symptoms import picture
from tests.insight.cases import AT, calm, codes, error_lines, evidence, provider, sick


def providers(given: Evidence) -> dict[str, float]:
    return {str(cause.provider): cause.score for cause in provider_rule(picture(given, AT))}


def test_a_provider_that_says_so_explains_the_service_that_uses_it() -> None:
    given = evidence(
        series=(*calm("front", "middle"), *sick("back", 600)),
        providers=(provider("acme", "outage", 620, "back"), provider("other", "operational", 9e6)),
        errors=codes("back", c503=90, c500=5),
    )
    (cause,) = provider_rule(picture(given, AT))
    assert cause.score >= 0.85
    assert cause.remedy is not None and cause.remedy.runbook == "provider-failover"
    assert cause.remedy.inputs == {"service": "back", "environment": "production", "to": "other"}


def test_without_another_provider_there_is_nothing_to_offer_and_that_is_said() -> None:
    given = evidence(
        series=(*calm("front", "middle"), *sick("back", 600)),
        providers=(provider("acme", "outage", 620, "back"),),
    )
    (cause,) = provider_rule(picture(given, AT))
    assert cause.remedy is None
    assert "nowhere to fail over to" in cause.evidence_against[-1]


def test_an_outage_of_a_provider_that_only_well_services_use_is_no_cause() -> None:
    given = evidence(
        series=(*calm("front", "back"), *sick("middle", 600)),
        providers=(provider("acme", "outage", 620, "back"),),
    )
    assert providers(given) == {}


def test_a_status_page_that_lags_is_overruled_by_errors_that_name_the_provider() -> None:
    given = evidence(
        series=(*calm("front", "middle"), *sick("back", 600)),
        providers=(provider("acme", "operational", 9e6, "back"),),
        errors=codes("back", c503=90, c500=5),
        logs=error_lines("back", "upstream acme answered 503", 5),
    )
    assert providers(given)["acme"] >= 0.5
    assert providers(replace(given, logs=())) == {}
