from __future__ import annotations

from typing import Any

from graph import charts
from graph.charts import Line, Mark, Threshold
from graph.charts.lines import MOST_POINTS, thinned
from insight.facts import Point
from tests.graph.charts.test_charts import NOW, metric

SEEN: dict[str, Any] = {"zone": "UTC", "now": NOW}


def drawn(block: dict[str, Any]) -> list[float]:
    return [row["value"] for row in block["spec"]["data"]["values"]]


def test_thinning_keeps_both_ends_and_every_peak() -> None:
    points = [Point(float(n), 1000.0 if n == 777 else float(n % 7)) for n in range(5000)]
    kept = thinned(points)
    assert len(kept) <= MOST_POINTS
    assert kept[0] == points[0] and kept[-1] == points[-1] and points[777] in kept
    assert [one.at for one in kept] == sorted({one.at for one in kept})


def test_few_points_are_all_drawn_with_four_digits() -> None:
    assert drawn(charts.series(metric([1234.5678, 0.12345]), "t", **SEEN)) == [1235, 0.1235]


def test_ratios_are_drawn_in_percent_and_said_so() -> None:
    block = charts.series(metric([0.01, 0.125], unit="ratio"), "errors", **SEEN)
    assert drawn(block) == [1, 12.5]
    curve = block["spec"]["layer"][0]
    assert curve["encoding"]["y"]["axis"]["title"] == "%"
    assert "highest 12.5 %" in block["summary"]


def test_the_summary_has_the_figures_the_marks_and_the_levels() -> None:
    marks = [Mark(NOW - 90, "deployed 2.4", "deployment"), Mark(NOW - 9_999, "long ago", "incident")]
    block = charts.series(
        metric([1.0, 9.0, 4.0]), "t", marks=marks, thresholds=[Threshold(8.0, "alert above")], **SEEN
    )
    for words in ("last 4 ms", "lowest 1 ms at", "highest 9 ms at", "deployed 2.4 at", "alert above: 8 ms"):
        assert words in block["summary"]
    assert "long ago" not in block["summary"]


def test_the_earlier_line_is_moved_to_begin_with_the_later_one() -> None:
    now, before = metric([5.0] * 5), metric([1.0] * 50, start=NOW - 86_400)
    rows = charts.comparison(now, before, "t", words="the day before", **SEEN)["spec"]["data"]["values"]
    first = {row["series"]: row["at"] for row in reversed(rows)}
    assert first["now"] == first["the day before"]
    assert max(row["at"] for row in rows) <= (now.points[-1].at + 60) * 1000


def test_several_lines_differ_by_dash_too_and_are_named_in_the_words() -> None:
    lines = [Line(f"s{n}", metric([1.0, 2.0]).points) for n in range(9)]
    block = charts.line("t", "ms", lines, **SEEN)
    assert "s0: last" in block["summary"] and "s5: last" in block["summary"] and "s6" not in block["summary"]
    assert len(block["spec"]["layer"][0]["encoding"]["strokeDash"]["scale"]["range"]) == 6


def test_a_budget_has_an_area_under_its_line_and_the_line_where_it_is_spent() -> None:
    block = charts.burn("t", metric([1.0, 0.4, -0.1]).points, **SEEN)
    assert [one["mark"]["type"] for one in block["spec"]["layer"]] == ["area", "line", "rule", "text"]
    assert block["kind"] == "burn" and "last -10 %" in block["summary"]
