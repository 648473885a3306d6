from __future__ import annotations

from runbooks.views import approval_view, iso, run_view
from tests.support.ledger import NOW, a_decision, a_run, a_step, an_approval


def test_an_approval_is_shown_as_people_script_against_it() -> None:
    run = a_run(plan={"steps": [], "blast_radius": {}, "cost": None})
    view = approval_view(
        an_approval(), run, [a_decision(reason="fine"), a_decision("sam", acting_as="maria")]
    )
    assert {
        "id", "status", "runbook", "inputs", "environment", "requester", "plan_hash", "plan", "required", "decisions",
        "expires_at", "run_id",
    } <= set(view)  # fmt: skip
    assert view["plan"] == run.plan
    assert view["required"] == [
        {"stage": 0, "name": "", "count": 1, "roles": ["approver"], "groups": ["llm-oncall"]}
        | {"people": [], "teams": [], "not_requester": True}
    ]
    assert view["decisions"][0]["by"] == "priya"
    assert view["decisions"][0]["reason"] == "fine"
    assert "acting_as" not in view["decisions"][0]
    assert view["decisions"][1]["acting_as"] == "maria"


def test_a_run_is_shown_with_its_steps() -> None:
    view = run_view(
        a_run(started_at=NOW), [a_step(status="done", attempts=2, output={"x": 1}, started_at=NOW)]
    )
    assert {
        "id",
        "status",
        "runbook",
        "inputs",
        "dry_run",
        "requester",
        "place",
        "fence",
        "version",
        "steps",
    } <= set(view)
    assert view["steps"] == [
        {
            "id": "one",
            "action": "deployments.rollback",
            "effect": "write",
            "status": "done",
            "attempts": 2,
            "started_at": "2025-10-09T08:53:20.000Z",
            "ended_at": None,
            "output": {"x": 1},
            "error": None,
        }
    ]


def test_times_are_utc_with_milliseconds_and_nothing_stays_nothing() -> None:
    assert iso(0.5) == "1970-01-01T00:00:00.500Z"
    assert iso(None) is None
