from __future__ import annotations

from graph.intents import BY_NAME
from graph.intents.rules import RULES


def test_they_are_reached_by_exact_commands_alone() -> None:
    assert all(not intent.examples for intent in RULES)
    assert {intent.name for intent in RULES} <= set(BY_NAME)
