"""Tables of approvals in advance and of reviews. Column order is the field order of the record."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, text

from store.tables import Instant, JsonText, Words, metadata

REVIEWS_OPEN = "closed_at IS NULL"

standing = Table(
    "standing",
    metadata,
    Column("id", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("runbook", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("services", JsonText, nullable=False),
    Column("bounds", JsonText, nullable=False),
    Column("proposer", Text, nullable=False),
    Column("reason", Words, nullable=False),
    Column("count", Integer, nullable=False),
    Column("most", Integer, nullable=False),
    Column("per", Instant, nullable=False),
    Column("hash", Text, nullable=False),
    Column("place", Words, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", Text),
    Index("ix_standing_runbook", "runbook", "status"),
)

standing_votes = Table(
    "standing_votes",
    metadata,
    Column("standing_id", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("via", Text, nullable=False),
    Column("acting_as", Text),
    Column("at", Instant, nullable=False),
)

standing_uses = Table(
    "standing_uses",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("standing_id", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("told", Boolean, nullable=False),
    Index("ix_standing_uses_of", "standing_id", "at"),
)

reviews = Table(
    "reviews",
    metadata,
    Column("id", Text, primary_key=True),
    Column("run_id", Text, nullable=False, unique=True),
    Column("person", Text, nullable=False),
    Column("acting_as", Text),
    Column("reason", Words, nullable=False),
    Column("plan_hash", Text, nullable=False),
    Column("runbook", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("place", Words, nullable=False),
    Column("nag", Instant, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("told", Integer, nullable=False),
    Column("closed_at", Instant),
    Column("closed_by", Text),
    Column("outcome", Words),
)
Index(
    "ix_reviews_open",
    reviews.c.opened_at,
    sqlite_where=text(REVIEWS_OPEN),
    postgresql_where=text(REVIEWS_OPEN),
)
