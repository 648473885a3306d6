"""`token`: a signed access token."""

from __future__ import annotations

import click

from bot.terminal.context import Opener, do
from bot.terminal.options import Duration

YEAR = 366 * 86_400.0


@click.command(short_help="Make a signed access token for REST.")
@click.option("--user", required=True, metavar="NAME", help="Whose token it is (a person of people.yaml).")
@click.option(
    "--roles", metavar="A,B", help="Narrow the token to these of the person's roles (default: all)."
)
@click.option(
    "--ttl", type=Duration(), default="1h", show_default=True, help="How long it holds: 90s, 15m, 1h, 7d."
)
@click.pass_obj
def token(opener: Opener, user: str, roles: str | None, ttl: float) -> None:
    """Print a signed access token for the REST API. Whoever has it is that person: keep it secret."""
    if ttl > YEAR:
        raise click.BadParameter("A token holds for a year at most.", param_hint="--ttl")
    wanted = None if roles is None else tuple(role.strip() for role in roles.split(",") if role.strip())
    do(opener, "jobs.token:run", user=user, roles=wanted, ttl=ttl)
