from __future__ import annotations

from bot.terminal.doctor import doctor
from tests.bot.terminal.house import House, call


def test_an_argument_is_wrong_use(house: House) -> None:
    assert call(house, doctor, "now").exit_code == 2
