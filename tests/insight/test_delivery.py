from __future__ import annotations

from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as some

from insight.delivery import BLAMED, DAY, delivered, failures, grouped, is_rollback, lead_times, restored
from insight.facts import Change, Incident

HOUR = 3600.0


def deployed(
    at: float,
    before: str,
    after: str,
    service: str = "rag-api",
    by: str = "maria",
    environment: str = "production",
    ok: bool = True,
) -> Change:
    return Change(f"dep-{at:g}", "deployment", service, environment, at, by, before, after, "", ok)


def incident(
    opened: float, resolved: float | None = None, seen: float | None = None, service: str = "rag-api"
) -> Incident:
    status: Literal["open", "resolved"] = "open" if resolved is None else "resolved"
    return Incident(
        "INC-1", "slow", service, "production", "sev2", status, opened, resolved, acknowledged_at=seen
    )


def test_a_return_to_the_version_before_is_a_rollback() -> None:
    line = [deployed(0, "1", "2"), deployed(HOUR, "2", "1")]
    assert not is_rollback(line[0], ())
    assert is_rollback(line[1], line[:1])
    assert not is_rollback(deployed(HOUR, "2", "3"), line[:1])
    assert not is_rollback(deployed(HOUR, "2", "1", service="checkout"), line[:1])
    assert not is_rollback(deployed(4 * DAY, "2", "1"), line[:1])


def test_a_release_that_was_taken_back_went_wrong_until_then_and_its_rollback_did_not() -> None:
    line = [deployed(0, "1", "2"), deployed(HOUR, "2", "1", by="sam"), deployed(5 * HOUR, "1", "3")]
    (bad,) = failures(line, (), DAY)
    assert (bad.change, bad.why, bad.over_at) == (line[0], "rolled back by sam", HOUR)


def test_a_release_that_failed_went_wrong() -> None:
    (bad,) = failures([deployed(0, "1", "2", ok=False), deployed(HOUR, "1", "3")], (), DAY)
    assert (bad.why, bad.over_at) == ("failed", None)


def test_an_incident_soon_after_is_blamed_on_the_release_of_its_service() -> None:
    line = [deployed(0, "1", "2"), deployed(0, "1", "2", service="checkout")]
    (bad,) = failures(line, [incident(600, resolved=2400)], DAY)
    assert (bad.change.service, bad.over_at) == ("rag-api", 2400)
    assert failures(line, [incident(BLAMED + 1)], DAY) == ()
    assert failures(line, [incident(-1)], DAY) == ()


def test_lead_time_runs_from_the_first_deployment_anywhere() -> None:
    history = [
        deployed(0, "1", "2", environment="dev"),
        deployed(5 * HOUR, "1", "2", environment="staging"),
        deployed(30 * HOUR, "1", "2"),
    ]
    assert lead_times([history[2]], history, "production") == [30 * HOUR]
    assert lead_times([deployed(9, "2", "7")], history, "production") == []


def test_the_four_keys_of_a_month() -> None:
    line = [
        deployed(DAY, "1", "2"),
        deployed(DAY + HOUR, "2", "1"),
        deployed(8 * DAY, "1", "3"),
        deployed(15 * DAY, "3", "4"),
    ]
    born = [deployed(6 * DAY, "1", "3", environment="dev"), deployed(14 * DAY, "3", "4", environment="dev")]
    seen = delivered("all", line, [*born, *line], (), 28.0, 28 * DAY)
    assert (seen.deployments, seen.rollbacks, seen.changes) == (4, 1, 3)
    assert seen.per_week == 1.0
    assert seen.failure_rate == 1 / 3
    assert seen.lead_time == 1.5 * DAY
    assert seen.recovery == HOUR


def test_nothing_deployed_has_no_rate() -> None:
    seen = delivered("all", (), (), (), 7.0, DAY)
    assert (seen.per_week, seen.failure_rate, seen.lead_time) == (0.0, None, None)


def test_time_to_restore_counts_those_that_were() -> None:
    seen = restored([incident(0, 600, 60), incident(0, 1200, 120), incident(0)])
    assert (seen.incidents, seen.acknowledged, seen.resolved) == (3, 90, 900)
    assert restored([]).resolved is None


@settings(max_examples=80, deadline=None)
@given(
    some.lists(
        some.tuples(some.sampled_from("ab"), some.sampled_from("xyz"), some.booleans(), some.integers(1, 5)),
        max_size=40,
    )
)
def test_groups_add_up_to_the_whole(rows: list[tuple[str, str, bool, int]]) -> None:
    line = [
        deployed(n * HOUR, str(version), str(version + 1), service, by, ok=ok)
        for n, (service, by, ok, version) in enumerate(rows)
    ]
    whole = delivered("all", line, line, (), 7.0, 7 * DAY)
    parts = grouped(line, lambda one: one.service, line, (), 7.0, 7 * DAY)
    assert sum(one.deployments for one in parts) == whole.deployments == len(line)
    assert sum(len(one.failures) for one in parts) == len(whole.failures)
    assert sum(one.rollbacks for one in parts) == whole.rollbacks
    assert len(whole.failures) <= whole.changes
    assert [one.deployments for one in parts] == sorted((one.deployments for one in parts), reverse=True)
