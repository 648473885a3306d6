from __future__ import annotations

from graph.intents import BY_NAME, INTENTS
from graph.intents.howto import howto_intents


def test_words_on_answers_are_reached_by_their_exact_command_alone() -> None:
    howto, give, listing = howto_intents(INTENTS)
    assert howto.examples
    assert give.examples == listing.examples == ()
    assert (give.role, listing.role) == ("viewer", "admin")


def test_people_are_asked_about_diagnoses_and_reports() -> None:
    assert BY_NAME["diagnose.explain"].rated
    assert BY_NAME["incident.review"].rated
