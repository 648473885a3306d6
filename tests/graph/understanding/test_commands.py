from __future__ import annotations

import pytest

from graph.understanding.commands import TABLE, is_urgent, parse

RUNBOOKS = ("rollback-service", "restart-service")


@pytest.mark.parametrize(
    ("text", "intent", "entities"),
    [
        ("help", "help", {}),
        ("Help!", "help", {}),
        ("approvals", "approval.list", {}),
        ("pending", "approval.list", {}),
        ("approve apr_123abc", "approval.approve", {"approval_id": "apr_123abc"}),
        ("APPROVE apr_123ABC", "approval.approve", {"approval_id": "apr_123abc"}),
        ("`approve apr_123abc`", "approval.approve", {"approval_id": "apr_123abc"}),
        ("approve request apr-123", "approval.approve", {"approval_id": "apr-123"}),
        ("deny apr_123abc", "approval.deny", {"approval_id": "apr_123abc"}),
        (
            "deny apr_123abc wrong version",
            "approval.deny",
            {"approval_id": "apr_123abc", "reason": "wrong version"},
        ),
        ("withdraw apr_123abc", "approval.deny", {"approval_id": "apr_123abc", "withdraw": True}),
        ("status", "run.status", {}),
        ("status run_1k7", "run.status", {"run_id": "run_1k7"}),
        ("cancel run_1k7", "run.cancel", {"run_id": "run_1k7"}),
        ("pause run_1k7", "run.pause", {"run_id": "run_1k7"}),
        ("resume run_1k7.", "run.resume", {"run_id": "run_1k7"}),
        (
            "happened run_1k7 rollback",
            "run.answer",
            {"run_id": "run_1k7", "step": "rollback", "answer": "happened"},
        ),
        (
            "did-not run_1k7 rollback",
            "run.answer",
            {"run_id": "run_1k7", "step": "rollback", "answer": "did-not"},
        ),
        (
            "abort run_1k7 rollback",
            "run.answer",
            {"run_id": "run_1k7", "step": "rollback", "answer": "abort"},
        ),
        ("stop everything", "work.stop", {}),
        ("Stop all!", "work.stop", {}),
        ("stop everything because it burns", "work.stop", {"reason": "it burns"}),
        ("resume everything", "work.resume", {}),
        ("runbooks", "runbook.list", {}),
        ("show run_1k7", "run.status", {"run_id": "run_1k7"}),
        ("show apr_1k7", "approval.list", {"approval_id": "apr_1k7"}),
        (
            "run rollback-service service=rag-api env='prod'",
            "runbook.run",
            {
                "runbook": "rollback-service",
                "inputs": {"service": "rag-api", "env": "prod"},
                "dry_run": False,
            },
        ),
        (
            "plan restart-service",
            "runbook.run",
            {"runbook": "restart-service", "inputs": {}, "dry_run": True},
        ),
        (
            "run rollback-servic",
            "runbook.run",
            {"runbook": "rollback-servic", "inputs": {}, "dry_run": False},
        ),
        (
            "run nothing-known a=1",
            "runbook.run",
            {"runbook": "nothing-known", "inputs": {"a": "1"}, "dry_run": False},
        ),
    ],
)
def test_a_command_is_read_exactly(text: str, intent: str, entities: dict[str, object]) -> None:
    command = parse(text, RUNBOOKS)
    assert command is not None
    assert (command.intent, dict(command.entities)) == (intent, entities)


@pytest.mark.parametrize(
    "text",
    [
        "approve",
        "approve it",
        "approve apr_123abc if sam agrees",
        "deny everything",
        "who approved apr_123abc",
        "cancel it",
        "run ragas",
        "run ragas on search-gateway",
        "status of checkout",
        "show dep-101",
        "show rag-api",
        "plan the party",
        "run rollback-service service=\"open",
        "happened yesterday",
        "stop everything on rag-api",
        "",
        "   ",
    ],
)  # fmt: skip
def test_sentences_are_not_commands(text: str) -> None:
    assert parse(text, RUNBOOKS) is None


@pytest.mark.parametrize(
    "text",
    [
        "approve apr_123abc",
        "deny apr_123abc no",
        "cancel run_1k7",
        "pause run_1k7",
        "happened run_1k7 x",
        "withdraw apr_1",
        "stop everything",
        "resume everything",
    ],
)
def test_decisions_and_stops_are_urgent(text: str) -> None:
    assert is_urgent(text)


@pytest.mark.parametrize(
    "text",
    ["help", "why is rag-api slow", "approve", "yes", "status run_1k7", "run x a=1", "", "a" * 100_000],
)
def test_all_else_waits_its_turn(text: str) -> None:
    assert not is_urgent(text)


def test_the_table_of_commands_names_only_what_parses() -> None:
    said = {
        "RUN": "run_1k7",
        "ID": "apr_123abc",
        "RUNBOOK": "rollback-service",
        "STEP": "one",
        "…": "",
        "WHAT": "digest",
    }
    said |= {"SCHEDULE": "sch_1k7", "WHEN": "every weekday at 9"}
    for line, _ in TABLE:
        for command in line.split("·"):
            text = command.split("[")[0].replace("name=value", "a=1")
            words = " ".join(said.get(word, word) for word in text.split())
            assert parse(words, RUNBOOKS) is not None, command
