from __future__ import annotations

from graph.intents import ACTS, BY_NAME, INTENTS, declared_examples


def test_names_are_unique() -> None:
    assert len(BY_NAME) == len(INTENTS)


def test_what_is_served_has_thirty_varied_examples() -> None:
    for intent in INTENTS:
        if intent.examples:
            assert len({one.lower() for one in intent.examples}) == len(intent.examples) >= 30, intent.name


def test_an_intent_reads_or_asks_for_a_change_or_acts_on_the_ledger_and_nothing_twice() -> None:
    for intent in INTENTS:
        assert [intent.answer, intent.request, intent.act].count(None) == 2, intent.name
        assert intent.facts is None or intent.answer is not None, intent.name


def test_what_can_change_something_is_never_started_from_a_guess() -> None:
    assert {intent.name for intent in INTENTS if intent.examples and intent.answer is None} == ACTS
    assert all(BY_NAME[name].plain for name in ACTS)


def test_a_change_wants_an_operator() -> None:
    for intent in INTENTS:
        if intent.request is not None:
            assert intent.role == "operator"


def test_every_label_has_examples_and_no_sentence_has_two_labels() -> None:
    seen: dict[str, str] = {}
    for label, sentences in declared_examples().items():
        assert len(sentences) >= 8, label
        for one in sentences:
            assert seen.setdefault(one.lower(), label) == label, one


def test_no_unserved_label_is_also_served() -> None:
    assert not {f"oos.{name}" for name in BY_NAME if BY_NAME[name].examples} & set(declared_examples())
