"""What incidents have in common: how often, where, of what cause, how long until somebody took and ended them.

MTTA is the mean time from opened to acknowledged, MTTR from opened to resolved (the "R" is restore, as DORA counts it).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from insight.facts import Incident

_VARIES = re.compile(r"\bv?\d+(?:\.\d+)*\b")


@dataclass(frozen=True, slots=True)
class Patterns:
    """Counts are (name, how many), most first; times are seconds, None where nothing can be counted.

    `recurring` are (service, cause) seen more than once; `unexplained` incidents have no cause written down.
    """

    count: int
    by_service: tuple[tuple[str, int], ...]
    by_severity: tuple[tuple[str, int], ...]
    by_cause: tuple[tuple[str, int], ...]
    recurring: tuple[tuple[str, str, int], ...]
    mtta: float | None
    mttr: float | None
    median_restore: float | None
    longest: Incident | None
    unexplained: int


def patterns(found: Sequence[Incident]) -> Patterns:
    """What the incidents have in common; figures over those that have the instants they need."""
    taken = [one.acknowledged_at - one.opened_at for one in found if one.acknowledged_at is not None]
    ended = [one.resolved_at - one.opened_at for one in found if one.resolved_at is not None]
    closed = [one for one in found if one.resolved_at is not None]
    pairs = Counter((one.service, cause_kind(one)) for one in found if one.cause)
    return Patterns(
        count=len(found),
        by_service=_counted(one.service for one in found),
        by_severity=tuple(sorted(Counter(str(one.severity) for one in found).items())),
        by_cause=_counted(cause_kind(one) for one in found if one.cause),
        recurring=tuple((*pair, count) for pair, count in pairs.most_common() if count > 1),
        mtta=fmean(taken) if taken else None,
        mttr=fmean(ended) if ended else None,
        median_restore=median(ended) if ended else None,
        longest=max(closed, key=lambda one: (one.resolved_at or 0.0) - one.opened_at, default=None),
        unexplained=sum(1 for one in found if not one.cause),
    )


def cause_kind(one: Incident) -> str:
    """The cause without what differs from time to time: versions, the service's own name; "" when none is known."""
    first = (one.cause or "").split(";")[0].strip().rstrip(".")
    words = _VARIES.sub("…", first.replace(one.service, "the service"))
    return " ".join(words.split())


def _counted(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0])))
