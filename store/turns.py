"""What was said in a conversation, as it was understood."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from store.dialect import insert_new, stored, values
from store.hide import hidden, hidden_in
from store.records import Json, Turn
from store.tables import outbox, turns

_COLUMNS = [column for column in turns.c if column.name != "seq"]
_LAST = (
    select(*_COLUMNS)
    .where(turns.c.conversation == bindparam("of"))
    .order_by(turns.c.seq.desc())
    .limit(bindparam("most"))
)
_AFTER = select(turns.c.seq).where(turns.c.request_id == bindparam("key"))
_ANSWERS = (
    select(outbox.c.key, outbox.c.body)
    .where(outbox.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(outbox.c.seq.desc())
)


@cache
def _append(dialect: str) -> Any:
    return insert_new(dialect, turns, ["request_id"])


def append(conn: Connection, turn: Turn) -> bool:
    """Store a turn; ignored (False) when its request has one."""
    kept = {"text": hidden(conn, turn.text), "entities": hidden_in(conn, turn.entities)}
    return stored(conn, _append(conn.dialect.name), values(turn) | kept)


def last(conn: Connection, conversation: str, n: int) -> list[Turn]:
    """The last `n` turns, oldest first."""
    rows = conn.execute(_LAST, {"of": conversation, "most": n}).all()
    return [Turn(*row) for row in reversed(rows)]


def first_words(conn: Connection, conversations: Sequence[str]) -> dict[str, str]:
    """What each conversation began with; those in which nothing was answered yet are missing."""
    if not conversations:
        return {}
    firsts = (
        select(func.min(turns.c.seq))
        .where(turns.c.conversation.in_(conversations))
        .group_by(turns.c.conversation)
    )
    wanted = select(turns.c.conversation, turns.c.text).where(turns.c.seq.in_(firsts))
    return {row.conversation: row.text for row in conn.execute(wanted)}


def of_requests(conn: Connection, request_ids: Sequence[str]) -> dict[str, Turn]:
    """The turns of these requests, by request."""
    wanted = select(*_COLUMNS).where(turns.c.request_id.in_(request_ids))
    return {row.request_id: Turn(*row) for row in conn.execute(wanted)} if request_ids else {}


def page(
    conn: Connection, conversation: str, limit: int = 200, after: str | None = None
) -> list[tuple[Turn, Json | None]]:
    """Turns oldest first from the one after request `after`, each with the body of its answer (None: not yet)."""
    wanted = select(*_COLUMNS).where(turns.c.conversation == conversation)
    if after is not None:
        wanted = wanted.where(turns.c.seq > _AFTER.params(key=after).scalar_subquery())
    found = [Turn(*row) for row in conn.execute(wanted.order_by(turns.c.seq).limit(limit))]
    answers = _answers(conn, [f"reply:{turn.request_id}" for turn in found])
    return [(turn, answers.get(f"reply:{turn.request_id}")) for turn in found]


def _answers(conn: Connection, keys: Sequence[str]) -> dict[str, Json]:
    """By key; where an answer went to several places, the first of them."""
    return {row.key: row.body for row in conn.execute(_ANSWERS, {"keys": list(keys)})} if keys else {}
