"""The table of what a language model was asked. Column order is the field order of the record."""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, Integer, Table, Text

from store.tables import Instant, Words, metadata

__all__ = ["model_calls"]

model_calls = Table(
    "model_calls",
    metadata,
    Column("id", Text, primary_key=True),
    Column("request_id", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("model", Words, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    Column("usd", Double, nullable=False),
    Index("ix_model_calls_day", "at", "person"),
    Index("ix_model_calls_request", "request_id"),
)
