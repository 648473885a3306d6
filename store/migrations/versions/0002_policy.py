"""Reminders on approvals, approvals in advance, reviews of broken glass.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("approvals", sa.Column("remind", sa.Double))
    op.add_column("approvals", sa.Column("escalate_to", sa.Text))
    op.add_column("approvals", sa.Column("reminded", sa.Integer, nullable=False, server_default="0"))
    op.add_column("approvals", sa.Column("escalated_at", sa.Double))
    op.create_table(
        "standing",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("runbook", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("environment", sa.Text, nullable=False),
        sa.Column("services", sa.Text, nullable=False),
        sa.Column("bounds", sa.Text, nullable=False),
        sa.Column("proposer", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("most", sa.Integer, nullable=False),
        sa.Column("per", sa.Double, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.Column("ended_at", sa.Double),
        sa.Column("ended_by", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_standing"),
    )
    op.create_index("ix_standing_runbook", "standing", ["runbook", "status"])
    op.create_table(
        "standing_votes",
        sa.Column("standing_id", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("via", sa.Text, nullable=False),
        sa.Column("acting_as", sa.Text),
        sa.Column("at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("standing_id", "person", name="pk_standing_votes"),
    )
    op.create_table(
        "standing_uses",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("standing_id", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_standing_uses"),
    )
    op.create_index("ix_standing_uses_of", "standing_uses", ["standing_id", "at"])
    _reviews()


def _reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("acting_as", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("plan_hash", sa.Text, nullable=False),
        sa.Column("runbook", sa.Text, nullable=False),
        sa.Column("environment", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("nag", sa.Double, nullable=False),
        sa.Column("opened_at", sa.Double, nullable=False),
        sa.Column("told", sa.Integer, nullable=False),
        sa.Column("closed_at", sa.Double),
        sa.Column("closed_by", sa.Text),
        sa.Column("outcome", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
        sa.UniqueConstraint("run_id", name="uq_reviews_run_id"),
    )
    still_open = sa.text("closed_at IS NULL")
    op.create_index(
        "ix_reviews_open", "reviews", ["opened_at"], sqlite_where=still_open, postgresql_where=still_open
    )


def downgrade() -> None:
    for table in ("standing", "standing_votes", "standing_uses", "reviews"):
        op.drop_table(table)
    for column in ("remind", "escalate_to", "reminded", "escalated_at"):
        op.drop_column("approvals", column)
