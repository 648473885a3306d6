from __future__ import annotations

from bot.terminal.demo import demo
from tests.bot.terminal.house import House, call


def test_help_does_not_play_the_story(house: House) -> None:
    result = call(house, demo, "--help")
    assert result.exit_code == 0 and "fault" in result.stdout


def test_a_fault_needs_a_name(house: House) -> None:
    assert call(house, demo, "fault", "start").exit_code == 2
