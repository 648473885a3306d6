from __future__ import annotations

from graph.intents.incidents import INCIDENTS


def test_each_is_an_operators_word_and_never_a_guess() -> None:
    for intent in INCIDENTS:
        assert (intent.role, intent.act is not None, intent.traits.acts) == ("operator", True, True)
        assert intent.plain
        assert intent.reads is not None


def test_each_can_be_said_back_in_exact_words() -> None:
    names = {"incident_id": "INC-7", "service": "rag-api", "team": "search", "note": "it falls"}
    assert [intent.say(names) for intent in INCIDENTS] == [
        "open an incident for rag-api",
        "ack INC-7",
        "resolve INC-7",
        "escalate INC-7 to search",
        "note INC-7: it falls",
    ]
