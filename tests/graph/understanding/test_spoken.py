from __future__ import annotations

from typing import Any

import pytest

from graph.understanding import spoken
from graph.understanding.entities import Extracted, extract
from tests.graph.world import classifier, lexicon


def seen(text: str) -> Extracted:
    return extract(text, lexicon(), classifier().known)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("open a SEV1 now", "sev1"),
        ("a p2 for billing", "sev2"),
        ("severity 3", "sev3"),
        ("a major incident", "sev1"),
        ("p95 of rag-api", None),
        ("p1 ms", None),
        ("open an incident", None),
    ],
)
def test_severities(text: str, found: str | None) -> None:
    assert spoken.severity(text) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('say "two words" here', "two words"),
        ("find `a b`", "a b"),
        ("it's the provider's fault", None),
        ("nothing", None),
    ],
)
def test_quotes(text: str, words: str | None) -> None:
    assert spoken.quoted(text) == words


def test_a_colon_inside_a_time_opens_no_words() -> None:
    assert spoken.after_colon("update INC-7: we roll back") == "we roll back"
    assert spoken.after_colon("the incident of 10:30") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("search the logs of checkout for NullPointerException", {"query": "NullPointerException"}),
        ("grep timeout in rag-api last hour", {"query": "timeout"}),
        ("grep for 504 in rag-api", {"query": "504"}),
        ('logs of billing with "rate limit exceeded" today', {"query": "rate limit exceeded"}),
        ("what do the moderation logs say about rate limits", {"query": "rate limits"}),
        ("show error logs of rag-api", {"level": "error"}),
        ("find all warnings in the log since 9:00", {"level": "warning"}),
        ("last 50 error lines from rag-api", {"level": "error", "last_n": 50}),
        ("look up trace id 4BF92F in logs", {"trace": "4bf92f"}),
        ("pull up logs for request 7781", {"trace": "7781"}),
        ("logs of checkout for the last hour", {}),
        ("any stack traces in the billing logs?", {"level": "error"}),
        ("show logs of checkout", {}),
    ],
)
def test_what_is_sought_in_logs(text: str, found: dict[str, Any]) -> None:
    assert spoken.log_search(text, seen(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("open an incident: llm-gateway is returning 502s", {"title": "llm-gateway is returning 502s"}),
        ("open a sev1 for rag-api, users see 502s", {"severity": "sev1", "title": "users see 502s"}),
        ("checkout is down, declare an incident", {"title": "checkout is down"}),
        ("trigger a p1 incident, billing is down", {"severity": "sev1", "title": "billing is down"}),
        ('open incident "slow answers" severity 3', {"severity": "sev3", "title": "slow answers"}),
        ("start a sev2 for rag-api", {"severity": "sev2"}),
        ("open another incident for rag-api", {"another": True}),
    ],
)
def test_what_an_incident_is_opened_with(text: str, found: dict[str, Any]) -> None:
    assert spoken.incident_opening(text, seen(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("update INC-101: we are rolling back", {"note": "we are rolling back"}),
        ("add a note to INC-7 that traffic was drained", {"note": "traffic was drained"}),
        ("log in the timeline: failover started", {"note": "failover started"}),
        ("set the severity of INC-12 to sev1", {"severity": "sev1"}),
        ("downgrade INC-12 to sev3", {"severity": "sev3"}),
        ("set the incident commander of INC-12 to maria", {"assignee": "maria"}),
        ("assign INC-12 to lena", {"assignee": "lena"}),
        ("note INC-12: sev1 no more", {"note": "sev1 no more"}),
    ],
)
def test_what_is_changed_on_an_incident(text: str, found: dict[str, Any]) -> None:
    assert spoken.incident_update(text, seen(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("resolve it because the rollback helped", {"note": "the rollback helped"}),
        ("INC-12 is fixed by a restart, close it", {"note": "a restart, close it"}),
        ("close out the sev1", {"severity": "sev1"}),
        ("resolve INC-12", {}),
    ],
)
def test_why_an_incident_is_over(text: str, found: dict[str, Any]) -> None:
    assert spoken.incident_choice(text, seen(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("who is secondary for platform", {"level": 2}),
        ("who is the primary tonight", {"level": 1, "when": "tonight"}),
        ("am i on call this weekend", {"mine": True, "when": "this weekend"}),
        ("when is my next shift", {"mine": True, "upcoming": True}),
        ("who was on call tonight", {}),
    ],
)
def test_whose_shift_is_asked_for(text: str, found: dict[str, Any]) -> None:
    assert spoken.rota(text, seen(text)) == found


def test_an_escalation_names_a_level_or_the_commander() -> None:
    assert spoken.escalation("call the secondary", seen("call the secondary")) == {"level": 2}
    assert spoken.escalation("page the incident commander", seen("")) == {"commander": True}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("draft the post-mortem of INC-12", {"draft": True}),
        ("show the timeline of INC-12", {"timeline": True}),
        ("summarize INC-12", {"timeline": True}),
        ("summarize the sev1 incidents", {"severity": "sev1"}),
        ("what do the last 5 incidents have in common", {}),
    ],
)
def test_how_one_looks_back(text: str, found: dict[str, Any]) -> None:
    assert spoken.incident_review(text, seen(text)) == found
