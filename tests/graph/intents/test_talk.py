from __future__ import annotations

from graph.intents import INTENTS
from graph.intents.talk import offered, talk_about


def test_anybody_may_talk() -> None:
    assert {intent.role for intent in talk_about(())} == {None}


def test_what_is_offered_is_every_request_in_ones_own_words() -> None:
    said = [say for say, _, _ in offered(INTENTS)]
    assert "roll back {service} in {environment}" in said
    assert "what is wrong with {service} in {environment}" in said
    assert not [say for say in said if "…" in say]
