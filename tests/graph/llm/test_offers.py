from __future__ import annotations

from typing import Any

import pytest

from graph.answers.diagnosis import offer
from graph.llm.offers import Allowed, allowed
from graph.understanding.entities import extract
from insight.evidence import Cause, Diagnosis, Remedy
from tests.graph.world import World, classifier, lexicon


@pytest.fixture
def may(world: World) -> Allowed:
    """What may be suggested to somebody who asked about rag-api in staging while openai is the cause."""
    said = extract("why is rag-api slow in staging, was it v3.38.4?", lexicon(), classifier().known)
    remedy = Remedy(
        "provider-failover", {"service": "llm-gateway", "environment": "staging", "to": "anthropic"}
    )
    cause = Cause("provider", "llm-gateway", "openai is down", 0.9, (), (), remedy)
    return allowed(world.tools.library, said, Diagnosis("cause", (), (cause,), ()), ("rag-api",), "staging")


@pytest.mark.parametrize(
    ("runbook", "inputs", "words"),
    [
        (
            "rollback-service",
            {"service": "rag-api", "environment": "staging"},
            "roll back rag-api in staging",
        ),
        (
            "provider-failover",
            {"service": "llm-gateway", "environment": "staging", "to": "anthropic"},
            "run provider-failover service=llm-gateway environment=staging to=anthropic",
        ),
    ],
)
def test_the_persons_words_and_the_diagnosis_may_become_inputs(
    may: Allowed, runbook: str, inputs: dict[str, str], words: str
) -> None:
    remedy = may.accept(runbook, inputs)
    assert remedy is not None and offer(remedy) == words


@pytest.mark.parametrize(
    ("runbook", "inputs"),
    [
        ("rollback-service", {"service": "payments-api", "environment": "staging"}),
        ("rollback-service", {"service": "rag-api", "environment": "production"}),
        ("rollback-service", {"service": "rag-api", "environment": "staging", "reason": "because"}),
        ("rollback-service", {"service": ["rag-api"], "environment": "staging"}),
        ("rollback-service", {"service": "rag-api; rm -rf /", "environment": "staging"}),
        ("rollback-service", {"service": "RAG-API", "environment": "staging"}),
        ("rollback-service", "service=rag-api"),
        ("rollback-service", None),
        ("provider-failover", {"service": "rag-api", "environment": "staging", "to": "evil"}),
        ("no-such-runbook", {"service": "rag-api"}),
        (None, {"service": "rag-api"}),
        ({"name": "rollback-service"}, {}),
        ("rollback-service", {f"n{number}": "rag-api" for number in range(20)}),
    ],
)
def test_anything_else_is_dropped_whole(may: Allowed, runbook: Any, inputs: Any) -> None:
    assert may.accept(runbook, inputs) is None
