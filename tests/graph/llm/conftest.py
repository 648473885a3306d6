"""A language model for the graph's tests: the real SDK against the scripted endpoint."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing
from typing import Any

import pytest

from config.redaction import Redactor
from config.settings import Llm
from graph.llm.client import OpenAiClient
from graph.llm.model import LanguageModel
from store.engine import Database
from tests.graph.world import World, build_world
from tests.support.clock import ManualClock
from tests.support.llm_server import LlmServer, serving
from tests.support.pieces import Pieces

OWN = "own-signing-secret-0123456789"
MakeModel = Callable[..., LanguageModel]


@pytest.fixture
async def endpoint() -> AsyncIterator[LlmServer]:
    async with serving() as server:
        yield server


@pytest.fixture
async def make_model(
    endpoint: LlmServer, sqlite_database: Database, clock: ManualClock
) -> AsyncIterator[MakeModel]:
    """A model at the endpoint, with settings of the test."""
    async with AsyncExitStack() as stack:

        def make(**settings: Any) -> LanguageModel:
            chosen = {
                "base_url": endpoint.url,
                "model": "scripted",
                "price_in": 1.0,
                "price_out": 4.0,
                **settings,
            }
            made = LanguageModel(Llm(**chosen), sqlite_database, clock, Redactor([OWN]), OpenAiClient)
            stack.push_async_exit(aclosing(made))
            return made

        yield make


@pytest.fixture
def pieces() -> Pieces:
    return Pieces()


@pytest.fixture
async def asking(
    sqlite_database: Database, clock: ManualClock, make_model: MakeModel, pieces: Pieces
) -> World:
    """The world with a language model."""
    return build_world(sqlite_database, clock, model=make_model(), stream=pieces)
