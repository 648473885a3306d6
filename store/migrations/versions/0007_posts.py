"""What the posts in chat show of approvals and runs; a post by the platform's name of it; Slack's workspaces.

Revision ID: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

LIVE = sa.text("live")
REFERRED = sa.text("ref IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "posts",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("place", sa.Text, primary_key=True),
        sa.Column("approval_id", sa.Text),
        sa.Column("run_id", sa.Text),
        sa.Column("approval_version", sa.Integer, nullable=False),
        sa.Column("run_version", sa.Integer, nullable=False),
        sa.Column("live", sa.Boolean, nullable=False),
    )
    op.create_index("ix_posts_live", "posts", ["place"], sqlite_where=LIVE, postgresql_where=LIVE)
    op.create_index("ix_outbox_ref", "outbox", ["ref"], sqlite_where=REFERRED, postgresql_where=REFERRED)
    op.create_table(
        "slack_installations",
        sa.Column("team", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("enterprise", sa.Text),
        sa.Column("bot", sa.Text, nullable=False),
        sa.Column("bot_user", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("installed_by", sa.Text, nullable=False),
        sa.Column("installed_at", sa.Double, nullable=False),
    )
    op.create_table(
        "slack_states",
        sa.Column("state", sa.Text, primary_key=True),
        sa.Column("expires_at", sa.Double, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("slack_states")
    op.drop_table("slack_installations")
    op.drop_index("ix_outbox_ref", "outbox")
    op.drop_index("ix_posts_live", "posts")
    op.drop_table("posts")
