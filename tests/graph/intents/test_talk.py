from __future__ import annotations

from graph.intents.talk import TALK, offered


def test_anybody_may_talk() -> None:
    assert {intent.role for intent in TALK} == {None}


def test_what_is_offered_is_every_request_in_ones_own_words() -> None:
    said = [say for say, _, _ in offered()]
    assert "roll back {service} in {environment}" in said
    assert "what is wrong with {service} in {environment}" in said
    assert not [say for say in said if "…" in say]
