"""What faces are handed."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from app import App
from bot.services import Services
from config.settings import Demo, Settings


async def test_every_service_is_there_for_a_reader_too(tmp_path: Path) -> None:
    settings = Settings(mode="demo", data_dir=tmp_path, demo=Demo(incident=False))
    async with App().open(work=False, settings=settings) as services:
        missing = [field.name for field in fields(Services) if getattr(services, field.name) is None]
        assert missing == ["model"], "only the language model is nothing until it is configured"
        assert [health.ok for health in [await check() for check in services.health.values()]] == [True]
        assert services.actions.get("chat.post") is not None
