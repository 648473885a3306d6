from __future__ import annotations

import pytest

from graph.intents import TRAITS
from graph.understanding.guard import plain


@pytest.mark.parametrize(
    ("intent", "masked"),
    [
        ("deploy.rollback", "roll back zservice in zenv"),
        ("deploy.rollback", "please revert zservice to zversion"),
        ("deploy.rollback", "can you put zservice back on zversion"),
        ("deploy.rollback", "zservice zversion is bad, undo it"),
        ("runbook.run", "execute zrunbook for zservice"),
        ("runbook.run", "fail zservice over to zprovider"),
        ("approval.approve", "i approve zid"),
        ("approval.deny", "no, don't run zid"),
    ],
)
def test_a_plain_request_is_plain(intent: str, masked: str) -> None:
    assert plain(TRAITS[intent], masked)


@pytest.mark.parametrize(
    ("intent", "masked"),
    [
        ("deploy.rollback", "why was zservice rolled back"),
        ("deploy.rollback", "how do i roll back zservice"),
        ("deploy.rollback", "should we roll back zservice?"),
        ("deploy.rollback", "don't roll back zservice"),
        ("deploy.rollback", "never roll back zservice in zenv"),
        ("deploy.rollback", "roll back zservice tomorrow"),
        ("deploy.rollback", "roll back zservice if errors rise"),
        ("deploy.rollback", "roll back zservice automatically"),
        ("deploy.rollback", "roll back the zprompt prompt"),
        ("deploy.rollback", "list rollbacks of zservice"),
        ("deploy.rollback", "was zservice rolled back"),
        ("deploy.rollback", "write a script that rolls back zservice"),
        ("deploy.rollback", "zservice is slow"),
        ("deploy.rollback", "roll back zservice " + "really " * 40),
        ("runbook.run", "run zrunbook every night"),
        ("runbook.run", "who ran zrunbook"),
        ("runbook.run", "do not run zrunbook"),
        ("approval.approve", "don't approve zid"),
        ("approval.approve", "who approved zid"),
        ("approval.approve", "approve zid when sam is back"),
        ("approval.approve", "approve my vacation"),
        ("metrics.query", "show latency"),
    ],
)
def test_questions_denials_conditions_and_other_matters_are_not(intent: str, masked: str) -> None:
    assert not plain(TRAITS[intent], masked)
