from __future__ import annotations

from bot.terminal.serve import serve
from tests.bot.terminal.house import House, call


def test_a_port_out_of_range_is_wrong_use(house: House) -> None:
    assert call(house, serve, "--port", "70000").exit_code == 2
