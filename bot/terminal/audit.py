"""`audit`: verify the chain, export it."""

from __future__ import annotations

import click

from bot.terminal.context import Opener, do
from bot.terminal.options import as_json


@click.group(short_help="Verify the audit chain; export it.")
def audit() -> None:
    """Verify the audit chain; export it."""


@audit.command()
@as_json
@click.pass_obj
def verify(opener: Opener, as_json: bool) -> None:
    """Recompute every hash; exit 1 and the place of the break when the chain is broken."""
    do(opener, "jobs.audit:verified", as_json=as_json)


@audit.command()
@click.option("--run", "run_id", metavar="ID", help="Only the rows of this run.")
@click.pass_obj
def export(opener: Opener, run_id: str | None) -> None:
    """Every row as a line of JSON, with its hash and the one before it."""
    do(opener, "jobs.audit:exported", run_id=run_id)
