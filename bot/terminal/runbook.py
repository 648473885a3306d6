"""`runbook`: list, show, lint, plan, run, test, stop-all."""

from __future__ import annotations

from pathlib import Path

import click

from bot.terminal.context import Opener, do
from bot.terminal.options import act_as, as_json, inputs, runbook_id


@click.group(short_help="List, show, lint, plan and run runbooks.")
def runbook() -> None:
    """List, show, lint, plan and run runbooks."""


@runbook.command("list")
@as_json
@click.pass_obj
def list_runbooks(opener: Opener, as_json: bool) -> None:
    """Every runbook that is loaded."""
    do(opener, "jobs.runbook:listed", as_json=as_json)


@runbook.command()
@runbook_id
@as_json
@click.pass_obj
def show(opener: Opener, runbook_id: str, as_json: bool) -> None:
    """One runbook: its inputs, its steps, what each does."""
    do(opener, "jobs.runbook:shown", runbook_id=runbook_id, as_json=as_json)


@runbook.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.pass_obj
def lint(opener: Opener, path: Path) -> None:
    """Check a runbook file, or every one in a folder; exit 1 with file:line and what is wanted."""
    do(opener, "jobs.runbook:linted", path=path)


@runbook.command()
@runbook_id
@inputs
@act_as
@as_json
@click.pass_obj
def plan(opener: Opener, runbook_id: str, inputs: dict[str, str], name: str | None, as_json: bool) -> None:
    """The dry run: what a run would change, without changing anything."""
    do(opener, "jobs.runbook:planned", runbook_id=runbook_id, inputs=inputs, name=name, as_json=as_json)


@runbook.command()
@runbook_id
@inputs
@act_as
@as_json
@click.pass_obj
def run(opener: Opener, runbook_id: str, inputs: dict[str, str], name: str | None, as_json: bool) -> None:
    """Run it, or ask for the approval it needs; Ctrl-C leaves the run to the next worker."""
    do(opener, "jobs.runbook:ran", runbook_id=runbook_id, inputs=inputs, name=name, as_json=as_json)


@runbook.command("test")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@as_json
@click.pass_obj
def test_runbooks(opener: Opener, path: Path, as_json: bool) -> None:
    """Run the cases beside a runbook (ID.test.yaml), or all of a folder, on a recorded world; exit 1 when one fails."""
    do(opener, "jobs.cases:tested", path=path, as_json=as_json)


@runbook.command("stop-all")
@click.option("--off", is_flag=True, help="Let work go on again.")
@click.option("--reason", default="", help="Why everything is stopped.")
@act_as
@as_json
@click.pass_obj
def stop_all(opener: Opener, off: bool, reason: str, name: str | None, as_json: bool) -> None:
    """Stop everything: no run starts another step, in any process, until `stop-all --off`."""
    do(opener, "jobs.work:switched", off=off, reason=reason, name=name, as_json=as_json)
