from __future__ import annotations

import io
from zoneinfo import ZoneInfo

from bot.terminal.chart import PLOT_LINES, chart
from bot.terminal.look import Look, make_console
from graph import cards
from tests.bot.terminal.test_render import NOW, series

LOOK = Look(zone=ZoneInfo("UTC"), now=NOW)


def test_the_axes_carry_the_extremes_and_both_ends_of_the_time() -> None:
    out = io.StringIO()
    block = cards.chart(series([100.0, 900.0, 400.0]), "latency")
    make_console(out, width=70).print(chart(block, LOOK, 70))
    lines = out.getvalue().splitlines()
    assert lines[1].strip().startswith("900 ms ┤") and lines[PLOT_LINES].strip().startswith("100 ms ┤")
    assert lines[PLOT_LINES + 2].count("UTC") == 2
    assert "last 400 ms" in " ".join(line.strip() for line in lines)
