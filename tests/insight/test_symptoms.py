"""From series to who is sick since when."""

from __future__ import annotations

from dataclasses import replace

from insight.facts import Alert
from insight.symptoms import picture
from tests.insight.cases import AT, calm, codes, error_lines, evidence, series, sick


def test_a_quiet_hour_has_no_symptoms() -> None:
    assert picture(evidence(), AT).symptoms == {}


def test_symptoms_are_by_service_the_biggest_first_with_words_and_query() -> None:
    seen = picture(evidence(series=(*calm("front", "back"), *sick("middle", 600))), AT)
    assert list(seen.symptoms) == ["middle"]
    errors, latency = seen.symptoms["middle"]
    assert errors.summary == "error_rate of middle is 10 %, usually 0.3 %"
    assert errors.query == "q:middle:error_rate"
    assert errors.size > latency.size
    assert seen.since("middle") == AT - 600


def test_who_calls_whom_is_followed_through_others() -> None:
    seen = picture(evidence(series=(*calm("middle"), *sick("front", 500), *sick("back", 600))), AT)
    assert seen.sick_below("front") == ("back",)
    assert seen.sick_above("back") == ()
    assert seen.calls["front"] == ("middle", "back")


def test_an_alert_is_a_symptom_where_no_series_came() -> None:
    alert = Alert("a", "HighErrorRate", "middle", "production", "critical", "it is high", AT - 400)
    seen = picture(evidence(series=calm("front", "back"), alerts=(alert,)), AT)
    assert seen.symptoms["middle"][0].summary == "the alert HighErrorRate fires: it is high"
    assert seen.since("middle") == AT - 400
    assert seen.unseen("middle") and not seen.unseen("front")


def test_an_alert_of_a_service_that_was_not_looked_at_is_left_out() -> None:
    alert = Alert("a", "HighErrorRate", "elsewhere", "production", "critical", "it is high", AT - 400)
    assert picture(evidence(alerts=(alert,)), AT).symptoms == {}


def test_the_upstream_share_needs_enough_failed_requests() -> None:
    assert picture(evidence(errors=codes("front", c502=15, c500=4)), AT).upstream_share("front") is None
    assert picture(evidence(errors=codes("front", c502=75, c500=25)), AT).upstream_share("front") == 0.75


def test_only_error_lines_of_the_service_that_have_the_words_count() -> None:
    logs = (*error_lines("front", "version 2.0 failed", 3), *error_lines("back", "version 2.0", 2))
    assert picture(evidence(logs=logs), AT).lines_naming("front", "2.0") == 3


def test_a_service_whose_series_have_no_points_is_unseen() -> None:
    empty = replace(series("middle", "latency", 100.0), points=())
    assert picture(evidence(series=(*calm("front"), empty)), AT).unseen("middle")
