"""Schedules, and each time that one fired.

Revision ID: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ACTIVE = sa.text("status = 'active'")


def upgrade() -> None:
    op.create_table(
        "schedules",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("cron", sa.Text),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("late", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("acting_as", sa.Text),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("next_at", sa.Double),
        sa.Column("runbook", sa.Text),
        sa.Column("detail", sa.Text),
        sa.Column("note", sa.Text),
        sa.Column("ended_at", sa.Double),
        sa.PrimaryKeyConstraint("id", name="pk_schedules"),
    )
    op.create_index("ix_schedules_created", "schedules", ["created_at", "id"])
    op.create_index(
        "ix_schedules_due", "schedules", ["next_at"], sqlite_where=ACTIVE, postgresql_where=ACTIVE
    )
    op.create_table(
        "firings",
        sa.Column("schedule_id", sa.Text, nullable=False),
        sa.Column("scheduled_at", sa.Double, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("fired_at", sa.Double, nullable=False),
        sa.Column("request_id", sa.Text),
        sa.Column("missed", sa.Integer, nullable=False),
        sa.Column("since", sa.Double),
        sa.PrimaryKeyConstraint("schedule_id", "scheduled_at", name="pk_firings"),
    )


def downgrade() -> None:
    op.drop_table("firings")
    op.drop_index("ix_schedules_due", "schedules")
    op.drop_index("ix_schedules_created", "schedules")
    op.drop_table("schedules")
