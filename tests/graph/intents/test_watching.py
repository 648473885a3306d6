from __future__ import annotations

from graph.intents.watching import WATCHING


def test_reading_is_for_viewers_and_silencing_for_operators() -> None:
    assert {intent.name: intent.role for intent in WATCHING} == {
        "logs.search": "viewer",
        "alert.list": "viewer",
        "alert.manage": "operator",
    }


def test_the_runbook_for_longer_silences_is_reached_by_the_same_words() -> None:
    assert next(one for one in WATCHING if one.name == "alert.manage").runbooks == ("mute-alerts",)
