"""What a language model was asked: tokens, money, time and outcome of every call, and a person's day."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select, text, update
from sqlalchemy import insert as plain_insert

from store.dialect import values
from store.model_tables import model_calls

#: one call at a time is judged against a person's day, in all processes
_LOCK = text("SELECT pg_advisory_xact_lock(7031402, hashtext(:person))")
PURPOSES = ("read", "phrase", "investigate")
_INSERT = plain_insert(model_calls)
_SPENT = select(
    func.coalesce(func.sum(model_calls.c.tokens_in + model_calls.c.tokens_out), 0),
    func.coalesce(func.sum(model_calls.c.usd), 0.0),
).where(model_calls.c.person == bindparam("of"), model_calls.c.at >= bindparam("since"))
_END = (
    update(model_calls)
    .where(model_calls.c.id == bindparam("key"))
    .values(
        outcome=bindparam("as_outcome"),
        seconds=bindparam("took"),
        tokens_in=bindparam("came_in"),
        tokens_out=bindparam("went_out"),
        usd=bindparam("cost"),
    )
)


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One call. While it is open (`outcome` asked) its tokens and USD are the most it may come to.

    `purpose` is read, phrase or investigate; `seconds` is how long it took.
    """

    id: str
    request_id: str
    person: str
    purpose: str
    model: str
    outcome: str
    at: float
    seconds: float
    tokens_in: int
    tokens_out: int
    usd: float


@dataclass(frozen=True, slots=True)
class Spent:
    tokens: int
    usd: float


@dataclass(frozen=True, slots=True)
class Total:
    """Of all calls with one purpose and outcome."""

    purpose: str
    outcome: str
    calls: int
    tokens: int
    usd: float


def spent(conn: Connection, person: str, since: float) -> Spent:
    """What a person's calls from `since` on came to; open ones count with the most they may come to."""
    tokens, usd = conn.execute(_SPENT, {"of": person, "since": since}).one()
    return Spent(int(tokens), float(usd))


def reserve(conn: Connection, call: ModelCall, since: float, most_tokens: int, most_usd: float) -> bool:
    """Store an open call unless the person's day, with it, would come to more than it may. False: nothing stored."""
    if conn.dialect.name == "postgresql":
        conn.execute(_LOCK, {"person": call.person})
    day = spent(conn, call.person, since)
    if day.tokens + call.tokens_in + call.tokens_out > most_tokens or day.usd + call.usd > most_usd:
        return False
    conn.execute(_INSERT, values(call))
    return True


def end(
    conn: Connection, id: str, *, outcome: str, seconds: float, tokens_in: int, tokens_out: int, usd: float
) -> None:
    """What it really came to."""
    conn.execute(
        _END,
        {
            "key": id,
            "as_outcome": outcome,
            "took": seconds,
            "came_in": tokens_in,
            "went_out": tokens_out,
            "cost": usd,
        },
    )


def of_request(conn: Connection, request_id: str) -> list[ModelCall]:
    """Oldest first."""
    wanted = select(model_calls).where(model_calls.c.request_id == request_id)
    return [ModelCall(*row) for row in conn.execute(wanted.order_by(model_calls.c.at, model_calls.c.id))]


def totals(conn: Connection, since: float) -> list[Total]:
    """Calls from `since` on, by purpose and outcome."""
    wanted = (
        select(
            model_calls.c.purpose,
            model_calls.c.outcome,
            func.count(),
            func.sum(model_calls.c.tokens_in + model_calls.c.tokens_out),
            func.sum(model_calls.c.usd),
        )
        .where(model_calls.c.at >= since)
        .group_by(model_calls.c.purpose, model_calls.c.outcome)
        .order_by(model_calls.c.purpose, model_calls.c.outcome)
    )
    return [
        Total(row[0], row[1], int(row[2]), int(row[3]), float(row[4])) for row in conn.execute(wanted).all()
    ]
