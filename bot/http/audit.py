"""The audit, for auditors and admins."""

from __future__ import annotations

from dataclasses import asdict

from pydantic import Field

from bot.http import shapes
from bot.http.reading import Id, Query
from bot.http.route import Answer, Call, Route
from store import audit


class Filter(Query):
    """Rows with a seq above `after` (or `cursor`, the same), oldest first; of one run or of all."""

    run: Id | None = None
    after: int = Field(0, ge=0, le=2**62)
    cursor: int = Field(0, ge=0, le=2**62)
    limit: int = Field(100, ge=1, le=500)


async def rows(call: Call) -> Answer:
    query: Filter = call.query
    after = max(query.after, query.cursor)
    found = await call.services.database.read(lambda conn: audit.rows(conn, query.run, after, query.limit))
    following = str(found[-1].seq) if len(found) == query.limit else None
    return Answer([asdict(row) for row in found], following=following)


ROUTES = (
    Route(
        "GET", "/audit", "Audit rows with their hashes, oldest first", rows, shapes.AuditRow, many=True,
        query=Filter, roles=("auditor", "admin"),
    ),
)  # fmt: skip
