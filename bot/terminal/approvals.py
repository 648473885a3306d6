"""`approvals`: what waits for people, and their word on it."""

from __future__ import annotations

import click

from bot.terminal.context import Opener, do
from bot.terminal.options import act_as, as_json, inputs, runbook_id
from bot.terminal.standing import reviews, standing

approval_id = click.argument("approval_id", metavar="ID")


@click.group(short_help="See what waits for approval; approve or deny.")
def approvals() -> None:
    """See what waits for approval; approve or deny."""


@approvals.command("list")
@act_as
@as_json
@click.pass_obj
def list_approvals(opener: Opener, name: str | None, as_json: bool) -> None:
    """What waits for approval now."""
    do(opener, "jobs.approvals:listed", name=name, as_json=as_json)


@approvals.command()
@approval_id
@act_as
@as_json
@click.pass_obj
def approve(opener: Opener, approval_id: str, name: str | None, as_json: bool) -> None:
    """Approve it and watch its run; the run goes on here when no other worker is alive."""
    do(opener, "jobs.approvals:approved", approval_id=approval_id, name=name, as_json=as_json)


@approvals.command()
@approval_id
@click.option("--reason", help="Why not; everybody who sees the approval reads it.")
@act_as
@as_json
@click.pass_obj
def deny(opener: Opener, approval_id: str, reason: str | None, name: str | None, as_json: bool) -> None:
    """Deny it: its run is cancelled."""
    do(opener, "jobs.approvals:denied", approval_id=approval_id, reason=reason, name=name, as_json=as_json)


@approvals.command()
@approval_id
@act_as
@as_json
@click.pass_obj
def withdraw(opener: Opener, approval_id: str, name: str | None, as_json: bool) -> None:
    """Take your own question back: its run is cancelled."""
    do(opener, "jobs.approvals:withdrawn", approval_id=approval_id, name=name, as_json=as_json)


@approvals.command()
@approval_id
@inputs
@act_as
@as_json
@click.pass_obj
def edit(opener: Opener, approval_id: str, inputs: dict[str, str], name: str | None, as_json: bool) -> None:
    """Ask again with other inputs; the old approval is void, with the votes it had."""
    do(opener, "jobs.approvals:edited", approval_id=approval_id, inputs=inputs, name=name, as_json=as_json)


@approvals.command("break-glass")
@runbook_id
@inputs
@click.option("--reason", required=True, help="Why; everybody reads it.")
@act_as
@as_json
@click.pass_obj
def break_glass(
    opener: Opener, runbook_id: str, inputs: dict[str, str], reason: str, name: str | None, as_json: bool
) -> None:
    """Run at once without approval, told loudly; a review stays open until somebody else closes it."""
    do(
        opener,
        "jobs.runbook:broke_glass",
        runbook_id=runbook_id,
        inputs=inputs,
        reason=reason,
        name=name,
        as_json=as_json,
    )


approvals.add_command(standing)
approvals.add_command(reviews)
