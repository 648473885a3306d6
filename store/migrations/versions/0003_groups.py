"""Runs of one group one after the other; posts whose outcome is not known.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

HELD = sa.text("status IN ('running', 'paused', 'undoing', 'unknown')")


def upgrade() -> None:
    op.add_column("runs", sa.Column("conflict_group", sa.Text))
    op.create_index(
        "ix_runs_held_group",
        "runs",
        ["conflict_group"],
        unique=True,
        sqlite_where=HELD,
        postgresql_where=HELD,
    )
    op.add_column("outbox", sa.Column("unsure", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("outbox", "unsure")
    op.drop_index("ix_runs_held_group", "runs")
    op.drop_column("runs", "conflict_group")
