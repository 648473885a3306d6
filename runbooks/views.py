"""Approvals and runs in the shape that REST, cards and the terminal show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from store.policy_records import Review, Standing, Vote
from store.records import Approval, Decision, Required, Run, Step
from store.schedule_records import Firing, Schedule


def approval_view(approval: Approval, run: Run, decisions: Sequence[Decision]) -> dict[str, Any]:
    """CONTRACT's Approval. Times are ISO 8601, UTC; `stage` is the stage that waits now."""
    return {
        "id": approval.id,
        "status": approval.status,
        "runbook": approval.runbook,
        "inputs": dict(run.inputs),
        "environment": approval.environment,
        "requester": approval.requester,
        "plan_hash": approval.plan_hash,
        "plan": dict(run.plan),
        "required": [_required_view(one) for one in approval.required],
        "stage": approval.stage,
        "decisions": [_decision_view(one) for one in decisions],
        "created_at": iso(approval.created_at),
        "expires_at": iso(approval.expires_at),
        "ended_at": iso(approval.ended_at),
        "run_id": approval.run_id,
        "request_id": approval.request_id,
        "place": approval.place,
        "version": approval.version,
        "remind": approval.remind,
        "escalate_to": approval.escalate_to,
        "reminded": approval.reminded,
        "escalated_at": iso(approval.escalated_at),
    }


def standing_view(one: Standing, votes: Sequence[Vote], now: float) -> dict[str, Any]:
    """An approval in advance: what it covers, how often, until when, who agreed to exactly `hash`."""
    over = one.status != "revoked" and one.expires_at <= now
    return {
        "id": one.id,
        "status": "expired" if over else one.status,
        "runbook": one.runbook,
        "digest": one.digest,
        "environment": one.environment,
        "services": list(one.services),
        "bounds": {name: dict(bound) for name, bound in one.bounds.items()},
        "most": one.most,
        "per": one.per,
        "count": one.count,
        "proposer": one.proposer,
        "reason": one.reason,
        "hash": one.hash,
        "votes": [{"by": vote.person, "via": vote.via, "at": iso(vote.at)} for vote in votes],
        "created_at": iso(one.created_at),
        "expires_at": iso(one.expires_at),
        "ended_at": iso(one.ended_at),
        "ended_by": one.ended_by,
    }


def review_view(one: Review) -> dict[str, Any]:
    """The look back at a run that broke glass; open while `closed_at` is null."""
    return {
        "id": one.id,
        "run_id": one.run_id,
        "runbook": one.runbook,
        "environment": one.environment,
        "person": one.person,
        "acting_as": one.acting_as,
        "reason": one.reason,
        "opened_at": iso(one.opened_at),
        "told": one.told,
        "closed_at": iso(one.closed_at),
        "closed_by": one.closed_by,
        "outcome": one.outcome,
    }


def required_of(view: Mapping[str, Any]) -> Required:
    """The stage that a view's `required` entry shows."""
    columns: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in view.items()
    }
    return Required(**columns)


def _required_view(one: Required) -> dict[str, Any]:
    return {
        "stage": one.stage,
        "name": one.name,
        "count": one.count,
        "roles": list(one.roles),
        "groups": list(one.groups),
        "people": list(one.people),
        "teams": list(one.teams),
        "not_requester": one.not_requester,
    }


def run_view(run: Run, steps: Sequence[Step]) -> dict[str, Any]:
    """CONTRACT's Run. Times are ISO 8601, UTC."""
    return {
        "id": run.id,
        "status": run.status,
        "runbook": run.runbook,
        "inputs": dict(run.inputs),
        "environment": run.environment,
        "dry_run": run.dry_run,
        "requester": run.requester,
        "place": run.place,
        "request_id": run.request_id,
        "plan_hash": run.plan_hash,
        "fence": run.fence,
        "version": run.version,
        "created_at": iso(run.created_at),
        "started_at": iso(run.started_at),
        "ended_at": iso(run.ended_at),
        "error": run.error,
        "steps": [_step_view(one) for one in steps],
    }


def iso(at: float | None) -> str | None:
    """`2026-01-31T09:00:00.000Z`."""
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _step_view(step: Step) -> dict[str, Any]:
    return {
        "id": step.id,
        "action": step.action,
        "effect": step.effect,
        "status": step.status,
        "attempts": step.attempts,
        "started_at": iso(step.started_at),
        "ended_at": iso(step.ended_at),
        "output": step.output,
        "error": step.error,
    }


def _decision_view(one: Decision) -> dict[str, Any]:
    seen: dict[str, Any] = {
        "by": one.person,
        "decision": one.decision,
        "reason": one.reason,
        "at": iso(one.at),
    }
    seen |= {"stage": one.stage, "via": one.via}
    return seen | ({"acting_as": one.acting_as} if one.acting_as else {})


def schedule_view(one: Schedule) -> dict[str, Any]:
    """What happens when; `owner` is null for one that came with a runbook and that nobody has turned on."""
    return {
        "id": one.id,
        "status": one.status,
        "kind": one.kind,
        "words": one.words,
        "cron": one.cron,
        "timezone": one.zone,
        "late": one.late,
        "owner": one.owner or None,
        "place": one.place,
        "runbook": one.runbook,
        "inputs": dict(one.detail or {}),
        "created_at": iso(one.created_at),
        "next_at": iso(one.next_at),
        "note": one.note,
        "ended_at": iso(one.ended_at),
    }


def firing_view(one: Firing) -> dict[str, Any]:
    """One of its times: what came of it, and how many earlier ones were missed before it."""
    return {
        "scheduled_at": iso(one.scheduled_at),
        "status": one.status,
        "fired_at": iso(one.fired_at),
        "request_id": one.request_id,
        "missed": one.missed,
    }
