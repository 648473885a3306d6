"""An expired certificate: by its end, by what callers write, by the instant."""

from __future__ import annotations

from insight.evidence import Evidence
from insight.facts import Certificate
from insight.rules.certificate import certificate_rule
from insight.symptoms import picture
from tests.insight.cases import AT, calm, error_lines, evidence, sick

X509 = "502 /a: call to back failed: x509: certificate has expired or is not yet valid: current time is after 2026"


def ends(service: str, before: float) -> Certificate:
    return Certificate(service, "production", service, AT - before)


def causes(given: Evidence) -> dict[str, float]:
    return {one.service: one.score for one in certificate_rule(picture(given, AT))}


FAILING = evidence(series=(*calm("front"), *sick("middle", 600), *sick("back", 600)))


def test_a_certificate_that_ended_when_the_trouble_began_is_the_cause_and_renewal_its_remedy() -> None:
    given = evidence(series=FAILING.series, certificates=(ends("back", 610), ends("middle", -9e6)))
    (cause,) = certificate_rule(picture(given, AT))
    assert cause.service == "back" and cause.score >= 0.8
    assert cause.remedy is not None and cause.remedy.runbook == "certificate-renewal"
    assert cause.remedy.inputs == {"service": "back", "environment": "production"}
    assert set(cause.explains) == {"middle", "back"}
    assert "it ended 10 min ago" in cause.evidence_for


def test_one_that_ended_long_before_or_is_good_explains_little() -> None:
    assert causes(evidence(series=FAILING.series, certificates=(ends("back", 3000),)))["back"] < 0.5
    assert causes(evidence(series=FAILING.series, certificates=(ends("back", -9e6),))) == {}


def test_without_the_certificates_the_callers_lines_name_whose_it_is() -> None:
    given = evidence(series=FAILING.series, logs=error_lines("middle", X509, 5))
    assert causes(given) == {"back": 0.55}


def test_the_lines_of_the_service_itself_tell_too() -> None:
    lines = error_lines(
        "back", "TLS handshake error from 10.1.1.1: remote error: tls: expired certificate", 4
    )
    assert causes(evidence(series=FAILING.series, logs=lines)) == {"back": 0.55}


def test_a_certificate_nobody_suffers_from_is_no_cause() -> None:
    assert causes(evidence(certificates=(ends("back", 610),))) == {}
