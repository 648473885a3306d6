"""All tables. Column order is the field order of the record, so that `Record(*row)` reads a row.

Instants are doubles, Unix seconds; JSON is compact text. A finished row leaves the partial indexes: stored bytes count.
"""

from __future__ import annotations

import json
import re
import zlib
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from store.canonical import compact

#: the partial indexes' conditions; a query must say them word for word to be served by the index
INBOX_UNFINISHED = "status IN ('new', 'claimed')"
OUTBOX_UNSENT = "status IN ('new', 'claimed')"
RUNS_LIVE = "status IN ('queued', 'running', 'undoing')"
RUNS_HELD = "status IN ('running', 'paused', 'undoing', 'unknown')"
APPROVALS_PENDING = "status = 'pending'"


class JsonText(TypeDecorator[Any]):
    """JSON as compact text, the same on both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else compact(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class PackedJson(TypeDecorator[Any]):
    """JSON that is kept but seldom read, deflated: an answer takes half the bytes for little time."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        return None if value is None else zlib.compress(compact(value).encode(), 1)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(zlib.decompress(value))


class Instant(TypeDecorator[float]):
    """A double; SQLite hands a whole one back as an integer when a statement returns what it wrote."""

    impl = Double
    cache_ok = True

    def process_result_value(self, value: float | None, dialect: Dialect) -> float | None:
        return None if value is None else float(value)


_UNSTORABLE = re.compile("[\\x00\\ud800-\\udfff]")


def clean(value: str) -> str:
    """`value` with what no database can hold (NUL, half a surrogate pair) shown as U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", value)


class Words(TypeDecorator[str]):
    """Text from outside, cleaned on its way in, the same in a comparison."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else clean(value)


_Seq = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Text, nullable=False, unique=True),
    Column("seq", _Seq, primary_key=True),
    Column("source", Text, nullable=False),
    Column("event_id", Words, nullable=False),
    Column("kind", Text, nullable=False),
    Column("lane", Words),
    Column("payload", JsonText, nullable=False),
    Column("status", Text, nullable=False),
    Column("owner", Text),
    Column("lease_until", Instant),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("error", Words),
    UniqueConstraint("source", "event_id"),
)
Index(
    "ix_inbox_claimed_lane",
    inbox.c.lane,
    unique=True,
    sqlite_where=text("status = 'claimed'"),
    postgresql_where=text("status = 'claimed'"),
)
Index(
    "ix_inbox_unfinished",
    inbox.c.lane,
    inbox.c.seq,
    sqlite_where=text(INBOX_UNFINISHED),
    postgresql_where=text(INBOX_UNFINISHED),
)

turns = Table(
    "turns",
    metadata,
    Column("request_id", Text, nullable=False, unique=True),
    Column("conversation", Words, nullable=False),
    Column("person", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("intent", Text, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("source", Text, nullable=False),
    Column("entities", JsonText, nullable=False),
    Column("at", Instant, nullable=False),
    Column("seq", _Seq, primary_key=True),
    Index("ix_turns_conversation", "conversation", "seq"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("key", Words, nullable=False),
    Column("place", Words, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", PackedJson, nullable=False),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("owner", Text),
    Column("lease_until", Instant),
    Column("not_before", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("ref", Words),
    Column("error", Words),
    Column("unsure", Boolean, nullable=False, server_default=false()),
    Column("seq", _Seq, primary_key=True),
    UniqueConstraint("key", "place"),
    Index("ix_outbox_place", "place", "created_at"),
)
Index(
    "ix_outbox_ref",
    outbox.c.ref,
    sqlite_where=text("ref IS NOT NULL"),
    postgresql_where=text("ref IS NOT NULL"),
)
Index(
    "ix_outbox_unsent",
    outbox.c.not_before,
    sqlite_where=text(OUTBOX_UNSENT),
    postgresql_where=text(OUTBOX_UNSENT),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("runbook", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("definition", JsonText, nullable=False),
    Column("inputs", JsonText, nullable=False),
    Column("environment", Text, nullable=False),
    Column("dry_run", Boolean, nullable=False),
    Column("requester", Text, nullable=False),
    Column("acting_as", Text),
    Column("place", Words, nullable=False),
    Column("request_id", Text, nullable=False, unique=True),
    Column("plan", JsonText, nullable=False),
    Column("plan_hash", Text, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("owner", Text),
    Column("lease_until", Instant),
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("error", Words),
    Column("conflict_group", Text),
    Index("ix_runs_created", "created_at", "id"),
)
Index(
    "ix_runs_held_group",
    runs.c.conflict_group,
    unique=True,
    sqlite_where=text(RUNS_HELD),
    postgresql_where=text(RUNS_HELD),
)
Index("ix_runs_live", runs.c.id, sqlite_where=text(RUNS_LIVE), postgresql_where=text(RUNS_LIVE))

steps = Table(
    "steps",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("action", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("inputs", JsonText),
    Column("before", JsonText),
    Column("output", JsonText),
    Column("error", Words),
    Column("fence", Integer, nullable=False),
    Column("started_at", Instant),
    Column("ended_at", Instant),
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("run_id", Text, nullable=False, index=True),
    Column("request_id", Text, nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("plan_hash", Text, nullable=False),
    Column("runbook", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("requester", Text, nullable=False),
    Column("place", Words, nullable=False),
    Column("required", JsonText, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("remind", Instant),
    Column("escalate_to", Text),
    Column("reminded", Integer, nullable=False, server_default="0"),
    Column("escalated_at", Instant),
)
Index(
    "ix_approvals_pending",
    approvals.c.expires_at,
    sqlite_where=text(APPROVALS_PENDING),
    postgresql_where=text(APPROVALS_PENDING),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("approval_id", Text, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("person", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("reason", Words),
    Column("via", Text, nullable=False),
    Column("acting_as", Text),
    Column("at", Instant, nullable=False),
    UniqueConstraint("approval_id", "stage", "person"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", _Seq, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("actor", Words, nullable=False),
    Column("acting_as", Words),
    Column("what", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("subject_id", Words, nullable=False),
    Column("run_id", Text, index=True),
    Column("detail", JsonText, nullable=False),
    Column("prev_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("ix_audit_at", "at"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)

workers = Table(
    "workers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("pid_started", Instant, nullable=False),
    Column("heartbeat_at", Instant, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Words, primary_key=True),
    Column("person", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("key", Words, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("path", Words, nullable=False),
    Column("body_hash", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", JsonText, nullable=False),
    Column("at", Instant, nullable=False),
)

feedback = Table(
    "feedback",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("intent", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("words", Words),
    Column("at", Instant, nullable=False),
    Index("ix_feedback_at", "at"),
)

demo_events = Table(
    "demo_events",
    metadata,
    Column("seq", _Seq, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("data", JsonText, nullable=False),
)

runtime = Table(
    "runtime",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Words, nullable=False),
)
