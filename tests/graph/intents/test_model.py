from __future__ import annotations

from graph.intents.model import Intent, NoSlots

INTENT = Intent(
    "x", "do x", "viewer", phrase="show [{stat}] {metric} of {service} [in {environment}] [to {version}]"
)


def test_a_request_is_said_in_exact_words_without_what_is_not_known() -> None:
    known = {"metric": "latency", "service": "rag-api", "environment": "staging", "version": None}
    assert INTENT.say(known) == "show latency of rag-api in staging"


def test_what_must_be_known_and_is_not_shows_as_dots() -> None:
    assert INTENT.say({"metric": "latency"}) == "show latency of …"


def test_slots_leave_other_entities_alone() -> None:
    assert NoSlots.model_validate({"service": "rag-api"}).model_dump() == {}
