from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from bot.http.shapes import Approval, Reply, Run
from runbooks.views import approval_view, run_view
from tests.support.ledger import a_decision, a_run, a_step, an_approval

PLAN: dict[str, Any] = {
    "steps": [
        {"id": "a", "action": "x.y", "effect": "write", "inputs": {}, "change": {"before": {}, "after": {}}},
        {"id": "b", "action": "x.y", "effect": "write", "inputs": {}, "change": "known after step a"},
    ],
    "blast_radius": {"services": ["rag-api"], "dependants": [], "traffic_share": 0.4},
    "cost": None,
}


def test_the_views_of_the_ledger_have_the_published_shapes() -> None:
    run = a_run(plan=PLAN)
    shown = Run.model_validate(run_view(run, [a_step(status="done", output={"version": "v1"})]))
    assert shown.steps[0].output == {"version": "v1"}
    asked = Approval.model_validate(approval_view(an_approval(), run, [a_decision()]))
    assert asked.plan.steps[1].change == "known after step a"
    assert asked.required[0].groups == ["llm-oncall"]


def test_a_reply_with_another_block_or_key_does_not_have_the_shape() -> None:
    reply: dict[str, Any] = {
        "id": "reply:r", "session_id": "s", "text": "t", "blocks": [{"type": "text", "text": "t"}],
        "intent": {"id": "help", "confidence": 1.0, "source": "command", "entities": {}},
        "request_id": "r", "approval": None, "run": None,
    }  # fmt: skip
    assert Reply.model_validate(reply).text == "t"
    for wrong in ({"blocks": [{"type": "html"}]}, {"extra": 1}, {"approval": "apr_1"}):
        with pytest.raises(ValidationError):
            Reply.model_validate({**reply, **wrong})
