from __future__ import annotations

from typing import Any

import pytest

from graph.understanding.entities import Extracted, Unknown, extract
from tests.graph.world import classifier, lexicon


def found(text: str) -> Extracted:
    return extract(text, lexicon(), classifier().known)


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        (
            "p95 latency of rag-api in prod",
            {"stat": "p95", "metric": "latency", "service": "rag-api", "environment": "production"},
        ),
        (
            "error rate for the payment service in the last hour",
            {"metric": "error_rate", "service": "payments-api", "time_range": "-1h"},
        ),
        ("median response time for search gateway", {"stat": "p50", "metric": "latency", "service": "search-gateway"}),
        ("tokens of gpt-4-turbo today", {"metric": "tokens", "model": "gpt-4-turbo", "time_range": "today"}),
        ("time to first token on the gateway", {"metric": "ttft", "service": "llm-gateway"}),
        (
            "roll back RAG_API to v1.4.2 in staging",
            {"service": "rag-api", "version": "v1.4.2", "environment": "staging"},
        ),
        ("approve request req-101", {"approval_id": "req-101"}),
        ("rollback deployment dep-101", {"deployment_id": "dep-101"}),
        ("revert the last deployment", {"deployment_id": "last"}),
        ("run provider-failover for llm-gateway", {"runbook": "provider-failover", "service": "llm-gateway"}),
        ("fail over to azure", {"provider": "azure-openai"}),
        ("rag-api's latency", {"service": "rag-api", "metric": "latency"}),
        (
            "latency this week compared with last week",
            {"metric": "latency", "time_range": "this_week", "compare_to": "-7d"},
        ),
        ("list the last 10 deployments", {"last_n": 10}),
        ("gpu memory of vllm", {"metric": "memory", "service": "vllm-pool"}),
        ("what is INC-204", {"incident_id": "INC-204"}),
        ("latency in eu", {"metric": "latency", "region": "eu"}),
        ("hello there", {}),
    ],
)  # fmt: skip
def test_names_are_canonical(text: str, entities: dict[str, Any]) -> None:
    assert dict(found(text).found) == entities


def test_a_region_is_never_read_as_the_environment() -> None:
    one = found("roll back rag-api in prod-eu")
    assert one.regions == ("eu",)
    assert "environment" not in one.found


def test_us_is_a_region_only_where_a_place_is_meant() -> None:
    assert found("page us when it fails").regions == ()
    assert found("latency of rag-api in us").regions == ("us",)


@pytest.mark.parametrize(
    ("text", "said", "near"),
    [
        ("error rate of chekout", "chekout", ("checkout",)),
        ("roll back raag-api", "raag-api", ("rag-api",)),
        ("roll back rag-apy", "rag-apy", ("rag-api",)),
        ("latency of rag-api in prodution", "prodution", ("production",)),
        ("restart rag-api-canary", "rag-api-canary", ("rag-api",)),
        ("latency of moderaton", "moderaton", ("moderation",)),
        ("errors of foo-svc", "foo-svc", ()),
        ("errors of authservice", "authservice", ()),
    ],
)
def test_a_name_nobody_knows_is_kept_with_what_is_near(text: str, said: str, near: tuple[str, ...]) -> None:
    unknown = found(text).unknown
    assert [(one.said, one.near) for one in unknown if one.kind != "maybe"] == [(said, near)]


def test_part_of_a_longer_name_is_not_the_service() -> None:
    assert "service" not in found("restart rag-api-canary").found or found("restart rag-api-canary").unknown


def test_a_short_word_after_of_may_be_a_name() -> None:
    assert found("error rate of foo").unknown == (Unknown("maybe", "foo"),)


@pytest.mark.parametrize(
    "text",
    ["a re-run of the on-call check-in", "show me the error rate", "what is wrong with it", "page us please"],
)
def test_ordinary_words_are_not_names(text: str) -> None:
    assert [one for one in found(text).unknown if one.kind != "maybe"] == []


def test_the_masked_text_hides_names_but_not_what_is_asked() -> None:
    masked = found("show p95 latency of rag-api in prod since 15:00").masked
    assert masked.split() == ["show", "p95", "latency", "of", "zservice", "in", "zenv", "ztime"]


def test_several_services_are_all_seen() -> None:
    assert found("roll back rag-api and checkout in staging").services == ("rag-api", "checkout")
