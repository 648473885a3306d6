"""`migrate`."""

from __future__ import annotations

import click

from bot.terminal.context import Opener
from store import migrate
from store.engine import Database


async def run(opener: Opener) -> None:
    """Raises StoreError."""
    settings = opener.settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    async with Database(settings.database) as database:
        before = await database.read(migrate.current)
        await migrate.upgrade(database)
        after = await database.read(migrate.current)
    if before == after:
        click.echo(f"The database is at version {after} already.")
    else:
        click.echo(f"The database went from version {before or 'none (it was empty)'} to {after}.")
