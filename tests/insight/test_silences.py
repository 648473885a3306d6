"""Silences over alerts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from insight.facts import Alert, Silence
from insight.silences import silenced

ALERT = Alert("al-1", "HighLatency", "rag", "production", "critical", "slow", 50.0)
SILENCE = Silence("sil-1", "rag", "production", None, 100.0, 200.0, "maria", "known")


@pytest.mark.parametrize(
    "change, at, covers",
    [
        ({}, 100.0, True),
        ({}, 99.9, False),
        ({}, 200.0, False),
        ({"name": "HighLatency"}, 150.0, True),
        ({"name": "HighErrorRate"}, 150.0, False),
        ({"service": "other"}, 150.0, False),
        ({"environment": "staging"}, 150.0, False),
    ],
)
def test_a_silence_covers_its_alerts_in_its_time(change: dict[str, str], at: float, covers: bool) -> None:
    one = replace(SILENCE, **change)  # type: ignore[arg-type]
    assert silenced(ALERT, [one], at) == (one if covers else None)


def test_of_several_the_one_that_lasts_longest_is_told() -> None:
    longer = replace(SILENCE, id="sil-2", end=900.0)
    assert silenced(ALERT, [longer, SILENCE], 150.0) is longer
