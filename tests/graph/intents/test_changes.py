from __future__ import annotations

from graph.intents.changes import CHANGES

BY_NAME = {intent.name: intent for intent in CHANGES}


def test_a_rollback_needs_its_service_and_its_environment() -> None:
    assert BY_NAME["deploy.rollback"].needs == ("service", "environment")


def test_steering_a_run_is_reached_by_its_exact_command_alone() -> None:
    for name in ("run.cancel", "run.pause", "run.resume", "run.answer", "run.status"):
        assert BY_NAME[name].examples == ()


def test_a_rollback_can_be_said_back() -> None:
    names = {"service": "rag-api", "environment": "production", "version": "1.4.2"}
    assert BY_NAME["deploy.rollback"].say(names) == "roll back rag-api in production to 1.4.2"
