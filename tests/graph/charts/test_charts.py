from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from bot.drawing.themes import config
from graph import charts
from graph.charts import Line, Mark, Stretch, Threshold
from graph.message import Block
from insight.facts import MetricSeries, Point

NOW = 1_760_000_000.0
EVIL = "</script><img src=x onerror=alert(1)> ](http://x) \u202e"


def metric(values: list[float], unit: str = "ms", name: str = "rag-api", start: float = NOW) -> MetricSeries:
    points = tuple(Point(start - 60 * (len(values) - n), value) for n, value in enumerate(values))
    return MetricSeries(name, "production", "latency", "p95", unit, 60.0, points, "q")


def every(words: str = "x") -> dict[str, Block]:
    """One chart of each kind, with `words` wherever the world's words may stand."""
    marks = [Mark(NOW - 120, words, "deployment"), Mark(NOW - 100, words, "alert", float("inf"))]
    level = [Threshold(2.0, words)]
    days = [Point(NOW - 86_400 * n, 3.0 + n) for n in range(9, 0, -1)]
    three = metric([1.0, 2.0, 5.0, 4.0, 4.5], name=words)
    seen: dict[str, Any] = {"zone": "Europe/Berlin", "now": NOW}
    return {
        "line": charts.series(three, words, marks=marks, thresholds=level, **seen),
        "lines": charts.line(words, "ms", [Line("a", three.points), Line(words, three.points)], **seen),
        "comparison": charts.comparison(
            three, metric([1, 2], start=NOW - 86_400), words, words=words, **seen
        ),
        "none": charts.series(metric([]), words, **seen),
        "one": charts.series(metric([1.0]), words, **seen),
        "stacked": charts.stacked(words, "USD", {f"{words}{n}": days for n in range(9)}, **seen),
        "nothing spent": charts.stacked(words, "USD", {}, **seen),
        "burn": charts.burn(
            words, [Point(one.at, 1 - n / 5) for n, one in enumerate(days)], marks=marks, **seen
        ),
        "shifts": charts.timeline(words, [Stretch(words, NOW, NOW + 3600, words)], marks=marks, **seen),
        "events": charts.timeline(words, marks=marks, **seen),
        "quiet": charts.timeline(words, **seen),
        "bars": charts.bars(words, "ratio", [(words, 0.4), ("b", -0.2)]),
        "no bars": charts.bars(words, "ratio", []),
    }


@pytest.mark.parametrize("kind", every())
def test_every_chart_is_json_with_its_values_inside_and_says_its_figures(kind: str) -> None:
    block = every()[kind]
    assert json.loads(json.dumps(block)) == block
    assert block["summary"]
    assert "url" not in json.dumps(block["spec"]).replace("$schema", "")
    assert len(json.dumps(block)) < 16_000


@pytest.mark.parametrize("kind", every())
def test_words_of_the_world_are_data_and_never_an_expression_or_a_field(kind: str) -> None:
    def walk(part: object, key: str = "") -> None:
        if isinstance(part, dict):
            for name, value in part.items():
                walk(value, name)
        elif isinstance(part, list):
            for value in part:
                walk(value, key)
        elif isinstance(part, str) and "onerror" in part:
            assert key in ("label", "series", "name", "lane", "title", "domain", "sort"), key

    walk(every(EVIL)[kind]["spec"])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_style_that_a_chart_names_is_known_to_both_themes(theme: str) -> None:
    known = config(theme)["style"].keys()  # type: ignore[arg-type]
    named: set[str] = set()

    def walk(part: object) -> None:
        if isinstance(part, dict):
            if isinstance(part.get("style"), str):
                named.add(part["style"])
            for value in part.values():
                walk(value)
        elif isinstance(part, list):
            for value in part:
                walk(value)

    for block in every().values():
        walk(block["spec"])
    assert named and named <= known


@pytest.mark.parametrize("make", [lambda n: charts.bars("t", "USD", [(str(one), 1.0) for one in range(n)])])
def test_a_thousand_rows_make_no_thousand_bars(make: Callable[[int], Block]) -> None:
    assert len(make(1000)["spec"]["data"]["values"]) == 20
