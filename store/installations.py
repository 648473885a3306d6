"""The workspaces that installed our Slack app, and the states of installations that somebody has begun."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Table, Text, bindparam, delete, select

from store.dialect import upsert, values
from store.tables import Instant, Words, metadata

installations = Table(
    "slack_installations",
    metadata,
    Column("team", Text, primary_key=True),
    Column("name", Words, nullable=False),
    Column("enterprise", Text),
    Column("bot", Text, nullable=False),
    Column("bot_user", Text, nullable=False),
    Column("token", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("installed_by", Text, nullable=False),
    Column("installed_at", Instant, nullable=False),
)
states = Table(
    "slack_states",
    metadata,
    Column("state", Text, primary_key=True),
    Column("expires_at", Instant, nullable=False),
)
_ONE = select(installations).where(installations.c.team == bindparam("of"))


@dataclass(frozen=True, slots=True)
class Installation:
    """`token` is a secret: it never leaves this process but towards Slack. `scopes` are separated by commas."""

    team: str
    name: str
    enterprise: str | None
    bot: str
    bot_user: str
    token: str
    scopes: str
    installed_by: str
    installed_at: float


@cache
def _save(dialect: str) -> Any:
    return upsert(dialect, installations, ["team"])


def save(conn: Connection, one: Installation) -> None:
    """Installing again replaces what was there."""
    conn.execute(_save(conn.dialect.name), values(one))


def get(conn: Connection, team: str) -> Installation | None:
    row = conn.execute(_ONE, {"of": team}).first()
    return None if row is None else Installation(*row)


def remove(conn: Connection, team: str) -> bool:
    """False: it was not there."""
    return conn.execute(delete(installations).where(installations.c.team == team)).rowcount == 1


def begin(conn: Connection, state: str, expires_at: float, now: float) -> None:
    """Remember a state until then; those that are over are forgotten."""
    conn.execute(delete(states).where(states.c.expires_at <= now))
    conn.execute(states.insert(), {"state": state, "expires_at": expires_at})


def finish(conn: Connection, state: str, now: float) -> bool:
    """Whether the state was begun here and is in time. It holds once."""
    gone = conn.execute(delete(states).where(states.c.state == state, states.c.expires_at > now))
    return gone.rowcount == 1
