"""`serve`: start every configured face."""

from __future__ import annotations

import click

from bot.terminal.context import Opener, do


@click.command(short_help="Start every configured face (the default).")
@click.option("--host", help="Listen here (default: 127.0.0.1, or COPILOT_HTTP__HOST).")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Listen on this port (default: 8080, or COPILOT_HTTP__PORT).",
)
@click.pass_obj
def serve(opener: Opener, host: str | None, port: int | None) -> None:
    """Start every configured face and say how to reach it. Stop it with Ctrl-C."""
    do(opener, "jobs.serve:run", host=host, port=port)
