from __future__ import annotations

from graph.intents.security import SECURITY


def test_everybody_with_a_role_may_ask_and_sees_what_is_theirs() -> None:
    (intent,) = SECURITY
    assert (intent.role, intent.wide) == ("viewer", True)
