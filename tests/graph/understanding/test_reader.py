from __future__ import annotations

import pytest

from graph.intents import ACTS, TRAITS
from graph.understanding.reader import Reader, trigger_pattern
from tests.graph.world import a_turn, classifier, lexicon, read

PENDING = {
    "intent": "deploy.rollback",
    "entities": {"service": "rag-api"},
    "missing": "environment",
    "options": ["production"],
}


def test_a_command_comes_before_everything() -> None:
    seen = read("approve apr_123abc", a_turn("deploy.rollback", pending=PENDING))
    assert (seen.reading.intent, seen.reading.source, seen.reading.confidence) == (
        "approval.approve",
        "command",
        1.0,
    )


def test_the_answer_to_our_question_comes_before_the_classifier() -> None:
    seen = read("production", a_turn("deploy.rollback", pending=PENDING))
    assert seen.reading.intent == "deploy.rollback"
    assert seen.reading.entities["environment"] == "production"


def test_no_to_our_question_changes_nothing() -> None:
    assert read("no", a_turn("deploy.rollback", pending=PENDING)).doubt == "declined"


def test_a_chosen_offer_is_read_as_if_it_had_been_said() -> None:
    turn = a_turn(
        "diagnose.explain", pending={"missing": "choice", "options": ["roll back rag-api in production"]}
    )
    seen = read("1", turn)
    assert seen.reading.intent == "deploy.rollback"
    assert seen.reading.entities["environment"] == "production"
    assert seen.doubt == ""
    assert read("yes", turn).reading == seen.reading


def test_yes_without_a_question_decides_nothing() -> None:
    seen = read("yes")
    assert seen.reading.intent == "approval.approve"
    assert "approval_id" not in seen.reading.entities


def test_a_plain_change_is_sure_and_a_hypothetical_one_is_not() -> None:
    assert read("roll back rag-api in production").doubt == ""
    for text in ("roll back rag-api at 22:00", "roll back rag-api if errors rise", "never roll back rag-api"):
        seen = read(text)
        assert seen.doubt or seen.reading.intent not in ACTS, text


def test_a_read_takes_its_service_from_before_and_says_so() -> None:
    seen = read("show the error rate", a_turn("metrics.query", service="rag-api"))
    assert seen.reading.entities["service"] == "rag-api"
    assert seen.notes


def test_a_strange_name_keeps_the_service_of_before_out() -> None:
    seen = read("error rate of foo", a_turn("metrics.query", service="rag-api"))
    assert "service" not in seen.reading.entities


def test_an_unserved_request_is_out_of_scope_with_its_topic() -> None:
    seen = read("rotate the openai api key")
    assert (seen.reading.intent, seen.topic) == ("oos", "security.rotate")


def test_words_that_nobody_taught_are_out_of_scope() -> None:
    assert read("xqzzt blorp").reading.intent == "oos"


@pytest.mark.parametrize(
    ("text", "doubt"), [("", "empty"), ("\u200b\x00", "empty"), ("a " * 4000, "too long")]
)
def test_what_cannot_be_read_is_said(text: str, doubt: str) -> None:
    assert read(text).doubt == doubt


def test_another_language_is_said_and_nothing_is_done() -> None:
    seen = read("bitte rolle rag-api in production zurück und zwar für mich")
    assert (seen.reading.intent, seen.doubt) == ("oos", "language")


def test_a_runbooks_own_sentence_starts_it() -> None:
    triggers = [
        ("swap {service} over", "provider-failover"),
        ("put {service} back on {to}", "rollback-service"),
    ]
    one = Reader(classifier(), lexicon(), TRAITS, triggers)
    seen = one.read("Please swap rag-api over in staging!", [], "maria", 0.0)
    assert seen.reading.intent == "runbook.run"
    assert seen.reading.entities == {
        "service": "rag-api",
        "environment": "staging",
        "runbook": "provider-failover",
    }
    assert seen.doubt == ""
    assert one.read("put rag-api back on 1.4.2", [], "maria", 0.0).reading.intent == "deploy.rollback"
    later = one.read("clear the cache of rag-api tomorrow at noon", [], "maria", 0.0)
    assert later.doubt or later.reading.intent not in ACTS - {"schedule.manage"}


def test_a_trigger_matches_masked_words_only_as_a_whole() -> None:
    pattern = trigger_pattern("Restart  {service}")
    assert pattern.fullmatch("restart zservice")
    assert pattern.fullmatch("restart zservice in zenv")
    assert not pattern.fullmatch("restart zname")
    assert not pattern.fullmatch("do not restart zservice")
    named = trigger_pattern("restart {service} in {environment}")
    assert named.fullmatch("restart zservice in zenv")
    assert not named.fullmatch("restart zservice")
