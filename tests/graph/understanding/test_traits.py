from __future__ import annotations

import re

from graph.intents import ACTS, INTENTS, TRAITS


def test_what_changes_something_and_can_be_said_in_free_words_says_which_words_are_plain() -> None:
    for name in ACTS:
        assert re.compile(TRAITS[name].plain).pattern, name


def test_only_reads_can_be_asked_again_by_a_word() -> None:
    for intent in INTENTS:
        assert not (intent.traits.follows and intent.traits.acts)
        assert not intent.traits.follows or intent.answer is not None


def test_an_intent_reads_what_it_takes_from_the_conversation() -> None:
    for intent in INTENTS:
        assert intent.traits.carries <= intent.traits.slots, intent.name
