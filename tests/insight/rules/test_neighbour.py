"""A job on the node of sick services."""

from __future__ import annotations

from insight.evidence import Evidence
from insight.facts import Node, Tenant
from insight.rules.neighbour import neighbour_rule
from insight.symptoms import picture
from tests.insight.cases import AT, calm, error_lines, evidence, series


def node(*services: str, share: float = 0.6, since: float = 640) -> Node:
    ours = tuple(Tenant(name, "service", 0.2, 0.0) for name in services)
    job = Tenant("backfill", "job", share, AT - since)
    return Node("n-1", "production", "A100", False, (*ours, job, Tenant("shipper", "job", 0.02, AT - 600)))


def slow(*services: str) -> tuple[object, ...]:
    return tuple(
        one
        for name in services
        for one in (series(name, "latency", 100.0, 250.0, 600), series(name, "gpu", 0.5, 0.95, 600))
    )


def score(given: Evidence) -> float:
    return max((one.score for one in neighbour_rule(picture(given, AT))), default=0.0)


def test_a_job_that_began_just_before_its_neighbours_became_slow_leads_to_draining_the_node() -> None:
    given = evidence(series=(*slow("back"), *calm("front", "middle")), baseline=(), nodes=(node("back"),))
    (cause,) = neighbour_rule(picture(given, AT))
    assert cause.score >= 0.6 and cause.service == "back"
    assert cause.summary == "the job backfill takes the node n-1 that back runs on"
    assert cause.remedy is not None and cause.remedy.runbook == "drain-node"
    assert cause.remedy.inputs == {"node": "n-1", "environment": "production"}


def test_all_services_of_the_node_in_trouble_speak_for_it_and_well_ones_against() -> None:
    both = evidence(series=slow("front", "back"), baseline=(), nodes=(node("front", "back"),))
    one = evidence(series=(*slow("back"), *calm("front")), baseline=(), nodes=(node("front", "back"),))
    assert score(both) > score(one)


def test_lines_of_waiting_for_the_machine_speak_for_it() -> None:
    plain = evidence(series=slow("back"), baseline=(), nodes=(node("back"),))
    lines = error_lines("back", "throttled: 180 ms of the last second", 4)
    told = evidence(series=slow("back"), baseline=(), nodes=(node("back"),), logs=lines)
    assert score(told) > score(plain)


def test_a_small_or_an_old_job_and_one_on_another_node_explain_little() -> None:
    assert score(evidence(series=slow("back"), baseline=(), nodes=(node("back", share=0.1),))) == 0.0
    assert score(evidence(series=slow("back"), baseline=(), nodes=(node("back", since=9000),))) < 0.5
    assert score(evidence(series=slow("back"), baseline=(), nodes=(node("front"),))) == 0.0


def test_where_nodes_cannot_be_seen_the_lines_alone_tell_and_nothing_is_offered() -> None:
    lines = error_lines("back", "throttled: 180 ms of the last second", 4)
    (cause,) = neighbour_rule(picture(evidence(series=slow("back"), baseline=(), logs=lines), AT))
    assert cause.score >= 0.5 and cause.remedy is None
    assert cause.evidence_against == ("what runs on its node could not be seen",)
