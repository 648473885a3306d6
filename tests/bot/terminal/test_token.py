from __future__ import annotations

from bot.terminal.token import token
from tests.bot.terminal.house import House, call


def test_a_user_is_wanted(house: House) -> None:
    assert call(house, token).exit_code == 2


def test_more_than_a_year_is_wrong_use(house: House) -> None:
    assert call(house, token, "--user", "maria", "--ttl", "400d").exit_code == 2
