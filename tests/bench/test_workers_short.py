"""The short form of two workers on one database."""

from __future__ import annotations

import pytest

from tests.bench.bench_workers import share


async def test_two_workers_share_conversations_and_keep_their_order(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("postgres_server")
    found = await share(conversations=6, each=4, seed=1)
    assert found.wrong == []
    assert found.errors == []
    assert found.sent == 24
    assert len(found.by_worker) == 2
