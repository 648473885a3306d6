from __future__ import annotations

from bot.terminal.approvals import approvals
from tests.bot.terminal.house import House, call


def test_approve_needs_an_id(house: House) -> None:
    assert call(house, approvals, "approve").exit_code == 2
