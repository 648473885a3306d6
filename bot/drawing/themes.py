"""How charts look, light and dark: the Vega-Lite `config` laid under a spec when it is drawn.

Series colours are Okabe and Ito's (2008), told apart by people with any kind of colour vision, in an order that keeps
contrast on each background. What a rule marks is said by its label and dash too, never by its colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Theme = Literal["light", "dark"]

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
FONT = "Helvetica Neue, Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class _Ink:
    paper: str
    words: str
    faint: str
    grid: str
    series: tuple[str, ...]
    marks: Mapping[str, str]


_LIGHT = _Ink(
    paper="#FFFFFF",
    words="#1F2328",
    faint="#57606A",
    grid="#E4E7EB",
    series=(BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION, "#6E7781"),
    marks={
        "deployment": "#8E3B74",
        "config": "#00785A",
        "incident": "#B34700",
        "alert": "#B34700",
        "onset": "#57606A",
        "limit": "#B34700",
        "usual": "#57606A",
    },
)
_DARK = _Ink(
    paper="#161B22",
    words="#E6EDF3",
    faint="#9BA5B0",
    grid="#2B323B",
    series=(SKY, ORANGE, "#2BC59A", PURPLE, YELLOW, "#FF8A3D", "#9BA5B0"),
    marks={
        "deployment": "#E3A3C4",
        "config": "#2BC59A",
        "incident": "#FF8A3D",
        "alert": "#FF8A3D",
        "onset": "#9BA5B0",
        "limit": "#FF8A3D",
        "usual": "#9BA5B0",
    },
)
_INK: Mapping[Theme, _Ink] = {"light": _LIGHT, "dark": _DARK}
_DASHES: Mapping[str, list[int]] = {
    "deployment": [1, 0],
    "config": [2, 2],
    "incident": [8, 3],
    "alert": [5, 3],
    "onset": [3, 3],
    "limit": [7, 4],
    "usual": [2, 4],
}
_SHAPES: Mapping[str, str] = {
    "deployment": "triangle-up",
    "config": "square",
    "incident": "circle",
    "alert": "diamond",
    "onset": "cross",
}


def config(theme: Theme) -> dict[str, Any]:
    """The Vega-Lite config of a theme."""
    ink = _INK[theme]
    axis = {
        "labelColor": ink.faint,
        "titleColor": ink.faint,
        "titleFontWeight": "normal",
        "domainColor": ink.grid,
        "tickColor": ink.grid,
        "gridColor": ink.grid,
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titlePadding": 8,
    }
    return {
        "background": ink.paper,
        "padding": 14,
        "font": FONT,
        "title": {"color": ink.words, "fontSize": 14, "fontWeight": 600, "anchor": "start", "offset": 14},
        "view": {"stroke": None},
        "axis": axis,
        "axisX": {"grid": False, "domainColor": ink.faint, "tickColor": ink.faint},
        "axisY": {"domain": False, "ticks": False, "labelPadding": 6, "tickCount": 5},
        "legend": {
            "orient": "bottom",
            "labelColor": ink.words,
            "labelFontSize": 11,
            "symbolStrokeWidth": 2,
            "symbolSize": 120,
            "offset": 8,
        },
        "range": {"category": list(ink.series)},
        "style": _styles(ink),
    }


def _styles(ink: _Ink) -> dict[str, Any]:
    styles: dict[str, Any] = {
        "curve": {"color": ink.series[0], "strokeWidth": 2, "strokeCap": "round"},
        "budget": {"color": ink.series[0], "fillOpacity": 0.2},
        "stack": {"color": ink.series[0], "stroke": ink.paper, "strokeWidth": 1},
        "stretch": {"cornerRadius": 3, "height": {"band": 0.72}, "fillOpacity": 0.4, "stroke": ink.paper},
        "stretch-label": {"color": ink.words, "fontSize": 11, "fontWeight": 600},
        "value-label": {"color": ink.words, "fontSize": 11},
        "single": {"color": ink.series[0], "cornerRadiusEnd": 3},
        "event-label": {"color": ink.words, "fontSize": 11},
    }
    for kind, colour in ink.marks.items():
        styles[kind] = {"color": colour, "strokeWidth": 1.5, "strokeDash": _DASHES[kind]}
        styles[f"{kind}-label"] = {"color": colour, "fontSize": 11, "fontWeight": 600}
        shape = _SHAPES.get(kind, "stroke")
        styles[f"{kind}-event"] = {"color": colour, "size": 70, "filled": True, "shape": shape}
        styles[f"{kind}-span"] = {"color": colour, "fillOpacity": 0.12}
    return styles
