"""What must still hold when a run is claimed: the plan is the approved one, and all who had a say still have it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from config.people import People
from runbooks import glass, standing
from runbooks.approvals import approvers
from runbooks.compiler import Runbook, digest
from runbooks.plan import Plan
from runbooks.policy import Mode, Policy, may_decide, mode_holds_back
from store import approvals, reviews
from store import standing as standing_rows
from store.records import Approval, Decision, Required, Run

_STRICTER = "The policy has become stricter since this was approved; ask for it again."


def why_void(
    conn: Connection,
    run: Run,
    plan: Plan,
    runbook: Runbook,
    people: People,
    policy: Policy,
    mode: Mode,
    now: float,
) -> str | None:
    """Why this run may not start a step at `now`, None: it may."""
    altered = _altered(run, plan)
    if altered is not None:
        return f"The run's {altered} is not what its plan was made of; nothing was run. Ask for it again."
    requester = people.get(run.requester)
    if requester is None:
        return f"{run.requester}, who asked for this, is not among people any more."
    if run.dry_run:
        return policy.may_not_ask("read", requester)
    held = mode_holds_back(mode, plan.effect)
    if held is not None:
        return held
    verdict = policy.judge(plan, requester, runbook, mode=mode, now=now, place=run.place)
    review = reviews.by_run(conn, run.id)
    if review is not None and (verdict.kind != "refuse" or verdict.window):
        return glass.why_void(review, run, plan, requester, runbook, policy)
    if verdict.kind == "refuse":
        return verdict.reason
    approval = approvals.by_run(conn, run.id)
    used = standing_rows.use_of(conn, run.id)
    if approval is None and used is not None and verdict.kind == "ask":
        if verdict.alone:
            return "What was approved in advance does not count in a freeze; ask for it again."
        return standing.why_void(conn, used, plan, verdict.advance, run.requester, people, policy, now)
    if verdict.kind == "go" and approval is None:
        return None
    if approval is None or approval.status != "approved":
        return "The run has no approval; nothing was run."
    if approval.plan_hash != plan.hash or approval.requester != run.requester:
        return "The approval is for another plan; nothing was run. Ask for it again."
    return _still_agreed(approval, approvals.decisions(conn, approval.id), verdict.required, people)


def _altered(run: Run, plan: Plan) -> str | None:
    """Which stored part differs from what the plan hash was computed of."""
    parts = {
        "plan": plan.hash == run.plan_hash,
        "runbook": (plan.runbook, plan.digest) == (run.runbook, run.digest),
        "definition": digest(run.definition) == run.digest,
        "inputs": dict(run.inputs) == dict(plan.inputs),
        "environment": run.environment == plan.environment,
    }
    return next((name for name, same in parts.items() if not same), None)


def _still_agreed(
    approval: Approval, decisions: Sequence[Decision], now_required: Sequence[Required], people: People
) -> str | None:
    """Every stage, as it was asked and as policy would ask now, counted over those who still hold the rights."""
    for required in approval.required:
        if _count(required, approval, approvers(decisions, required.stage), people) < required.count:
            return "Somebody who approved this no longer has the right to; ask for it again."
    everybody = {one.person for one in decisions if one.decision == "approve"}
    if len(everybody) < sum(one.count for one in approval.required):
        return "Its stages were not approved by different people; ask for it again."
    if len(everybody) < sum(one.count for one in now_required):
        return _STRICTER
    for required in now_required:
        if _count(required, approval, everybody, people) < required.count:
            return _STRICTER
    return None


def _count(required: Required, approval: Approval, persons: set[str], people: People) -> int:
    found = [people.get(name) for name in persons]
    return sum(1 for one in found if one is not None and may_decide(required, approval, one) is None)
