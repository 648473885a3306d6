"""The card of an approval says everything that a person decides on."""

from __future__ import annotations

from typing import Any

from bot.slack import cards
from bot.slack.buttons import Buttons
from bot.slack.cards import Look
from tests.support.slack.server import shown_text

NOW = 1_800_000_000.0
LOOK = Look(NOW, ("priya",), {"priya": "Priya Nair", "maria": "Maria Alvarez"}, Buttons(b"k" * 32))


def view(**more: Any) -> dict[str, Any]:
    step = {
        "id": "rollback", "action": "deployments.rollback", "effect": "write", "inputs": {"to": "5.1"},
        "summary": "rag-api in production: 5.2 → 5.1", "verify": "error rate < 2 %", "undo": "deployments.release 5.2",
        "change": {"before": {"version": "5.2"}, "after": {"version": "5.1"}},
    }  # fmt: skip
    radius = {"services": ["rag-api"], "dependants": ["chat-frontend"], "traffic_share": 0.45}
    return {
        "id": "apr_1", "status": "pending", "runbook": "rollback-service", "environment": "production",
        "requester": "maria", "plan_hash": "ab" * 32, "stage": 0, "expires_at": "2027-01-15T08:10:00Z",
        "plan": {"steps": [step], "risk": "high", "cost": -40.0, "blast_radius": radius}, "decisions": [],
        "required": [{"stage": 0, "count": 1, "roles": ["approver"], "groups": [], "not_requester": True}],
    } | more  # fmt: skip


def words(**more: Any) -> str:
    return shown_text({"blocks": cards.approval(view(**more), LOOK)})


def test_a_card_says_change_reach_cost_risk_check_undo_and_who_may_decide_until_when() -> None:
    told = words()
    for part in (
        "rollback-service in production", "rag-api in production: 5.2 → 5.1", "version: 5.2 → 5.1", "Risk: high",
        "called by chat-frontend; 45% of user traffic", "-40 USD a month", "error rate < 2 %",
        "deployments.release 5.2", "Asked by: Maria Alvarez", "1 approver, not the requester",
        "May approve: Priya Nair", "? pending, 10 min left",
    ):  # fmt: skip
        assert part in told, part


def test_a_decided_card_says_who_and_why_and_offers_nothing() -> None:
    said = {"by": "priya", "decision": "deny", "reason": "not now", "at": "2027-01-15T08:01:00Z"}
    told = words(status="denied", decisions=[said])
    assert "Denied by: Priya Nair (not now)" in told and "May approve" not in told and "Approve" not in told


def test_a_run_shows_each_step_with_its_state_in_words() -> None:
    steps = [
        {"id": "now", "status": "done", "attempts": 1, "started_at": "2027-01-15T08:00:00Z",
         "ended_at": "2027-01-15T08:00:02Z", "output": {"version": "5.2"}},
        {"id": "rollback", "status": "failed", "attempts": 2, "error": "no build"},
    ]  # fmt: skip
    run = {"id": "run_1", "runbook": "rollback-service", "status": "failed", "steps": steps, "inputs": {}}
    told = shown_text({"blocks": cards.run(run, LOOK)})
    assert "✓ done  now, 2.0 s: version 5.2" in told
    assert "✗ failed  rollback, attempt 2: no build" in told
