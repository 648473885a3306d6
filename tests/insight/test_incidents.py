from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as some

from insight.facts import Incident
from insight.incidents import cause_kind, patterns

ONE = Incident(
    "INC-1", "it fails", "api", "production", "sev2", "resolved", 1000.0, 1600.0,
    acknowledged_at=1100.0, assignee="maria", cause="release 1.2.3 of api failed requests; it was rolled back",
)  # fmt: skip
TWO = replace(ONE, id="INC-2", opened_at=5000.0, acknowledged_at=5300.0, resolved_at=7000.0,
              cause="release 1.3.0 of api failed requests; it was rolled back")  # fmt: skip
OPEN = Incident("INC-3", "slow", "db", "production", "sev1", "open", 9000.0)


def test_mean_times_count_only_those_that_were_taken_and_ended() -> None:
    found = patterns([ONE, TWO, OPEN])
    assert (found.mtta, found.mttr, found.median_restore) == (200.0, 1300.0, 1300.0)
    assert found.longest == TWO
    assert found.unexplained == 1


def test_the_same_cause_in_other_releases_is_one_kind() -> None:
    assert cause_kind(ONE) == cause_kind(TWO) == "release … of the service failed requests"
    assert patterns([ONE, TWO, OPEN]).recurring == (("api", "release … of the service failed requests", 2),)


def test_services_and_severities_are_counted_most_first() -> None:
    found = patterns([OPEN, ONE, TWO])
    assert found.by_service == (("api", 2), ("db", 1))
    assert found.by_severity == (("sev1", 1), ("sev2", 2))


def test_of_nothing_nothing_is_said() -> None:
    found = patterns([])
    assert (found.count, found.mtta, found.mttr, found.longest, found.by_cause) == (0, None, None, None, ())


@given(some.lists(some.floats(1.0, 1e6), min_size=1, max_size=20))
def test_the_mean_time_to_restore_lies_between_the_shortest_and_the_longest(lengths: list[float]) -> None:
    found = patterns([replace(ONE, resolved_at=ONE.opened_at + one) for one in lengths])
    assert found.mttr is not None
    assert min(lengths) - 1e-3 <= found.mttr <= max(lengths) + 1e-3
    assert found.longest is not None
