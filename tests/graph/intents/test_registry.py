from __future__ import annotations

from graph.intents import ACTS, BY_NAME, TRAITS
from graph.intents.registry import INTENTS


def test_every_intent_is_found_by_its_name_with_what_the_reader_must_know() -> None:
    assert list(BY_NAME) == [intent.name for intent in INTENTS]
    assert set(TRAITS) == set(BY_NAME)


def test_talk_comes_last_so_that_help_lists_what_can_be_done_first() -> None:
    assert [intent.name for intent in INTENTS][-3:] == ["help", "smalltalk", "oos"]


def test_an_act_is_a_change_a_decision_or_a_record_that_words_reach() -> None:
    assert {"deploy.rollback", "approval.approve", "incident.declare", "alert.manage"} <= ACTS
    assert not {"metrics.query", "run.cancel", "help"} & ACTS
