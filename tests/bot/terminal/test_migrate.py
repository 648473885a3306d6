from __future__ import annotations

from bot.terminal.migrate import migrate
from tests.bot.terminal.house import House, call


def test_an_argument_is_wrong_use(house: House) -> None:
    assert call(house, migrate, "head").exit_code == 2
