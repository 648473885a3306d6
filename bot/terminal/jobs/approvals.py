"""`approvals list`, `approve`, `deny`."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Literal

import click
from rich.text import Text

from bot.services import Services
from bot.terminal.context import Opener
from bot.terminal.jobs import ledger
from bot.terminal.jobs.caller import Seat, take_seat
from bot.terminal.jobs.follow import MOVING, follow, taken_up
from bot.terminal.jobs.screen import Screen
from bot.terminal.look import View, heading, plain
from bot.ticket import writes
from bot.times import lasted, parsed
from config.errors import Forbidden


async def listed(opener: Opener, *, name: str | None, as_json: bool) -> None:
    """What waits, oldest first."""
    async with opener.open(work=False, chat=False) as services:
        seat = take_seat(services, name)
        await services.approvals.expire_due()
        waiting = await services.database.read(ledger.pending)
        if as_json:
            click.echo(json.dumps(waiting))
            return
        screen = Screen(services, seat.person)
        if not waiting:
            screen.say("Nothing waits for approval.")
        elif len(waiting) == 1:
            screen.approval(waiting[0])
        else:
            screen.show(*(_line(view, services.clock.now(), screen) for view in waiting))


def _line(view: View, now: float, screen: Screen) -> Text:
    """One that waits, in two lines: ids stay whole in the narrowest terminal."""
    line = heading(str(view["id"]))
    left = lasted(parsed(view["expires_at"]) - now)
    line.append_text(
        plain(f"  {view['runbook']} in {view['environment']}, asked by {view['requester']}, {left} left")
    )
    what = "; ".join(step["summary"] for step in writes(view)) or "nothing changes"
    who = ", ".join(screen.deciders(view)) or "nobody"
    return line.append_text(plain(f"\n    {what}. May approve: {who}", "dim"))


async def approved(opener: Opener, *, approval_id: str, name: str | None, as_json: bool) -> int:
    """Approve and follow its run; exit 1 when the run does not succeed."""
    async with opener.open(work=True) as services:
        seat = take_seat(services, name)
        view = await decide(services, seat, approval_id, "approve", None, as_json)
        run = await follow_decided(services, seat, view, quiet=as_json)
        if as_json:
            view = await services.database.read(lambda conn: ledger.approval_of(conn, approval_id))
            click.echo(json.dumps({**view, "run": run}))
        return 0 if run is None or run["status"] == "succeeded" else 1


async def denied(
    opener: Opener, *, approval_id: str, reason: str | None, name: str | None, as_json: bool
) -> None:
    """Deny; its run is cancelled."""
    async with opener.open(work=True) as services:
        view = await decide(services, take_seat(services, name), approval_id, "deny", reason, as_json)
        if as_json:
            click.echo(json.dumps(view))


async def withdrawn(opener: Opener, *, approval_id: str, name: str | None, as_json: bool) -> None:
    """Take one's own question back. Raises NotFound, Forbidden, Conflict."""
    async with opener.open(work=True, chat=False) as services:
        seat = take_seat(services, name)
        await services.approvals.withdraw(approval_id, seat.person, seat.caller.acting_as)
        view = await services.database.read(lambda conn: ledger.approval_of(conn, approval_id))
        if as_json:
            click.echo(json.dumps(view))
        else:
            Screen(services, seat.person).say("Withdrawn. Nothing was changed.")


async def edited(
    opener: Opener, *, approval_id: str, inputs: Mapping[str, str], name: str | None, as_json: bool
) -> None:
    """Ask again with other inputs. Raises NotFound, Forbidden, Conflict, BadRequest."""
    async with opener.open(work=True, chat=False) as services:
        seat = take_seat(services, name)
        request_id = f"terminal-{secrets.token_hex(8)}"
        proposal = await services.runbooks.edit(
            approval_id, inputs, seat.person, request_id=request_id, acting_as=seat.caller.acting_as
        )
        new = proposal.approval
        if proposal.run is None:
            raise Forbidden(proposal.verdict.reason)
        services.dispatcher.nudge()
        if new is None:
            Screen(services, seat.person).say(
                f"{approval_id} is void; {proposal.run.id} needs nobody's word."
            )
            return
        view = await services.database.read(lambda conn: ledger.approval_of(conn, new.id))
        if as_json:
            click.echo(json.dumps(view))
            return
        screen = Screen(services, seat.person)
        screen.say(f"{approval_id} is void, with the votes it had.")
        screen.approval(view)


async def decide(
    services: Services,
    seat: Seat,
    approval_id: str,
    decision: Literal["approve", "deny"],
    reason: str | None,
    quiet: bool = False,
) -> View:
    """Show what is decided on, decide, show the outcome. Raises NotFound, Forbidden, Conflict."""
    screen = Screen(services, seat.person)
    before = await services.database.read(lambda conn: ledger.approval_of(conn, approval_id))
    if not quiet and before["status"] == "pending":
        screen.approval(before)
    await services.approvals.decide(
        approval_id,
        person=seat.person,
        decision=decision,
        plan_hash=before["plan_hash"],
        reason=reason,
        via=seat.caller.via,
        acting_as=seat.caller.acting_as,
    )
    after = await services.database.read(lambda conn: ledger.approval_of(conn, approval_id))
    if not quiet:
        screen.say(_told(after, seat.person.id))
    return after


def _told(view: View, person: str) -> str:
    if view["status"] == "approved":
        return f"Approved by {', '.join(one['by'] for one in view['decisions'])}."
    if view["status"] == "denied":
        return f"Denied by {person}. Nothing was changed."
    return f"{person}'s approval is stored; {view['runbook']} still waits for another one."


async def follow_decided(services: Services, seat: Seat, view: View, *, quiet: bool = False) -> View | None:
    """Follow the run of an approval that was just given; None while it waits for more people.

    Raises Conflict when nobody took the run up in time: it is kept.
    """
    if view["status"] != "approved":
        return None
    run = await taken_up(services, str(view["run_id"]))
    screen = Screen(services, seat.person)
    if run["status"] in MOVING:
        run = await follow(services, screen, run["id"], quiet=quiet)
    if not quiet:
        screen.show("")
        screen.run(run)
    return run
