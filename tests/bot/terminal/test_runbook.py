from __future__ import annotations

from bot.terminal.runbook import runbook
from tests.bot.terminal.house import House, call


def test_inputs_that_are_no_pairs_are_wrong_use(house: House) -> None:
    assert call(house, runbook, "run", "look", "rag-api").exit_code == 2


def test_a_path_that_is_not_there_is_wrong_use(house: House) -> None:
    assert call(house, runbook, "lint", "nowhere.yaml").exit_code == 2
