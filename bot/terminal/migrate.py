"""`migrate`: bring the database to this version."""

from __future__ import annotations

import click

from bot.terminal.context import Opener, do


@click.command(short_help="Bring the database to this version.")
@click.pass_obj
def migrate(opener: Opener) -> None:
    """Bring the database to this version, in one transaction."""
    do(opener, "jobs.migrate:run")
