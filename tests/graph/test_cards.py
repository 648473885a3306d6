from __future__ import annotations

import json

from graph import cards
from insight.facts import MetricSeries, Point


def series(values: list[float]) -> MetricSeries:
    points = tuple(Point(60.0 * one, value) for one, value in enumerate(values))
    return MetricSeries("rag-api", "production", "latency", "p95", "ms", 60.0, points, "q")


def test_a_chart_has_at_most_that_many_points_of_four_digits() -> None:
    block = cards.chart(series([1234.5678 + one for one in range(100)]), "t", 30)
    values = block["spec"]["data"]["values"]
    assert len(values) <= 30
    assert values[0] == [0, 1235]


def test_a_chart_of_few_points_keeps_them_all() -> None:
    assert len(cards.chart(series([0.12345, 2.0]), "t", 30)["spec"]["data"]["values"]) == 2
    assert cards.chart(series([0.12345]), "t")["spec"]["data"]["values"] == [[0, 0.1235]]


def test_a_difference_shows_what_changes_only() -> None:
    block = cards.diff("rag-api", {"version": "2", "replicas": 3}, {"version": "1", "replicas": 3})
    assert block["changes"] == [["version", "2", "1"]]


def test_every_block_is_plain_json() -> None:
    view = {
        "id": "run_1",
        "runbook": "r",
        "status": "running",
        "steps": [{"id": "a", "action": "x", "status": "new"}],
    }
    blocks = [
        cards.text("a"),
        cards.facts({"a": "b"}),
        cards.table(["a"], [["b"]]),
        cards.code("a"),
        cards.choices([("a", "b")], "which"),
        cards.progress(view),
        cards.approval({"id": "apr_1", "plan_hash": "h"}),
        cards.error("a", "b"),
    ]
    assert json.loads(json.dumps(blocks)) == blocks
