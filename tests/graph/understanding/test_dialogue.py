from __future__ import annotations

from typing import Any

import pytest

from graph.intents import TRAITS
from graph.message import Reading
from graph.understanding import dialogue
from graph.understanding.entities import extract
from tests.graph.world import a_turn, classifier, lexicon

NOW = 1_760_000_000.0
POINTING = TRAITS["deploy.rollback"]
ASKED = {
    "intent": "deploy.rollback",
    "entities": {"service": "rag-api"},
    "missing": "environment",
    "options": ["production", "staging"],
}
METRIC = a_turn(
    "metrics.query",
    service="rag-api",
    environment="production",
    metric="latency",
    stat="p95",
    time_range="-1h",
)


def completed(text: str, asked: dict[str, Any] = ASKED) -> Reading | None:
    return dialogue.complete(text, extract(text, lexicon(), classifier().known), asked)


def followed(text: str, at: float = NOW) -> Reading | None:
    return dialogue.follow_up(text, extract(text, lexicon(), classifier().known), [METRIC], at, TRAITS)


@pytest.mark.parametrize("text", ["staging", "2", "in staging", "the staging one please", "stg"])
def test_an_answer_completes_the_request(text: str) -> None:
    reading = completed(text)
    assert reading is not None
    assert reading.entities == {"service": "rag-api", "environment": "staging"}
    assert reading.source == "dialogue"


@pytest.mark.parametrize(
    "text", ["3", "0", "yes", "show me the p95 latency of checkout in staging", "why is it slow", "roll"]
)
def test_anything_else_is_a_new_message(text: str) -> None:
    assert completed(text) is None


def test_yes_confirms_what_was_said_back_and_nothing_else_does() -> None:
    asked = {
        "intent": "deploy.rollback",
        "entities": {"service": "rag-api", "environment": "staging"},
        "missing": "confirm",
    }
    reading = completed("Yes!", asked)
    assert reading is not None
    assert reading.entities == asked["entities"]
    assert completed("staging", asked) is None
    assert completed("yes but in production", asked) is None


def test_only_the_person_who_was_asked_can_answer_and_only_for_a_while() -> None:
    turn = a_turn("deploy.rollback", pending=ASKED)
    assert dialogue.pending([turn], "maria", NOW) == ASKED
    assert dialogue.pending([turn], "sam", NOW) is None
    assert dialogue.pending([turn], "maria", NOW + dialogue.PENDING_FOR + 1) is None
    assert dialogue.pending([turn, a_turn("help")], "maria", NOW) is None
    assert dialogue.pending([], "maria", NOW) is None


def test_an_option_is_chosen_by_number_words_or_yes_when_there_is_one() -> None:
    assert dialogue.chosen("2", ["a", "b"]) == "b"
    assert dialogue.chosen("B.", ["a", "b"]) == "b"
    assert dialogue.chosen("yes", ["a"]) == "a"
    assert dialogue.chosen("yes", ["a", "b"]) is None
    assert dialogue.chosen("9", ["a", "b"]) is None
    assert dialogue.chosen("1", []) is None


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("and staging?", {"environment": "staging"}),
        ("what about checkout", {"service": "checkout"}),
        ("p99", {"stat": "p99"}),
        ("yesterday?", {"time_range": "yesterday"}),
        ("same for billing in dev", {"service": "billing", "environment": "dev"}),
    ],
)
def test_a_follow_up_changes_what_it_names(text: str, changed: dict[str, str]) -> None:
    reading = followed(text)
    assert reading is not None
    assert reading.intent == "metrics.query"
    assert reading.entities == {**METRIC.entities, **changed}


def test_another_metric_drops_the_statistic_of_the_old_one() -> None:
    reading = followed("and the error rate?")
    assert reading is not None
    assert reading.entities["metric"] == "error_rate"
    assert "stat" not in reading.entities


@pytest.mark.parametrize("text", ["why?", "but why is that", "why"])
def test_why_asks_for_the_reason_of_what_was_looked_at(text: str) -> None:
    reading = followed(text)
    assert reading is not None
    assert reading.intent == "diagnose.explain"
    assert reading.entities["service"] == "rag-api"


@pytest.mark.parametrize(
    "text", ["restart checkout", "roll back staging", "ok", "approve", "checkout is broken, roll it back"]
)
def test_a_follow_up_never_starts_a_change(text: str) -> None:
    assert followed(text) is None


def test_an_old_topic_is_forgotten() -> None:
    assert followed("and staging?", NOW + dialogue.TOPIC_FOR + 1) is None


def test_it_is_the_service_of_the_conversation_and_that_is_said() -> None:
    filled, notes = dialogue.fill({}, "roll it back", [METRIC], NOW, POINTING)
    assert filled == {"service": "rag-api", "environment": "production"}
    assert notes == ("Taken from before: rag-api, production.",)


def test_without_pointing_back_nothing_is_taken() -> None:
    assert dialogue.fill({}, "roll back", [METRIC], NOW, POINTING) == ({}, ())


def test_the_environment_comes_along_only_for_the_same_service() -> None:
    assert dialogue.fill({"service": "rag-api"}, "roll back rag-api", [METRIC], NOW, POINTING)[0] == {
        "service": "rag-api",
        "environment": "production",
    }
    assert dialogue.fill({"service": "billing"}, "roll back billing", [METRIC], NOW, POINTING) == (
        {"service": "billing"},
        (),
    )


def test_yes_and_no_are_whole_messages() -> None:
    assert dialogue.said_yes("Yes, please") or dialogue.said_yes("yes please")
    assert dialogue.said_no("Nope.")
    assert not dialogue.said_yes("yes but later")
    assert not dialogue.said_no("no idea why it is slow")
