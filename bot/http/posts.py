"""Posts: what a session was told besides the answers to its messages: decisions, runs that ended, runbooks' posts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from bot.expand import Views
from bot.http import shapes
from bot.http.reading import Page
from bot.http.route import Answer, Call, Route
from config.errors import BadRequest
from runbooks.views import iso
from store import outbox
from store.records import Outgoing


async def page(call: Call) -> Answer:
    session_id, query = call.path["session_id"], call.query
    await call.owners.check(session_id, call.speaker.caller.person.id)
    after = _instant(query.cursor)
    rows, seen = await call.services.database.read(
        lambda conn: _posts(conn, f"rest:{session_id}", after, query.limit)
    )
    return Answer(seen, following=repr(rows[-1].created_at) if len(rows) == query.limit else None)


def _posts(
    conn: Connection, place: str, after: float, limit: int
) -> tuple[list[Outgoing], list[dict[str, Any]]]:
    rows, views = outbox.since(conn, place, after, limit), Views(conn)
    return rows, [_view(row, views) for row in rows if not row.key.startswith("reply:")]


def _view(row: Outgoing, views: Views) -> dict[str, Any]:
    body = views.reply({"blocks": [], **row.body})
    return {
        "id": row.key,
        "at": iso(row.created_at),
        "text": body["text"],
        "blocks": body["blocks"],
        "approval": body["approval"],
        "run": body["run"],
    }


def _instant(cursor: str | None) -> float:
    try:
        return float(cursor or 0.0)
    except ValueError as err:
        raise BadRequest(f"cursor is {cursor!r}. Take it from the Link header of the last page.") from err


ROUTES = (
    Route(
        "GET",
        "/messages/{session_id}/posts",
        "What the session was told besides",
        page,
        shapes.Post,
        many=True,
        query=Page,
        refusals=(404,),
    ),
)
