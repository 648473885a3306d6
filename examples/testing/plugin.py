"""A pytest plugin for people who write runbooks: a chat without a network, and runbooks on a recorded world.

`pytest -p examples.testing.plugin`, or `pytest_plugins = ["examples.testing.plugin"]` in a conftest.py.
docs/testing-runbooks.md explains it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app import App
from bot.desk import Incoming
from bot.services import Services
from config.clock import ScaledClock
from config.settings import Settings
from runbooks.casefile import Case, CaseFile
from runbooks.casework import Company, try_cases
from runbooks.policy import load_policy
from runbooks.views import run_view
from store import ledger, outbox

#: how much faster than the wall the demo company lives
SPEED = 60.0
OVER = ("succeeded", "failed", "rolled_back", "cancelled", "unknown")


@dataclass
class FakeChat:
    """One conversation with the whole bot on the demo company. `services` is everything behind it."""

    services: Services
    conversation: str

    async def say(self, text: str, as_: str = "maria") -> Mapping[str, Any]:
        """What the bot answers: {"text", "blocks", "approval", "run", …}; the last two are ids, or None."""
        acting_as = None if as_ == "maria" else as_
        place = f"rest:{self.conversation}"
        event = secrets.token_hex(8)
        return await self.services.desk.ask(
            Incoming("rest", event, text, as_, place, self.conversation, acting_as), patience=60.0
        )

    async def finished(self, run_id: str, patience: float = 60.0) -> Mapping[str, Any]:
        """The run once it is over, or nobody knows what a step did."""
        async with asyncio.timeout(patience):
            while True:
                view = await self.services.database.read(
                    lambda conn: (ledger.get_run(conn, run_id), ledger.get_steps(conn, run_id))
                )
                if view[0] is not None and view[0].status in OVER:
                    return run_view(view[0], view[1])
                await asyncio.sleep(0.05)

    async def posts(self) -> list[str]:
        """Everything that was said in the conversation, oldest first."""
        place = f"rest:{self.conversation}"
        rows = await self.services.database.read(lambda conn: outbox.since(conn, place, 0.0))
        return [str(row.body["text"]) for row in rows]


def _models() -> Path:
    return Path(__file__).parents[2] / "build" / "models"


@asynccontextmanager
async def open_chat(folder: Path) -> AsyncIterator[FakeChat]:
    """The application in demo mode with its data in `folder`."""
    models = folder / "models"
    if _models().is_dir() and not models.exists():
        models.symlink_to(_models())
    settings = Settings(mode="demo", data_dir=folder)
    async with App().open(work=True, clock=ScaledClock(SPEED), settings=settings) as services:
        async with asyncio.timeout(120):
            while services.not_ready():  # noqa: ASYNC110  the application says that it is ready in no other way
                await asyncio.sleep(0.02)
        yield FakeChat(services, "ses_fake")


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[FakeChat]:
    """A conversation with the bot."""
    async with open_chat(tmp_path) as opened:
        yield opened


@pytest.fixture
async def try_runbook(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[None]]]:
    """`await try_runbook(path, inputs=…, reads=…, expect=…)`: a case in Python; fails with all that differs."""
    settings = Settings(mode="demo", data_dir=tmp_path)
    async with App().open(work=False, chat=False, settings=settings) as services:
        policy = load_policy(settings.file("policy.yaml"))
        company = Company(services.actions, policy, services.people, services.catalogue)

        async def tried(path: Path, **case: Any) -> None:
            found = CaseFile(path, path, (Case.model_validate({"name": "this case", **case}),))
            (outcome,) = await try_cases([found], company)
            assert not outcome.problems, "\n".join(outcome.problems)

        yield tried
