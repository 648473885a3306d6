"""Tables of schedules and of their firings. Column order is the field order of the record."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text, text

from store.tables import Instant, JsonText, Words, metadata

SCHEDULES_ACTIVE = "status = 'active'"

schedules = Table(
    "schedules",
    metadata,
    Column("id", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("words", Words, nullable=False),
    Column("cron", Text),
    Column("zone", Text, nullable=False),
    Column("late", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("acting_as", Text),
    Column("place", Words, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("next_at", Instant),
    Column("runbook", Text),
    Column("detail", JsonText),
    Column("note", Words),
    Column("ended_at", Instant),
    Index("ix_schedules_created", "created_at", "id"),
)
Index(
    "ix_schedules_due",
    schedules.c.next_at,
    sqlite_where=text(SCHEDULES_ACTIVE),
    postgresql_where=text(SCHEDULES_ACTIVE),
)

firings = Table(
    "firings",
    metadata,
    Column("schedule_id", Text, primary_key=True),
    Column("scheduled_at", Instant, primary_key=True),
    Column("status", Text, nullable=False),
    Column("fired_at", Instant, nullable=False),
    Column("request_id", Text),
    Column("missed", Integer, nullable=False),
    Column("since", Instant),
)
