from __future__ import annotations

import pytest

from graph.intents.reporting import REPORTING
from tests.graph.world import read


def test_reporting_is_reading_for_viewers() -> None:
    for intent in REPORTING:
        assert (intent.role, intent.request, intent.act) == ("viewer", None, None)


def test_a_report_is_asked_about_whether_it_was_right() -> None:
    assert [intent.name for intent in REPORTING if intent.rated] == ["report.generate"]


@pytest.mark.parametrize("intent", REPORTING, ids=lambda one: one.name)
def test_each_is_understood_as_it_is_said_back(intent: object) -> None:
    for names in ({}, {"service": "rag-api", "team": "search"}):
        assert read(intent.say(names)).reading.intent == intent.name  # type: ignore[attr-defined]
