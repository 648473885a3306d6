"""What is kept is redacted on its way in: a database carries the process's redactor to every connection."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from config.redaction import Redactor

#: what `conn.info` holds it under
REDACT = "redact"
_SHAPES = Redactor()


def redactor(conn: Connection) -> Redactor:
    found: Redactor = conn.info.get(REDACT, _SHAPES)
    return found


def hidden(conn: Connection, text: str) -> str:
    return redactor(conn)(text)


def hidden_in(conn: Connection, value: Any) -> Any:
    """A JSON value with every string in it redacted."""
    return redactor(conn).tree(value)
