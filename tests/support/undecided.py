"""A classifier whose mind is made up by the test."""

from __future__ import annotations

from collections.abc import Sequence

from graph.understanding.classifier import Classifier

#: two readings that are too close to tell apart
CLOSE = (("metrics.query", 0.36), ("diagnose.explain", 0.34))


class Scores(Classifier):
    """Says the same of every text; the words it knows are those of the real one."""

    def __init__(self, real: Classifier, scores: Sequence[tuple[str, float]] = CLOSE) -> None:
        self.known = real.known
        self._same = list(scores)

    def score(self, masked: str) -> list[tuple[str, float]]:
        return self._same
