"""The fold of what people say about incidents."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.demo.cases import Cases
from integrations.demo.events import Event
from integrations.errors import Absent

RAG = {"service": "rag-api", "environment": "production"}


def told(*words: tuple[str, dict[str, Any]]) -> Cases:
    cases = Cases()
    for number, (kind, data) in enumerate(words, start=1):
        cases.apply(Event(number, f"incident.{kind}", 100.0 * number, {"by": "maria", **data}))
    return cases


OPENED = ("opened", {**RAG, "title": "slow", "severity": "sev2", "key": "k"})


def test_the_timeline_tells_everything_in_order() -> None:
    cases = told(
        OPENED,
        ("acknowledged", {"incident": "INC-101", "text": "looking"}),
        ("updated", {"incident": "INC-101", "severity": "sev1", "assignee": "lena"}),
        ("escalated", {"incident": "INC-101", "to": "ml-platform", "person": "priya"}),
        ("noted", {"incident": "INC-101", "text": "rolled back"}),
        ("resolved", {"incident": "INC-101", "text": "", "cause": "a bad release"}),
    )
    one = cases.find("101")
    assert (one.severity, one.status, one.assignee, one.cause) == (
        "sev1",
        "resolved",
        "priya",
        "a bad release",
    )
    assert (one.opened_at, one.acknowledged_at, one.resolved_at) == (100.0, 200.0, 600.0)
    assert one.notes == ("looking", "rolled back")
    assert [(event.kind, event.text) for event in cases.timeline("INC-101")] == [
        ("opened", "sev2: slow"),
        ("acknowledged", "looking"),
        ("severity", "sev2 → sev1"),
        ("assigned", "maria → lena"),
        ("escalated", "to ml-platform (priya)"),
        ("noted", "rolled back"),
        ("resolved", ""),
    ]
    assert cases.of_key == {"k": "INC-101"}


def test_an_incident_that_is_resolved_stays_so_and_keeps_its_hours() -> None:
    cases = told(OPENED, ("resolved", {"incident": "INC-101"}), ("acknowledged", {"incident": "INC-101"}))
    one = cases.find("inc-101")
    assert (one.status, one.acknowledged_at, one.resolved_at) == ("resolved", None, 200.0)


def test_an_unknown_incident_is_told_with_the_latest_ones() -> None:
    with pytest.raises(Absent, match=r"no incident '9'. There are: none yet\."):
        Cases().find("9")
    many = told(*[OPENED] * 10)
    with pytest.raises(Absent, match=r"no incident '9'. There are: INC-110, INC-109.* and 2 older ones\."):
        many.find("9")
