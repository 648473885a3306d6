"""Log lines that hold what was asked for: how many of each pattern, and the newest of them as they were written."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graph import cards
from graph.answers.within import absent, gaps, within
from graph.answers.words import listed
from graph.intents.model import Answer, Ask, Slots
from graph.ports import Tools
from graph.understanding import times
from graph.understanding.times import zone_of
from insight.facts import Level, LogLine, Missing

_DEFAULT_RANGE = "-30m"
#: a trace is looked for in every service, this far back
_TRACE_RANGE = "-24h"
#: lines that are fetched of a service, shown unless a number is said, and shown at most
_FETCHED, _SHOWN, _MOST = 2000, 15, 50
_MOST_PATTERNS = 6
_WORSE: dict[Level, frozenset[str]] = {
    "error": frozenset({"error"}),
    "warning": frozenset({"warning", "error"}),
}
_VARIES = re.compile(
    r"\b(?:[0-9a-f]{8,}|0x[0-9a-f]+)\b|(?<![\w.])(?![1-5]\d\d /)\d+(?:\.\d+)*(?=\b|[a-z]{1,2}\b)|/[\w./-]+",
    re.I,
)


class LogSlots(Slots):
    service: str | None = None
    environment: str | None = None
    query: str | None = None
    level: Level | None = None
    trace: str | None = None
    last_n: int | None = None
    time_range: str | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """What was found, oldest first. `cut` are services that have more lines than were fetched."""

    lines: tuple[LogLine, ...]
    cut: tuple[str, ...]
    services: int
    environment: str
    window: times.Span
    missing: tuple[Missing, ...]


async def facts(tools: Tools, ask: Ask) -> Lines:
    """Every service at once when none is named, each within 5 s."""
    slots: LogSlots = ask.slots
    environment = slots.environment or next(iter(tools.catalogue.environments))
    default = _TRACE_RANGE if slots.trace else _DEFAULT_RANGE
    window = times.resolve(slots.time_range or default, tools.clock.now(), ask.zone)
    services = (slots.service,) if slots.service else tuple(tools.catalogue.services)
    logs = tools.sources.logs
    if logs is None:
        return Lines((), (), 0, environment, window, (absent("log lines", "logs"),))
    query = slots.trace or slots.query or ""
    found = await asyncio.gather(
        *(
            within(
                f"log lines of {name}",
                logs.search(name, environment, window.start, window.end + 1.0, query, _FETCHED),
            )
            for name in services
        )
    )
    lines = [line for some in found if not isinstance(some, Missing) for line in some if _wanted(line, slots)]
    cut = [
        name
        for name, some in zip(services, found, strict=True)
        if not isinstance(some, Missing) and len(some) >= _FETCHED
    ]
    missing = [one for one in found if isinstance(one, Missing)]
    ordered = sorted(lines, key=lambda one: one.at)
    return Lines(tuple(ordered), tuple(cut), len(services), environment, window, tuple(missing))


def _wanted(line: LogLine, slots: LogSlots) -> bool:
    return slots.level is None or line.level in _WORSE.get(slots.level, {slots.level})


def answer(tools: Tools, ask: Ask, found: Lines) -> Answer:
    slots: LogSlots = ask.slots
    entities: dict[str, Any] = {"environment": found.environment}
    if slots.service:
        entities["service"] = slots.service
    elif len({one.service for one in found.lines}) == 1:
        entities["service"] = found.lines[0].service
    said = [_counted(slots, found), *gaps(found.missing[:3])]
    if not found.lines:
        words = " ".join(said)
        return Answer(words, (cards.text(words), _how(slots, found)), entities=entities)
    shown = found.lines[-min(slots.last_n or _SHOWN, _MOST) :]
    patterns = _patterns(found.lines)
    if len(patterns) > 1:
        said.append(f"Most often: {patterns[0][0]} ({patterns[0][1]} times).")
    if len(shown) < len(found.lines):
        said.append(f"The newest {len(shown)} are shown.")
    words = " ".join(said)
    blocks = [cards.text(words)]
    if len(patterns) > 1:
        rows = [[str(count), pattern] for pattern, count in patterns[:_MOST_PATTERNS]]
        blocks.append(cards.table(["times", "pattern"], rows, _more(patterns)))
    blocks.append(cards.code("\n".join(_line(one, ask.zone, slots.service is None) for one in shown)))
    blocks.append(_how(slots, found))
    return Answer(words, tuple(blocks), entities=entities)


def _counted(slots: LogSlots, found: Lines) -> str:
    what = f"{slots.level} " if slots.level else ""
    held = f' with "{slots.query}"' if slots.query and not slots.trace else ""
    held = f" of trace {slots.trace}" if slots.trace else held
    where = slots.service or f"all {found.services} services"
    place = f"of {where} in {found.environment} {found.window.words}"
    if not found.lines:
        return f"No {what}log lines{held} {place}."
    count = len(found.lines)
    least = "At least " if found.cut else ""
    lines = "line" if count == 1 else "lines"
    by = Counter(one.service for one in found.lines)
    spread = (
        f", from {listed([f'{name} ({some})' for name, some in by.most_common(4)])}" if len(by) > 1 else ""
    )
    return f"{least}{count:,} {what}log {lines}{held} {place}{spread}."


def _patterns(lines: Sequence[LogLine]) -> list[tuple[str, int]]:
    """Lines with what varies in them left out, most frequent first."""
    return Counter(_VARIES.sub("…", one.text) for one in lines).most_common()


def _more(patterns: Sequence[tuple[str, int]]) -> str:
    more = len(patterns) - _MOST_PATTERNS
    return "Patterns" if more <= 0 else f"The {_MOST_PATTERNS} most frequent of {len(patterns)} patterns"


def _line(one: LogLine, zone: str, named: bool) -> str:
    at = datetime.fromtimestamp(one.at, zone_of(zone))
    service = f"{one.service} " if named else ""
    trace = f" trace={one.trace}" if one.trace else ""
    return f"{at:%d %b %H:%M:%S %Z} {service}{one.level.upper()} {one.text}{trace}"


def _how(slots: LogSlots, found: Lines) -> dict[str, Any]:
    query = slots.trace or slots.query or ""
    asked = f'search("{query}", service={slots.service or "each"}, environment={found.environment}) '
    level = f", level {slots.level} or worse" if slots.level else ""
    return cards.facts({"How I know": f"{asked}{found.window.words}{level}"})
