from __future__ import annotations

from graph.intents import BY_NAME
from graph.intents.schedules import READABLE, SCHEDULES


def test_a_schedule_may_ask_every_question_and_plan_runs_but_decide_nothing() -> None:
    assert {
        "metrics.query",
        "alert.list",
        "slo.query",
        "report.generate",
        "deploy.rollback",
    } <= READABLE.keys()
    assert not {"approval.approve", "approval.deny", "alert.manage", "incident.resolve"} & READABLE.keys()
    assert all(one.name in BY_NAME for one in SCHEDULES)
