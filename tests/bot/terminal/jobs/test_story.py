"""The story on the whole application, as `demo` plays it."""

from __future__ import annotations

import time
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from app import App
from bot.services import Services
from bot.terminal.demo import demo
from bot.terminal.jobs import story
from bot.terminal.jobs.story import WentWrong
from config.clock import Clock
from config.settings import Settings
from tests.bot.terminal.house import House, call

CHAPTERS = (
    "An alert fires",
    "maria asks why",
    "the dry run",
    "may not approve",
    "priya approves",
    "verified",
    "digest",
)


def test_the_story_is_played_to_its_end_whatever_the_settings_are(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPILOT_MODE", "act")
    monkeypatch.setenv("COPILOT_DATABASE_URL", "sqlite:////nowhere/at/all.db")
    began = time.monotonic()
    result = call(App(), demo)
    assert result.exit_code == 0, result.stderr
    for words in CHAPTERS:
        assert words in result.stdout, words
    assert "somebody else must approve" in result.stdout and "✓ succeeded" in result.stdout
    assert "INC-101 resolved" in result.stdout and "the chain is whole" in result.stdout
    assert time.monotonic() - began < 60


class Smaller:
    """The small world of the REST tests in place of the whole application."""

    def __init__(self, house: House) -> None:
        self._house = house

    def settings(self) -> Settings:
        return self._house.settings()

    def open(
        self, *, work: bool, chat: bool = True, clock: Clock | None = None, settings: Settings | None = None
    ) -> AbstractAsyncContextManager[Services]:
        return self._house.open(work=work, chat=chat)


async def test_a_system_that_does_otherwise_fails_and_is_told_what_was_expected(
    house: House, tmp_path: Path
) -> None:
    with pytest.raises(WentWrong, match=r"expected that the demo company can do incidents\.open"):
        await story.run(Smaller(house), folder=tmp_path)
