from __future__ import annotations

from graph.intents.operations import OPERATIONS


def test_every_operation_is_a_read_for_viewers() -> None:
    for intent in OPERATIONS:
        assert (intent.role, intent.request, intent.act) == ("viewer", None, None)
        assert intent.facts is not None


def test_each_can_be_said_back_for_a_service() -> None:
    names = {"service": "rag-api", "environment": "production", "metric": "latency", "stat": "p95"}
    assert [intent.say(names) for intent in OPERATIONS] == [
        "show p95 latency of rag-api in production",
        "what is wrong with rag-api in production",
        "what version of rag-api is running in production",
    ]
