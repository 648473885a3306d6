from __future__ import annotations

import pytest

from store import model_calls
from store.engine import Database
from store.model_calls import ModelCall, Spent, Total

DAY = 1_760_054_400.0


def a_call(
    id: str, person: str = "maria", at: float = DAY + 10, usd: float = 0.5, **changes: object
) -> ModelCall:
    columns: dict[str, object] = {
        "request_id": "req_1", "purpose": "read", "model": "m", "outcome": "asked", "seconds": 0.0, "tokens_in": 60,
        "tokens_out": 40,
    }  # fmt: skip
    return ModelCall(id=id, person=person, at=at, usd=usd, **(columns | changes))  # type: ignore[arg-type]


async def reserve(database: Database, call: ModelCall, tokens: int = 1_000, usd: float = 1.0) -> bool:
    return await database.write(lambda conn: model_calls.reserve(conn, call, DAY, tokens, usd))


async def test_an_open_call_counts_with_the_most_it_may_come_to(database: Database) -> None:
    assert await reserve(database, a_call("a"))
    assert await reserve(database, a_call("b"))
    assert not await reserve(database, a_call("c"))
    assert await database.read(lambda conn: model_calls.spent(conn, "maria", DAY)) == Spent(200, 1.0)


async def test_what_it_really_came_to_makes_room_again(database: Database) -> None:
    await reserve(database, a_call("a", usd=1.0))
    assert not await reserve(database, a_call("b"))
    await database.write(
        lambda conn: model_calls.end(
            conn, "a", outcome="ok", seconds=1.5, tokens_in=10, tokens_out=5, usd=0.1
        )
    )
    assert await reserve(database, a_call("b"))
    found = await database.read(lambda conn: model_calls.of_request(conn, "req_1"))
    assert [(one.id, one.outcome, one.seconds, one.tokens_in, one.usd) for one in found] == [
        ("a", "ok", 1.5, 10, 0.1),
        ("b", "asked", 0.0, 60, 0.5),
    ]


@pytest.mark.parametrize(("tokens", "usd"), [(99, 1.0), (1_000, 0.49)])
async def test_tokens_and_money_bound_a_day_each_by_itself(
    database: Database, tokens: int, usd: float
) -> None:
    assert not await reserve(database, a_call("a"), tokens, usd)
    assert await database.read(lambda conn: model_calls.of_request(conn, "req_1")) == []


async def test_others_and_yesterday_do_not_count(database: Database) -> None:
    await reserve(database, a_call("a", person="priya", usd=1.0))
    await reserve(database, a_call("b", at=DAY - 5, usd=1.0))
    assert await reserve(database, a_call("c", usd=1.0))


async def test_totals_are_by_purpose_and_outcome_since_then(database: Database) -> None:
    for id, purpose, at in (
        ("a", "read", DAY),
        ("b", "read", DAY),
        ("c", "phrase", DAY),
        ("d", "read", DAY - 9),
    ):
        await reserve(database, a_call(id, purpose=purpose, at=at, usd=0.1))
    found = await database.read(lambda conn: model_calls.totals(conn, DAY))
    assert found == [Total("phrase", "asked", 1, 100, 0.1), Total("read", "asked", 2, 200, 0.2)]
