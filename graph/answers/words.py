"""Figures and instants in words: units people read, the reader's zone always said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from graph.understanding.times import zone_of


def amount(value: float, unit: str) -> str:
    """`0.0123, "ratio"` → `1.23 %`; `1234, "ms"` → `1.23 s`."""
    if unit == "ratio":
        return f"{_short(value * 100)} %"
    if unit == "ms":
        return f"{_short(value / 1000)} s" if abs(value) >= 1000 else f"{_short(value)} ms"
    if unit.startswith("score"):
        return _short(value)
    return f"{_short(value)} {unit}".strip()


def _short(value: float) -> str:
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def change(now: float, before: float) -> str:
    """`+12 %`, `about the same`, or `up from none`."""
    if before == 0:
        return "about the same" if now == 0 else "up from none"
    share = (now - before) / abs(before)
    if abs(share) < 0.02:
        return "about the same"
    if share >= 3:
        return f"{now / before:.1f} times as much"
    return f"{share:+.0%}".replace("%", " %")


def moment(at: float, zone: str, now: float) -> str:
    """`14:05 CET`, with the date when it is not today."""
    there, today = datetime.fromtimestamp(at, zone_of(zone)), datetime.fromtimestamp(now, zone_of(zone))
    day = "" if there.date() == today.date() else f"{there:%d %b} "
    return f"{day}{there:%H:%M} {there:%Z}"


def length(seconds: float) -> str:
    """`40 s`, `12 min`, `3 h`, `2 days`."""
    if seconds < 90:
        return f"{max(0, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    if seconds < 172_800:
        return f"{round(seconds / 3600)} h"
    return f"{round(seconds / 86_400)} days"


def listed(names: Sequence[str], last: str = "and") -> str:
    """`a, b and c`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def metric_words(metric: str, stat: str | None) -> str:
    """`latency p95`, `error rate`."""
    name = {"ttft": "time to first token", "cpu": "CPU", "gpu": "GPU"}.get(metric, metric.replace("_", " "))
    return f"{name} {stat}" if stat and stat[0] == "p" and stat[1:].isdigit() else name
