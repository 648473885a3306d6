from __future__ import annotations

import io
from zoneinfo import ZoneInfo

from bot.terminal.chart import PLOT_LINES, chart
from bot.terminal.look import Block, Look, make_console
from graph import charts
from graph.charts import Line, Mark, Stretch
from tests.bot.terminal.test_render import NOW, drawn, series

LOOK = Look(zone=ZoneInfo("UTC"), now=NOW)


def test_the_axes_carry_the_extremes_and_both_ends_of_the_time() -> None:
    out = io.StringIO()
    block = drawn(series([100.0, 900.0, 400.0]), "latency")
    make_console(out, width=70).print(chart(block, LOOK, 70))
    lines = out.getvalue().splitlines()
    assert lines[1].strip().startswith("900 ms ┤") and lines[PLOT_LINES].strip().startswith("100 ms ┤")
    assert lines[PLOT_LINES + 2].count("UTC") == 2
    assert "last 400 ms" in " ".join(line.strip() for line in lines)


def shown(block: Block, look: Look = LOOK) -> str:
    out = io.StringIO()
    make_console(out, width=78).print(chart(block, look, 78))
    return out.getvalue()


def test_what_happened_stands_under_the_curve_at_its_time() -> None:
    points = series([100.0, 900.0, 400.0]).points
    block = charts.line(
        "t",
        "ms",
        [Line("a", points)],
        zone="UTC",
        now=NOW,
        marks=[Mark(points[1].at, "deployed 2.4", "deployment")],
    )
    words = shown(block)
    floor = next(line for line in words.splitlines() if "▲" in line)
    assert 0.4 < floor.index("▲") / len(floor) < 0.65
    assert "deployed 2.4" in " ".join(words.split())


def test_of_several_lines_the_first_is_drawn_and_named() -> None:
    points = series([0.1, 0.9]).points
    block = charts.line("t", "ratio", [Line("now", points), Line("before", points)], zone="UTC", now=NOW)
    assert "drawn: now" in shown(block) and "90 % ┤" in shown(block)


def test_bars_are_bars_and_everything_else_is_its_table() -> None:
    bars = shown(charts.bars("t", "ratio", [("rag-api", 0.5), ("billing", 1.0), ("search", -0.1)]))
    assert bars.count("█") == 12 + 24 and "-10 %" in bars
    shifts = shown(charts.timeline("t", [Stretch("platform", NOW, NOW + 60, "Diego")], zone="UTC", now=NOW))
    assert "platform" in shifts and "Diego" in shifts
    plain = Look(zone=ZoneInfo("UTC"), now=NOW, unicode=False)
    assert "####" in shown(charts.bars("t", "USD", [("a", 1.0)]), plain)
