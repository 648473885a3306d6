from __future__ import annotations

from typing import Any

import pytest

from graph.understanding.incident_commands import parse

INC = {"incident_id": "INC-101"}


@pytest.mark.parametrize(
    ("text", "intent", "entities"),
    [
        ("ack 101", "incident.ack", INC),
        ("acknowledge incident INC-101.", "incident.ack", INC),
        ("resolve INC-101", "incident.resolve", INC),
        (
            "close inc-101 because the rollback helped",
            "incident.resolve",
            {**INC, "note": "the rollback helped"},
        ),
        ("show INC-101", "incident.status", INC),
        ("status of incident 101?", "incident.status", INC),
        ("note INC-101: we roll back", "incident.update", {**INC, "note": "we roll back"}),
        ("escalate INC-101 to ml platform", "incident.escalate", {**INC, "to": "ml platform"}),
        ("escalate INC-101", "incident.escalate", INC),
        ("draft the postmortem of INC-101", "incident.review", {**INC, "draft": True}),
        ("incidents", "incident.status", {}),
        ("Alerts", "alert.list", {}),
        ("show alert rules", "alert.list", {"rules": True}),
        ("on-call", "oncall.query", {}),
        ("unsilence sil-1", "alert.manage", {"wish": "unsilence", "monitor": "sil-1"}),
        ("delete alert mon-12", "alert.manage", {"wish": "delete", "monitor": "mon-12"}),
    ],
)
def test_exact_words(text: str, intent: str, entities: dict[str, Any]) -> None:
    assert parse(text) == (intent, entities)


@pytest.mark.parametrize(
    "text",
    [
        "why was INC-101 resolved",
        "ack all incidents",
        "resolve INC-101 tomorrow",
        "show 101",
        "status run_123",
        "close review rev_12",
        "note INC-101:",
        "approve apr_123",
    ],
)
def test_anything_else_is_no_such_command(text: str) -> None:
    assert parse(text) is None
