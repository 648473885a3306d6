"""Pictures of figures as Vega-Lite v5 specs with their values inside, and the same figures in words.

A chart block is {"type": "chart", "kind", "title", "unit", "summary", "spec"} and, where a table says it better than a
sentence, "columns" and "rows". `summary` stands alone: nobody needs the picture. Instants in a spec are milliseconds of
Unix time, UTC; its axis is labelled in the reader's zone. Colours and fonts are the renderer's, by theme: a spec names
styles only. Every builder bounds what it shows.
"""

from graph.charts.bars import bars, stacked
from graph.charts.lines import Line, burn, comparison, line, series
from graph.charts.parts import Mark, Threshold
from graph.charts.timeline import Stretch, timeline

__all__ = [
    "Line",
    "Mark",
    "Stretch",
    "Threshold",
    "bars",
    "burn",
    "comparison",
    "line",
    "series",
    "stacked",
    "timeline",
]
