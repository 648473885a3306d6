from __future__ import annotations

from graph import charts
from insight.facts import Point
from tests.graph.charts.test_charts import NOW

DAY = 86_400.0


def test_the_columns_of_a_day_add_up_and_the_table_is_ranked() -> None:
    parts = {"a": [Point(NOW, 1.0), Point(NOW + DAY, 3.0)], "b": [Point(NOW, 5.0)]}
    block = charts.stacked("t", "USD", parts, zone="UTC", now=NOW, name="service")
    assert block["columns"] == ["service", "sum", "share"]
    assert [row[0] for row in block["rows"]] == ["b", "a"]
    assert block["rows"][0][1:] == ["5 USD", "56%"]
    tops: dict[float, float] = {}
    for row in block["spec"]["data"]["values"]:
        tops[row["at"]] = max(tops.get(row["at"], 0), row["high"])
    assert list(tops.values()) == [6, 3]
    assert block["summary"].startswith("9 USD in all")


def test_small_parts_are_taken_together_and_the_table_has_them_all() -> None:
    parts = {f"p{n}": [Point(NOW, float(n))] for n in range(12)}
    block = charts.stacked("t", "USD", parts, zone="UTC", now=NOW)
    names = {row["series"] for row in block["spec"]["data"]["values"]}
    assert len(names) == 7 and "all others" in names
    assert len(block["rows"]) == 12


def test_bars_keep_their_order_and_negative_ones_are_labelled_at_zero() -> None:
    block = charts.bars("t", "ratio", [("a", 0.12), ("b", -0.2)], name="service")
    rows = block["spec"]["data"]["values"]
    assert [(row["name"], row["value"], row["end"], row["label"]) for row in rows] == [
        ("a", 12, 12, "12 %"),
        ("b", -20, 0, "-20 %"),
    ]
    assert block["rows"] == [["a", "12 %"], ["b", "-20 %"]]
