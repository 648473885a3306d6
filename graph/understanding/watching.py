"""What is wished of alerts: which of making, silencing and deleting; above or below what; for how long."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from graph.understanding import ahead
from graph.understanding.entities import Extracted
from insight.facts import METRICS

Wish = Literal["create", "silence", "unsilence", "delete", "change"]

_QUIET = (
    "mute|silence|snooze|suppress|quiet|shut up|turn off|switch off|disable|pause|stop paging|don't page|hush"
)
_AGAIN = (
    r"un-?(?:mute|silence|snooze)|(?:end|lift|remove|cancel)\b.*\bsilence|(?:back )?on again|turn\b.*\bback on|"
    r"resume\b.*\b(?:alerts?|notifications?|paging)"
)
_WISHES: tuple[tuple[Wish, re.Pattern[str]], ...] = (
    ("unsilence", re.compile(rf"\b(?:{_AGAIN})", re.I)),
    ("delete", re.compile(r"\b(?:delete|remove|drop the|get rid of)\b", re.I)),
    (
        "change",
        re.compile(r"\b(?:change|adjust|raise|lower|increase|decrease|set)\b.*\b(?:threshold|limit)\b", re.I),
    ),
    ("silence", re.compile(rf"\b(?:{_QUIET})", re.I)),
)
_ABOVE = (
    r"above|over|exceeds?|exceeding|passes|passing|beyond|more than|greater than|higher than|longer than|past|reaches|"
    r"crosses|>=?|rises? to"
)
_BELOW = r"below|under|less than|lower than|drops? to|falls? to|<=?"
_LIMIT = re.compile(
    rf"\b(?:goes\s+|is\s+|gets\s+|stays\s+|rises\s+|drops\s+|falls\s+)?(?:(?P<above>{_ABOVE})|(?P<below>{_BELOW})|to|of|at)\s*"
    r"\$?(?P<value>\d+(?:\.\d+)?)\s*(?P<unit>ms|milliseconds?|s|secs?|seconds?|%|percent|usd|dollars?)?(?![\w.])",
    re.I,
)
_SIGN = re.compile(r"(?P<sign>[<>])=?\s*(?P<value>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|seconds?|%|percent)?", re.I)
_DROPS = re.compile(r"\b(?:drops?|falls?|below|under|less|lower|too low|missing)\b", re.I)
_CHANNEL = re.compile(r"(?<!\w)#([a-z][\w-]+)", re.I)
_MONITOR = re.compile(r"\bmon-[0-9a-z]+\b|\bsil-[0-9a-z]+\b", re.I)


def alert_list(text: str, extracted: Extracted) -> Mapping[str, Any]:
    """`alert_severity`, and `rules`: the rules are asked about, not what fires."""
    found: dict[str, Any] = {}
    if re.search(r"\b(?:critical|crit|severe)\b", text, re.I):
        found["alert_severity"] = "critical"
    elif re.search(r"\b(?:warnings?|warn)\b", text, re.I):
        found["alert_severity"] = "warning"
    rules = re.search(
        r"\b(?:alert|alerting|monitor|monitoring) (?:rules?|definitions?|thresholds?)\b", text, re.I
    )
    kept = re.search(
        r"\b(?:what|which|list|show|do we)\b.*\bmonitors?\b.*\b(?:have|exist|set up|configured|defined)\b",
        text,
        re.I,
    )
    if rules or kept:
        found["rules"] = True
    return found


def alert_wish(text: str, extracted: Extracted) -> Mapping[str, Any]:
    """`wish`, `threshold` in the metric's own unit, `above`, `seconds`, `until`, `monitor`, `channel`."""
    wish = next((name for name, words in _WISHES if words.search(text)), "create")
    found: dict[str, Any] = {"wish": wish}
    if match := _MONITOR.search(text):
        found["monitor"] = match[0].lower()
    if match := _CHANNEL.search(text):
        found["channel"] = match[1]
    if wish == "silence":
        found |= {
            key: value
            for key, value in (("seconds", ahead.length(text)), ("until", ahead.until(text)))
            if value
        }
    if wish in ("create", "change"):
        found |= _limit(text, extracted.found.get("metric"))
    return found


def _limit(text: str, metric: str | None) -> dict[str, Any]:
    match = _LIMIT.search(text)
    below = bool(match and match["below"])
    if match is None and (signed := _SIGN.search(text)):
        match, below = signed, signed["sign"] == "<"
    found: dict[str, Any] = {"above": not (below or (_DROPS.search(text) is not None))}
    if match is not None:
        found["threshold"] = in_unit(float(match["value"]), (match["unit"] or "").lower(), metric)
    return found


def in_unit(value: float, said: str, metric: str | None) -> float:
    """`5 %` of an error rate is 0.05, `2 s` of a latency 2000: the value in the unit of METRICS."""
    unit = METRICS.get(metric or "", "")
    if said.startswith(("%", "percent")) or (unit == "ratio" and value > 1.0):
        return round(value / 100.0, 6)
    if unit == "ms" and (said == "s" or said.startswith("sec")):
        return value * 1000.0
    return value
