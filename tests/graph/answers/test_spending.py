from __future__ import annotations

from datetime import UTC, datetime

import pytest

from graph.answers.spending import CostSlots, month_of, narrowed
from insight.facts import Point, Spend
from tests.graph.world import World


def spend(service: str, item: str, environment: str = "production", team: str = "search") -> Spend:
    return Spend(service, environment, team, item, 86_400.0, (Point(0.0, 1.0),), 0.0, "q")


ROWS = (
    spend("rag-api", "gpt-4o"),
    spend("rag-api", "compute", "staging"),
    spend("llm-gateway", "gpt-4", team="ml-platform"),
    spend("embeddings", "gpu", team="ml-platform"),
)


@pytest.mark.parametrize(
    ("slots", "kept"),
    [
        (CostSlots(), (0, 1, 2, 3)),
        (CostSlots(service="rag-api"), (0, 1)),
        (CostSlots(environment="staging"), (1,)),
        (CostSlots(team="ml-platform"), (2, 3)),
        (CostSlots(model="gpt-4o"), (0,)),
        (CostSlots(item="gpu"), (3,)),
        (CostSlots(provider="openai"), (2,)),
        (CostSlots(service="rag-api", model="gpt-4"), ()),
    ],
)
def test_only_what_was_asked_for_is_kept(world: World, slots: CostSlots, kept: tuple[int, ...]) -> None:
    assert narrowed(ROWS, slots, world.tools) == tuple(ROWS[one] for one in kept)


def test_a_month_runs_to_the_first_of_the_next_one() -> None:
    at = datetime(2026, 12, 31, 23, 59, tzinfo=UTC).timestamp()
    start, end = month_of(at)
    assert datetime.fromtimestamp(start, UTC).isoformat() == "2026-12-01T00:00:00+00:00"
    assert datetime.fromtimestamp(end, UTC).isoformat() == "2027-01-01T00:00:00+00:00"
