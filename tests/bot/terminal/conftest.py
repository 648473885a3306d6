"""A house per test, and a clean log afterwards."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.terminal.context import log_to
from tests.bot.terminal.house import House


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Width 100, no colour, no COPILOT_ variables of whoever runs the tests."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    before, level = logging.lastResort, logging.getLogger().level
    yield House(sqlite_url, tmp_path)
    log_to(None)
    logging.lastResort = before
    logging.getLogger().setLevel(level)
