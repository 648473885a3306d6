from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from graph.understanding.entities import extract
from graph.understanding.quantities import find, resolve_replicas
from tests.graph.world import classifier, lexicon


def first(text: str, kind: str) -> object:
    return next((one.value for one in find(text) if one.kind == kind), None)


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("scale rag-api to 6", "6"),
        ("scale rag-api to a total of 12", "12"),
        ("run five replicas of rag-api", "5"),
        ("rag-api with 4 pods", "4"),
        ("three more pods for rag-api", "+3"),
        ("add 2 instances", "+2"),
        ("add a replica", "+1"),
        ("+3 on rag-api", "+3"),
        ("scale up by two", "+2"),
        ("scale down by 2", "-2"),
        ("two fewer workers", "-2"),
        ("remove 3 pods", "-3"),
        ("double the replicas", "*2"),
        ("twice as many pods", "*2"),
        ("scale it x3", "*3"),
        ("4x the pods", "*4"),
        ("cut it in half", "*0.5"),
        ("halve rag-api", "*0.5"),
        ("8", "8"),
        ("+2", "+2"),
        ("in production to *0.5", "*0.5"),
    ],
)
def test_counts_of_replicas(text: str, symbol: str) -> None:
    assert first(text, "replicas") == symbol


@pytest.mark.parametrize(
    "text",
    [
        "scale to 20%",
        "from 9 to 5 pm",
        "to 30 minutes",
        "at 10:30",
        "move traffic to 10 percent",
        "rag-api is slow",
        "how many times a day do we deploy",
    ],
)
def test_what_is_no_count_of_replicas(text: str) -> None:
    assert first(text, "replicas") is None


@pytest.mark.parametrize(
    ("symbol", "now", "wanted"),
    [("6", 4, 6), ("+3", 4, 7), ("-2", 4, 2), ("-9", 4, 0), ("*2", 4, 8), ("*0.5", 5, 3), ("*1.5", 4, 6)],
)
def test_a_symbol_is_resolved_against_what_runs(symbol: str, now: int, wanted: int) -> None:
    assert resolve_replicas(symbol, now) == wanted


@given(some.integers(0, 500), some.integers(0, 50))
def test_adding_and_taking_away_are_each_others_undoing(now: int, step: int) -> None:
    assert resolve_replicas(f"-{step}", resolve_replicas(f"+{step}", now)) == now


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("canary at 10%", 10.0),
        ("25 percent of users", 25.0),
        ("half of the traffic", 50.0),
        ("all the traffic", 100.0),
        ("a tenth of the requests", 10.0),
        ("99.9% of requests", 99.9),
    ],
)
def test_parts_of_the_traffic(text: str, percent: float) -> None:
    assert first(text, "percent") == percent


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("if traffic doubles", 2.0),
        ("three times the load", 3.0),
        ("2x traffic", 2.0),
        ("tenfold traffic", 10.0),
        ("if traffic grows 50%", 1.5),
        ("20 percent more requests", 1.2),
        ("if requests drop by 30%", 0.7),
        ("raise the canary to 25%", None),
        ("availability of 99.9%", None),
    ],
)
def test_factors_of_growth(text: str, factor: float | None) -> None:
    said = first(text, "factor")
    assert said == (None if factor is None else pytest.approx(factor))


@pytest.mark.parametrize(
    ("text", "usd"), [("$5k", 5000.0), ("1,200 usd", 1200.0), ("$ 3.50", 3.5), ("2m dollars", 2e6)]
)
def test_money(text: str, usd: float) -> None:
    assert first(text, "amount") == usd


def test_parameters_add_up_and_are_no_versions_and_no_unknown_services() -> None:
    seen = extract(
        "deploy llama-3-8b with temperature 0.2, max_tokens=512 and context window of 8k to staging",
        lexicon(),
        classifier().known,
    )
    assert seen.found["params"] == {"temperature": 0.2, "max_tokens": 512, "max_context_tokens": 8000}
    assert "version" not in seen.found
    assert seen.unknown == ()
    assert seen.masked.split() == [
        "deploy",
        "zmodel",
        "with",
        "zparam",
        ",",
        "zparam",
        "and",
        "zparam",
        "to",
        "zenv",
    ]


def test_a_limit_of_the_autoscaler_is_no_count_of_replicas_alone() -> None:
    assert first("set the autoscaling maximum of rag-api to 16", "bound") == "maximum"
    assert first("set min replicas to 3", "bound") == "minimum"
    assert first("scale to 3 replicas", "bound") is None


def test_numbers_of_times_are_left_to_times() -> None:
    seen = extract("errors of rag-api in the last 30 minutes", lexicon(), classifier().known)
    assert seen.found["time_range"] == "-30m"
    assert "replicas" not in seen.found
