"""What a message is read against, from the ledger: cheap enough for the transaction that stores the message."""

from __future__ import annotations

from sqlalchemy import Connection

from graph.message import Before
from runbooks.halt import halted
from store import turns

REMEMBERED = 4


def look_back(conn: Connection, conversation: str) -> Before:
    return Before(tuple(turns.last(conn, conversation, REMEMBERED)), halted(conn))
