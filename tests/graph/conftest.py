"""Fixtures of the graph's tests: the world below the faces."""

from __future__ import annotations

import pytest

from store.engine import Database
from tests.graph.world import World, build_world
from tests.support.clock import ManualClock


@pytest.fixture
def world(sqlite_database: Database, clock: ManualClock) -> World:
    return build_world(sqlite_database, clock)


@pytest.fixture
async def past(world: World) -> World:
    """The same world with what went wrong before anyone looked."""
    await world.founded()
    return world
