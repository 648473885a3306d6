"""The fold of what people told monitoring."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.demo.events import Event
from integrations.demo.watch import Watch
from integrations.errors import Absent

RAG = {"service": "rag-api", "environment": "production"}
RULE: dict[str, Any] = {
    **RAG, "name": "Slow", "metric": "latency", "stat": "p95", "above": True, "threshold": 900.0, "lasting": 60.0,
    "severity": "warning",
}  # fmt: skip


def test_a_silence_ends_when_it_is_taken_back_and_not_later_than_it_would() -> None:
    watch = Watch()
    span = {**RAG, "start": 0.0, "end": 100.0, "by": "maria", "reason": "known"}
    watch.apply(Event(1, "alerts.silenced", 0.0, {**span, "key": "a"}))
    watch.apply(Event(2, "alerts.silenced", 0.0, span))
    assert watch.of_key == {"a": "sil-1"}
    watch.apply(Event(3, "alerts.unsilenced", 40.0, {"silence": "sil-1"}))
    watch.apply(Event(4, "alerts.unsilenced", 400.0, {"silence": "sil-2"}))
    assert [one.end for one in watch.silences.values()] == [40.0, 100.0]
    assert watch.silence("SIL-2", 50.0).reason == "known"
    with pytest.raises(Absent, match=r"no silence 'sil-1' that is on. There are: sil-2\."):
        watch.silence("sil-1", 50.0)


def test_a_rule_is_made_and_deleted_and_no_number_comes_back() -> None:
    watch = Watch()
    watch.apply(Event(1, "monitor.created", 5.0, RULE))
    watch.apply(Event(2, "monitor.deleted", 6.0, {"monitor": "mon-1"}))
    watch.apply(Event(3, "monitor.created", 7.0, RULE))
    assert list(watch.monitors) == ["mon-2"]
    made_at, rule = watch.monitors["mon-2"]
    assert (made_at, rule.id, rule.threshold) == (7.0, "mon-2", 900.0)
