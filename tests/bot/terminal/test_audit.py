from __future__ import annotations

from bot.terminal.audit import audit
from tests.bot.terminal.house import House, call


def test_help_names_both_verbs(house: House) -> None:
    words = call(house, audit, "--help").stdout
    assert "verify" in words and "export" in words
