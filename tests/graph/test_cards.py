from __future__ import annotations

import json

from graph import cards


def test_a_difference_shows_what_changes_only() -> None:
    block = cards.diff("rag-api", {"version": "2", "replicas": 3}, {"version": "1", "replicas": 3})
    assert block["changes"] == [["version", "2", "1"]]


def test_every_block_is_plain_json() -> None:
    view = {
        "id": "run_1",
        "runbook": "r",
        "status": "running",
        "steps": [{"id": "a", "action": "x", "status": "new"}],
    }
    blocks = [
        cards.text("a"),
        cards.facts({"a": "b"}),
        cards.table(["a"], [["b"]]),
        cards.code("a"),
        cards.choices([("a", "b")], "which"),
        cards.progress(view),
        cards.approval({"id": "apr_1", "plan_hash": "h"}),
        cards.error("a", "b"),
    ]
    assert json.loads(json.dumps(blocks)) == blocks
