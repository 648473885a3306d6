"""`approvals standing` and `approvals reviews`: what goes without a question, and looking back at it."""

from __future__ import annotations

import click

from bot.terminal.context import Opener, do
from bot.terminal.options import act_as, as_json, inputs, runbook_id

standing_id = click.argument("standing_id", metavar="ID")


@click.group(short_help="Approvals in advance: list, propose, approve, revoke.")
def standing() -> None:
    """Approvals in advance: one runbook, named services, inputs within bounds, for a time, so many runs."""


@standing.command("list")
@act_as
@as_json
@click.pass_obj
def list_standing(opener: Opener, name: str | None, as_json: bool) -> None:
    """Every one of them, newest first."""
    do(opener, "jobs.standing:listed", name=name, as_json=as_json)


@standing.command()
@runbook_id
@inputs
@click.option(
    "--service", "services", multiple=True, required=True, help="A service it is for; may be repeated."
)
@click.option("--environment", required=True, help="The environment it is for.")
@click.option("--days", type=click.FloatRange(0, 90, min_open=True), help="How long it counts.")
@click.option("--most", type=click.IntRange(1), help="How many runs in the policy's time.")
@click.option("--reason", required=True, help="Why; everybody who is asked reads it.")
@act_as
@as_json
@click.pass_obj
def propose(
    opener: Opener,
    runbook_id: str,
    inputs: dict[str, str],
    services: tuple[str, ...],
    environment: str,
    days: float | None,
    most: int | None,
    reason: str,
    name: str | None,
    as_json: bool,
) -> None:
    """Ask people to approve in advance; KEY=VALUE are bounds, such as limit=0.1..0.5 or size=small,large."""
    do(
        opener,
        "jobs.standing:proposed",
        runbook_id=runbook_id,
        bounds=inputs,
        services=services,
        environment=environment,
        days=days,
        most=most,
        reason=reason,
        name=name,
        as_json=as_json,
    )


@standing.command()
@standing_id
@act_as
@as_json
@click.pass_obj
def approve(opener: Opener, standing_id: str, name: str | None, as_json: bool) -> None:
    """Agree to it as it is stored now."""
    do(opener, "jobs.standing:approved", standing_id=standing_id, name=name, as_json=as_json)


@standing.command()
@standing_id
@click.option("--reason", default="", help="Why; it is in the audit.")
@act_as
@as_json
@click.pass_obj
def revoke(opener: Opener, standing_id: str, reason: str, name: str | None, as_json: bool) -> None:
    """End it at once."""
    do(opener, "jobs.standing:revoked", standing_id=standing_id, reason=reason, name=name, as_json=as_json)


@click.group(short_help="Reviews of broken glass: list, close.")
def reviews() -> None:
    """Runs that went without approval stay on this list until somebody else has looked back at them."""


@reviews.command("list")
@act_as
@as_json
@click.pass_obj
def list_reviews(opener: Opener, name: str | None, as_json: bool) -> None:
    """The open ones, oldest first."""
    do(opener, "jobs.standing:reviews", name=name, as_json=as_json)


@reviews.command()
@click.argument("review_id", metavar="ID")
@click.option("--outcome", required=True, help="What came of looking back.")
@act_as
@as_json
@click.pass_obj
def close(opener: Opener, review_id: str, outcome: str, name: str | None, as_json: bool) -> None:
    """Close one."""
    do(opener, "jobs.standing:closed", review_id=review_id, outcome=outcome, name=name, as_json=as_json)
