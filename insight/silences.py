"""Which alerts page nobody: a pure function of the alert, the silences and the instant."""

from __future__ import annotations

from collections.abc import Iterable

from insight.facts import Alert, Silence


def silenced(alert: Alert, silences: Iterable[Silence], at: float) -> Silence | None:
    """The silence that covers the alert then, the one that lasts longest; None when it pages people."""
    covering = [
        one
        for one in silences
        if (one.service, one.environment) == (alert.service, alert.environment)
        and one.name in (None, alert.name)
        and one.start <= at < one.end
    ]
    return max(covering, key=lambda one: one.end, default=None)
