"""Facts: frozen values with a unit for each metric."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from insight.facts import METRICS, Alert, Incident, Point


def test_a_fact_cannot_be_changed_after_it_was_told() -> None:
    with pytest.raises(FrozenInstanceError):
        Point(1.0, 2.0).value = 3.0  # type: ignore[misc]


def test_every_metric_has_a_unit_to_show() -> None:
    assert all(METRICS.values())
    assert METRICS["latency"] == "ms"


def test_an_alert_fires_until_it_has_an_end_and_an_incident_starts_without_notes() -> None:
    assert Alert("1", "n", "s", "production", "critical", "words", 5.0).ended_at is None
    assert Incident("1", "t", "s", "production", "sev2", "open", 5.0).notes == ()
