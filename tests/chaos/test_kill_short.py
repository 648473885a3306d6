"""The short form of `make chaos`: a few kills on each database."""

from __future__ import annotations

import pytest

from tests.chaos.killing import shard


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_few_kills_lose_nothing_and_do_nothing_twice(
    kind: str, request: pytest.FixtureRequest
) -> None:
    if kind == "postgresql":
        request.getfixturevalue("postgres_server")
    tally = await shard(kind, seed=101, kills=4, factor=120.0)
    assert tally.wrong == []
    assert tally.kills == 4
    assert tally.counts["stories"] >= 1
    assert tally.counts["acts"] >= 1
