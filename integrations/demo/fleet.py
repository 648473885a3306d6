"""How many replicas each service of the demo company has."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from integrations.demo import prices
from integrations.demo.events import Event, Note
from integrations.demo.noise import Floats
from integrations.demo.releases import Key

#: the least and the most replicas, as parts of what a service begins with
_LEAST, _MOST = 0.5, 3.0


class Fleet:
    """Replicas at an instant; what was asked for takes effect when its roll-out is over."""

    KINDS: ClassVar[frozenset[str]] = frozenset({"scale"})

    def __init__(self) -> None:
        self._scaled: dict[Key, list[tuple[float, int, int]]] = defaultdict(list)

    def apply(self, event: Event) -> Sequence[Note]:
        service, environment, to = (event.data[name] for name in ("service", "environment", "replicas"))
        key = (service, environment)
        before = self.wanted(key)
        rolling = [at + 1.0 for at, _, _ in self._scaled[key] if at > event.at]
        at = max([event.data.get("effective_at", event.at), *rolling])
        insort(self._scaled[key], (at, event.seq, to))
        words = f"{service} from {before} to {to} replicas"
        return (Note(service, "config", f"replicas={before}", f"replicas={to}", words),)

    def replicas(self, key: Key, at: float) -> int:
        found = prices.replicas(*key)
        for since, _, count in self._scaled.get(key, ()):
            found = count if since <= at else found
        return found

    def wanted(self, key: Key) -> int:
        """What was asked for last, whether or not the roll-out is over."""
        scaled = self._scaled.get(key)
        return scaled[-1][2] if scaled else prices.replicas(*key)

    def bounds(self, key: Key) -> tuple[int, int]:
        """The least and the most replicas that the service may have."""
        usual = prices.replicas(*key)
        return max(1, int(usual * _LEAST)), int(usual * _MOST)

    def share(self, key: Key, times: Floats) -> Floats:
        """Replicas at those instants as a part of what the service began with."""
        usual = prices.replicas(*key)
        found = np.full_like(times, 1.0)
        for since, _, count in self._scaled.get(key, ()):
            found = np.where(times >= since, count / usual, found)
        return found
