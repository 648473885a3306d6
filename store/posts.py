"""The posts that show an approval or a run: what they showed, so that every copy is brought up to date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    Table,
    Text,
    and_,
    bindparam,
    or_,
    select,
    update,
)
from sqlalchemy import text as sql

from store.dialect import upsert, values
from store.outbox import get
from store.records import Outgoing
from store.tables import Words, approvals, metadata, outbox, runs

OPEN = "live"

posts = Table(
    "posts",
    metadata,
    Column("key", Words, primary_key=True),
    Column("place", Words, primary_key=True),
    Column("approval_id", Text),
    Column("run_id", Text),
    Column("approval_version", Integer, nullable=False),
    Column("run_version", Integer, nullable=False),
    Column("live", Boolean, nullable=False),
)
Index("ix_posts_live", posts.c.place, sqlite_where=sql(OPEN), postgresql_where=sql(OPEN))


@dataclass(frozen=True, slots=True)
class Post:
    """One post, and the versions of its approval and run (0: none) that it shows; over when it is not `live`."""

    key: str
    place: str
    approval_id: str | None
    run_id: str | None
    approval_version: int
    run_version: int
    live: bool


@cache
def _shown(dialect: str) -> Any:
    return upsert(dialect, posts, ["key", "place"])


_STALE = (
    select(posts, outbox.c.revision, outbox.c.kind, outbox.c.body)
    .join(outbox, and_(outbox.c.key == posts.c.key, outbox.c.place == posts.c.place))
    .outerjoin(approvals, approvals.c.id == posts.c.approval_id)
    .outerjoin(runs, runs.c.id == posts.c.run_id)
    .where(
        sql("posts.live"),
        posts.c.place.startswith(bindparam("prefix"), autoescape=False),
        outbox.c.status == "sent",
        or_(approvals.c.version != posts.c.approval_version, runs.c.version != posts.c.run_version),
    )
    .limit(bindparam("most"))
)
_PLACE_OF = select(outbox.c.place).where(outbox.c.ref == bindparam("name")).limit(1)
_FIRST_REF = (
    select(outbox.c.ref)
    .where(outbox.c.place == bindparam("at"), outbox.c.ref.is_not(None))
    .order_by(outbox.c.created_at, outbox.c.seq)
    .limit(1)
)


def showed(conn: Connection, post: Post) -> None:
    """A face has put this in front of people."""
    conn.execute(_shown(conn.dialect.name), values(post))


@dataclass(frozen=True, slots=True)
class Stale:
    """A post whose approval or run has changed since, with what was posted."""

    post: Post
    revision: int
    kind: str
    body: Any


def stale(conn: Connection, prefix: str, most: int = 50) -> Sequence[Stale]:
    """Sent posts of places that begin with `prefix:` that show an older state than the ledger's."""
    rows = conn.execute(_STALE, {"prefix": f"{prefix}:%", "most": most}).all()
    return [Stale(Post(*row[:7]), *row[7:]) for row in rows]


def place_of(conn: Connection, ref: str) -> str | None:
    """The place of the post that a platform calls `ref`."""
    return conn.execute(_PLACE_OF, {"name": ref}).scalar()


def in_channel(conn: Connection, key: str, prefix: str) -> Outgoing | None:
    """The post of that key at a place within `prefix`."""
    wanted = select(outbox.c.place).where(
        outbox.c.key == key,
        or_(outbox.c.place == prefix, outbox.c.place.startswith(f"{prefix}/", autoescape=True)),
    )
    place = conn.execute(wanted.limit(1)).scalar()
    return None if place is None else get(conn, key, place)


def first_ref(conn: Connection, place: str) -> str | None:
    """What the platform calls the first post of a place."""
    return conn.execute(_FIRST_REF, {"at": place}).scalar()


def retire(conn: Connection, key: str, place: str) -> None:
    """The post is looked after no more."""
    conn.execute(update(posts).where(posts.c.key == key, posts.c.place == place).values(live=False))
