"""Log lines by what they say: lines that differ only in numbers, ids, addresses and quoted words are of one pattern."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from insight.facts import Level, LogLine

#: what is masked, the first that fits: a pattern keeps what the author of the line wrote and drops what the moment gave
_MASKED = re.compile(
    r"""
    (?P<time>\b\d{4}-\d\d-\d\d[T\ ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)
    | (?P<address>\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b)
    | (?P<id>\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b
        | \b(?=[0-9a-fA-F]*\d)(?=[0-9a-fA-F]*[a-fA-F])[0-9a-fA-F]{7,}\b)
    | (?P<url>https?://\S+)
    | (?P<path>(?<![\w/])/[\w.~%/-]+(?:\?\S*)?)
    | (?P<n>(?<![A-Za-z_])[-+]?\d+(?:[.,]\d+)*)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Lines of one service and level with one pattern: how many, from when to when, and the newest of them."""

    service: str
    level: Level
    pattern: str
    count: int
    first: float
    last: float
    example: str


@lru_cache(maxsize=4096)
def pattern(text: str) -> str:
    """What a line says without the numbers, times, ids, addresses and paths in it."""
    return " ".join(_MASKED.sub(_word, text).split())


def _word(found: re.Match[str]) -> str:
    return f"<{found.lastgroup}>"


def clusters(lines: Iterable[LogLine]) -> tuple[Cluster, ...]:
    """Most lines first; among as many, errors before warnings before the rest."""
    grouped: dict[tuple[str, Level, str], list[LogLine]] = {}
    for line in lines:
        grouped.setdefault((line.service, line.level, pattern(line.text)), []).append(line)
    found = [
        Cluster(
            service,
            level,
            said,
            len(same),
            min(one.at for one in same),
            max(one.at for one in same),
            max(same, key=lambda one: one.at).text,
        )
        for (service, level, said), same in grouped.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.count, _RANK[one.level], one.pattern)))


_RANK: dict[Level, int] = {"error": 0, "warning": 1, "info": 2, "debug": 3}


def new_clusters(now: Iterable[Cluster], before: Iterable[Cluster]) -> tuple[Cluster, ...]:
    """Those of `now` of which `before` has none of the same service and pattern, whatever the level."""
    known = {(one.service, one.pattern) for one in before}
    return tuple(one for one in now if (one.service, one.pattern) not in known)
