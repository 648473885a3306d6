from __future__ import annotations

from typing import Any

import pytest

from graph.understanding.deeds import audit_question
from graph.understanding.entities import extract
from tests.graph.world import classifier, lexicon


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("who approved the last deployment", {"deed": "approve"}),
        ("who approved the rollback of rag-api", {"deed": "approve", "kind": "rollback"}),
        ("who denied the checkout rollback", {"deed": "deny", "kind": "rollback"}),
        ("who rolled back rag-api", {"deed": "rollback"}),
        ("who ran provider-failover", {"deed": "failover"}),
        ("who silenced the alerts of rag-api", {"deed": "record"}),
        ("list failed logins", {"access": ("login",), "refused": True}),
        ("who read the secrets of checkout", {"access": ("secret",)}),
        ("show permission changes this month", {"access": ("role",)}),
        ("who was refused today", {"refused": True}),
        ("what did i do today", {"mine": True}),
        ("show me what maria did", {}),
        ("audit log", {}),
    ],
)
def test_what_kind_of_deed_is_asked_for(text: str, found: dict[str, Any]) -> None:
    assert audit_question(text, extract(text, lexicon(), classifier().known)) == found


def test_an_access_is_any_kind_of_use() -> None:
    kinds = audit_question("who accessed the billing database", extract("", lexicon()))["access"]
    assert {"login", "secret", "key", "role"} <= set(kinds)
