from __future__ import annotations

from typing import Any

import pytest

from graph.understanding.commands import is_urgent
from graph.understanding.rule_commands import pairs, parse


@pytest.mark.parametrize(
    ("text", "intent", "entities"),
    [
        (
            "edit apr_1k7 limit=0.2 to='v 1'",
            "approval.edit",
            {"approval_id": "apr_1k7", "inputs": {"limit": "0.2", "to": "v 1"}},
        ),
        (
            "break glass rollback-service service=rag-api because all of checkout is down",
            "glass.break",
            {"runbook": "rollback-service", "inputs": {"service": "rag-api"}, "reason": "all of checkout is down"},
        ),
        ("break-glass x", "glass.break", {"runbook": "x", "inputs": {}, "reason": ""}),
        ("close review rev_1k7 because right", "review.close", {"review_id": "rev_1k7", "reason": "right"}),
        ("reviews", "review.list", {}),
        ("standing approvals", "standing.list", {}),
        (
            "standing propose rollback-service services=a,b env=prod limit=0.1..0.5 for 30d at most 2 because x",
            "standing.propose",
            {
                "runbook": "rollback-service",
                "inputs": {"services": "a,b", "env": "prod", "limit": "0.1..0.5"},
                "days": 30, "most": 2, "reason": "x",
            },
        ),
        ("standing approve std_1k7", "standing.approve", {"standing_id": "std_1k7", "reason": ""}),
        ("approve std_1k7", "standing.approve", {"standing_id": "std_1k7", "reason": ""}),
        ("standing approvals revoke std_1k7 because no", "standing.revoke", {"standing_id": "std_1k7", "reason": "no"}),
    ],
)  # fmt: skip
def test_a_command_is_read_with_what_it_names(text: str, intent: str, entities: dict[str, Any]) -> None:
    assert parse(text) == (intent, entities)


@pytest.mark.parametrize(
    "text",
    ["", "edit the config", "approve apr_1k7", "break the glass", "close review", "revoke apr_1", "edit apr_1 a='x"],
)  # fmt: skip
def test_a_sentence_is_no_command(text: str) -> None:
    assert parse(text) is None


def test_broken_glass_and_revoking_never_wait_behind_a_conversation() -> None:
    assert is_urgent("break glass x because everything burns")
    assert is_urgent("revoke std_1k7")
    assert not is_urgent("standing approvals")


def test_quotes_that_do_not_close_are_no_pairs() -> None:
    assert pairs("a='x") is None
    assert pairs(" A=1 b='x y'") == {"a": "1", "b": "x y"}
