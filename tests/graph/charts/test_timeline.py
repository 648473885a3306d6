from __future__ import annotations

from graph import charts
from graph.charts import Mark, Stretch
from tests.graph.charts.test_charts import NOW


def test_the_table_lists_stretches_and_events_oldest_first() -> None:
    block = charts.timeline(
        "t",
        [Stretch("platform", NOW, NOW + 60, "Diego"), Stretch("search", NOW - 60, NOW, "Maria")],
        marks=[Mark(NOW - 30, "paged", "alert")],
        zone="UTC",
        now=NOW,
    )
    assert [row[1:] for row in block["rows"]] == [
        ["search", "Maria"],
        ["alert", "paged"],
        ["platform", "Diego"],
    ]
    assert "Maria" in block["summary"]


def test_without_stretches_each_event_has_a_row_and_late_labels_lie_on_the_left() -> None:
    block = charts.timeline(
        "t", marks=[Mark(NOW, "a", "incident"), Mark(NOW + 600, "b", "incident")], zone="UTC", now=NOW
    )
    texts = [layer["mark"] for layer in block["spec"]["layer"] if layer["mark"]["type"] == "text"]
    assert [one["align"] for one in texts] == ["left", "right"]


def test_the_time_shown_can_be_cut() -> None:
    block = charts.timeline(
        "t", [Stretch("a", NOW - 9999, NOW + 9999, "x")], zone="UTC", now=NOW, start=NOW, end=NOW + 60
    )
    scale = block["spec"]["layer"][0]["encoding"]["x"]["scale"]
    assert scale["domain"] == [NOW * 1000, (NOW + 60) * 1000] and scale["clamp"]
