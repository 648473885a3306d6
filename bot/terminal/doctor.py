"""`doctor`: is everything well, and how to mend what is not."""

from __future__ import annotations

import click

from bot.terminal.context import Opener, do
from bot.terminal.options import as_json


@click.command(short_help="Check every setting, integration and face.")
@as_json
@click.pass_obj
def doctor(opener: Opener, as_json: bool) -> None:
    """Check settings, database, disk, people, models and every configured integration; exit 1 if one is not ok."""
    do(opener, "jobs.doctor:run", as_json=as_json)
