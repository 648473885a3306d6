from __future__ import annotations

import pytest

from graph.intents.planning import PLANNING
from tests.graph.world import read

NAMES = {"service": "rag-api", "team": "search", "model": "gpt-4o", "environment": "production"}


def test_planning_is_reading_for_viewers() -> None:
    for intent in PLANNING:
        assert (intent.role, intent.request, intent.act) == ("viewer", None, None)
        assert intent.facts is not None
        assert intent.traits.follows


@pytest.mark.parametrize("intent", PLANNING, ids=lambda one: one.name)
def test_each_is_understood_as_it_is_said_back(intent: object) -> None:
    for names in ({}, NAMES):
        assert read(intent.say(names)).reading.intent == intent.name  # type: ignore[attr-defined]
