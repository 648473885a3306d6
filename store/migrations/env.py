"""Run by Alembic. The connection comes from store/migrate.py, inside its transaction; there is no offline mode."""

from __future__ import annotations

from alembic import context

from store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
