from __future__ import annotations

from bot.console.charts import HIGH, WIDE, drawn, line
from bot.console.look import Look
from tests.support.fleet import people

LOOK = Look("UTC", 1_790_071_200.0, people())


def test_a_curve_fills_its_box_from_zero_up() -> None:
    path, area = line([(0, 50.0), (10, 100.0), (20, 75.0)])
    points = [tuple(float(one) for one in pair.split()) for pair in path.removeprefix("M").split("L")]
    assert [x for x, _ in points] == [0.0, WIDE / 2, WIDE]
    assert points[1][1] == 2.0 and points[0][1] == HIGH / 2
    assert area.endswith("Z")


def test_a_flat_line_of_nothing_lies_on_the_floor_and_below_zero_is_shown() -> None:
    assert line([(0, 0.0), (1, 0.0)])[0].count(f"{HIGH - 2:.1f}") == 2
    assert line([(0, -1.0), (1, 1.0)])[0] == f"M0.0 {HIGH - 2:.1f}L{WIDE:.1f} 2.0"


def test_one_point_is_no_curve() -> None:
    assert line([(0, 1.0)]) == ("", "") and line([]) == ("", "")
    assert drawn("x", [], "ms", LOOK).words == "no data in this time"


def test_the_figures_are_said_with_their_units_and_instants() -> None:
    one = drawn("Latency", [(LOOK.now - 60, 120.0), (LOOK.now, 80.0)], "ms", LOOK)
    assert one.latest == "80 ms"
    assert one.words == "last 80 ms, lowest 80 ms at 10:00 UTC, highest 120 ms at 09:59 UTC"
