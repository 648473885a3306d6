from __future__ import annotations

from bot.http.refusals import TooLarge, Unauthorized, Unprocessable, WrongType
from config.errors import CopilotError


def test_each_refusal_has_its_own_status_and_title() -> None:
    kinds: list[type[CopilotError]] = [Unauthorized, TooLarge, WrongType, Unprocessable]
    assert [kind.status for kind in kinds] == [401, 413, 415, 422]
    assert len({kind.title for kind in kinds}) == 4
