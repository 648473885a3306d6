"""Small records to fill a test's ledger with."""

from __future__ import annotations

from typing import Any

from store.records import Approval, AuditEntry, Decision, Required, Run, Step

NOW = 1_760_000_000.0


def a_run(id: str = "run_1", **changes: Any) -> Run:
    columns: dict[str, Any] = {
        "id": id,
        "status": "queued",
        "runbook": "rollback-model",
        "digest": "d" * 64,
        "definition": {"name": "rollback-model"},
        "inputs": {"service": "rag-api"},
        "environment": "staging",
        "dry_run": False,
        "requester": "maria",
        "acting_as": None,
        "place": "rest:ses_1",
        "request_id": f"req_of_{id}",
        "plan": {"steps": []},
        "plan_hash": "h" * 64,
        "fence": 0,
        "owner": None,
        "lease_until": None,
        "version": 1,
        "created_at": NOW,
    }
    return Run(**(columns | changes))


def a_step(id: str = "one", run_id: str = "run_1", **changes: Any) -> Step:
    columns: dict[str, Any] = {
        "run_id": run_id,
        "id": id,
        "position": 0,
        "action": "deployments.rollback",
        "effect": "write",
        "status": "new",
        "attempts": 0,
    }
    return Step(**(columns | changes))


def an_approval(id: str = "apr_1", **changes: Any) -> Approval:
    columns: dict[str, Any] = {
        "id": id,
        "run_id": "run_1",
        "request_id": f"req_of_{id}",
        "status": "pending",
        "plan_hash": "h" * 64,
        "runbook": "rollback-model",
        "environment": "production",
        "requester": "maria",
        "place": "rest:ses_1",
        "required": (Required(0, 1, ("approver",), ("llm-oncall",)),),
        "stage": 0,
        "version": 1,
        "created_at": NOW,
        "expires_at": NOW + 900,
    }
    return Approval(**(columns | changes))


def a_decision(person: str = "priya", approval_id: str = "apr_1", **changes: Any) -> Decision:
    columns: dict[str, Any] = {
        "id": f"dec_{person}",
        "approval_id": approval_id,
        "stage": 0,
        "person": person,
        "decision": "approve",
        "reason": None,
        "via": "rest",
        "acting_as": None,
        "at": NOW,
    }
    return Decision(**(columns | changes))


def an_entry(what: str = "run.created", run_id: str | None = "run_1", **detail: Any) -> AuditEntry:
    return AuditEntry("maria", what, "run", run_id or "none", run_id, detail=detail)
