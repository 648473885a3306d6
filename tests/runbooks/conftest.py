from __future__ import annotations

import pytest

from store.engine import Database
from tests.runbooks.world import Rig
from tests.support.clock import ManualClock


@pytest.fixture
def rig(sqlite_database: Database, clock: ManualClock) -> Rig:
    return Rig(sqlite_database, clock)
