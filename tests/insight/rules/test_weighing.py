"""What all rules weigh in the same way."""

from __future__ import annotations

from insight.facts import Capacity
from insight.rules.weighing import Weighing, just_changed, minutes, more_requests, scaling, sick_earlier
from insight.symptoms import picture
from tests.insight.cases import AT, calm, deployment, evidence, series, sick


def test_lengths_of_time_are_said_in_seconds_or_minutes() -> None:
    assert minutes(42.4) == "42 s"
    assert minutes(-5) == "0 s"
    assert minutes(660) == "11 min"


def test_a_weighing_keeps_what_speaks_for_and_against_and_stays_between_nought_and_one() -> None:
    weighed = Weighing()
    weighed.add(0.9, "this")
    weighed.add(0.4, "that")
    assert weighed.settled == 1.0
    weighed.add(-2.0, "but")
    assert (weighed.settled, weighed.pro, weighed.contra) == (0.0, ["this", "that"], ["but"])


def test_what_fell_sick_later_below_does_not_excuse_a_service() -> None:
    given = evidence(series=(*calm("front"), *sick("middle", 900), *sick("back", 300)))
    assert sick_earlier(picture(given, AT), "middle") == []
    given = evidence(series=(*calm("front"), *sick("middle", 300), *sick("back", 310)))
    assert sick_earlier(picture(given, AT), "middle") == ["back"]


def test_the_last_change_shortly_before_the_trouble_is_found() -> None:
    changes = (deployment("middle", 1400), deployment("middle", 640), deployment("middle", 100))
    seen = picture(evidence(series=(*calm("front", "back"), *sick("middle", 600)), changes=changes), AT)
    assert just_changed(seen, "middle", "deployment") is changes[1]
    assert just_changed(seen, "middle", "config") is None
    assert just_changed(seen, "front", "deployment") is None


def test_the_caller_whose_requests_grew_the_most_is_named() -> None:
    seen = picture(
        evidence(
            series=(
                *calm("front", "middle", "back"),
                series("front", "throughput", 10.0, 25.0, 600),
                series("middle", "throughput", 10.0, 16.0, 600),
            ),
            baseline=(),
        ),
        AT,
    )
    assert more_requests(seen, "middle") == ("front", 2.5)
    assert more_requests(seen, "front") == ("front", 2.5)


def test_more_replicas_stay_within_the_bounds_that_are_known() -> None:
    bears = Capacity("middle", "production", 4, 2, 7, 10.0, 100.0)
    seen = picture(evidence(capacities=(bears,)), AT)
    assert scaling(seen, "middle", 1.5).inputs["replicas"] == 6
    assert scaling(seen, "middle", 3.0).inputs["replicas"] == 7
    assert "replicas" not in scaling(seen, "front", 3.0).inputs
