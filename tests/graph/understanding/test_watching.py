from __future__ import annotations

from typing import Any

import pytest

from graph.understanding import watching
from graph.understanding.entities import Extracted, extract
from tests.graph.world import classifier, lexicon


def seen(text: str) -> Extracted:
    return extract(text, lexicon(), classifier().known)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("silence rag-api for two hours", {"wish": "silence", "seconds": 7200.0}),
        ("mute the latency monitor on llm-gateway until 6pm", {"wish": "silence", "until": "18:00"}),
        ("turn off notifications for embeddings", {"wish": "silence"}),
        ("unsilence the billing monitor", {"wish": "unsilence"}),
        ("end the silence of billing", {"wish": "unsilence"}),
        ("delete the alert mon-3fa2b1", {"wish": "delete", "monitor": "mon-3fa2b1"}),
        (
            "page us when error rate of checkout passes 3%",
            {"wish": "create", "above": True, "threshold": 0.03},
        ),
        (
            "notify #ops if p95 latency goes above 2s",
            {"wish": "create", "channel": "ops", "above": True, "threshold": 2000.0},
        ),
        (
            "let us know when throughput of rag-api falls below 20",
            {"wish": "create", "above": False, "threshold": 20.0},
        ),
        ("alert when latency of billing > 800 ms", {"wish": "create", "above": True, "threshold": 800.0}),
        ("ping the channel if throughput of billing drops", {"wish": "create", "above": False}),
        (
            "change the threshold of the error rate alert to 3%",
            {"wish": "change", "above": True, "threshold": 0.03},
        ),
    ],
)
def test_what_is_wished_of_alerts(text: str, found: dict[str, Any]) -> None:
    assert watching.alert_wish(text, seen(text)) == found


@pytest.mark.parametrize(
    ("value", "unit", "metric", "wanted"),
    [
        (5.0, "%", "error_rate", 0.05),
        (5.0, "", "error_rate", 0.05),
        (0.05, "", "error_rate", 0.05),
        (2.0, "s", "latency", 2000.0),
        (800.0, "ms", "latency", 800.0),
        (50.0, "", "throughput", 50.0),
        (90.0, "percent", "saturation", 0.9),
    ],
)
def test_a_limit_is_in_the_metrics_own_unit(value: float, unit: str, metric: str, wanted: float) -> None:
    assert watching.in_unit(value, unit, metric) == wanted


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("any critical alerts", {"alert_severity": "critical"}),
        ("which monitors are in warning state", {"alert_severity": "warning"}),
        ("show alert rules", {"rules": True}),
        ("which monitors do we have", {"rules": True}),
        ("is anything red", {}),
    ],
)
def test_which_alerts_are_asked_for(text: str, found: dict[str, Any]) -> None:
    assert watching.alert_list(text, seen(text)) == found
