from __future__ import annotations

import pytest

from bot.terminal.standing import reviews, standing
from tests.bot.terminal.house import House, call


@pytest.mark.parametrize(
    "words", [("propose", "roll-back"), ("approve",), ("revoke",), ("propose", "x", "--days", "91")]
)
def test_what_is_missing_or_too_much_is_wrong_use(house: House, words: tuple[str, ...]) -> None:
    assert call(house, standing, *words).exit_code == 2


def test_a_review_is_closed_with_an_outcome(house: House) -> None:
    assert call(house, reviews, "close", "rev_1").exit_code == 2
