"""`demo`: the story, and breaking the demo fleet by hand."""

from __future__ import annotations

import click

from bot.terminal.context import Opener, do, do_apart
from bot.terminal.options import as_json


@click.group(
    invoke_without_command=True,
    short_help="Play the whole story in under a minute; break and mend the demo fleet.",
)
@click.pass_context
def demo(ctx: click.Context) -> None:
    """Play one incident from alert to verified fix: no keys, no network, its own temporary data."""
    if ctx.invoked_subcommand is None:
        do_apart(ctx.obj, "jobs.story:run")


@demo.group()
def fault() -> None:
    """Break and mend the demo fleet that `serve` and `chat` see."""


@fault.command("list")
@as_json
@click.pass_obj
def list_faults(opener: Opener, as_json: bool) -> None:
    """What can be broken, and what is."""
    do(opener, "jobs.faults:listed", as_json=as_json)


@fault.command()
@click.argument("name")
@click.option("--service", help="Break this service instead of the usual one.")
@click.pass_obj
def start(opener: Opener, name: str, service: str | None) -> None:
    """Break it."""
    do(opener, "jobs.faults:start", name=name, service=service)


@fault.command()
@click.argument("name")
@click.pass_obj
def stop(opener: Opener, name: str) -> None:
    """Mend it."""
    do(opener, "jobs.faults:stop", name=name)
