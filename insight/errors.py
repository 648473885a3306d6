"""Failed requests by code: whose fault they say they are."""

from __future__ import annotations

from collections.abc import Iterable

from insight.facts import ErrorCount

#: codes that a service answers because of somebody it called; the others are its own
UPSTREAM = frozenset({"429", "502", "503", "504"})
#: fewer failed requests than this say nothing about whose fault they are
_FEWEST = 20


def upstream_share(errors: Iterable[ErrorCount], service: str) -> float | None:
    """The part of its failed requests that it answered because of others, 0 to 1; None with under 20 of them."""
    counts = [(one.code, one.count) for one in errors if one.service == service]
    total = sum(count for _, count in counts)
    if total < _FEWEST:
        return None
    return sum(count for code, count in counts if code in UPSTREAM) / total


def code_share(errors: Iterable[ErrorCount], service: str, *codes: str) -> float:
    """The part of the failed requests of a service that have one of those codes; nought with under 20 of them."""
    counts = [(one.code, one.count) for one in errors if one.service == service]
    total = sum(count for _, count in counts)
    return sum(count for code, count in counts if code in codes) / total if total >= _FEWEST else 0.0
