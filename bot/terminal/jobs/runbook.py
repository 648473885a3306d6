"""`runbook list`, `show`, `lint`, `plan`, `run`."""

from __future__ import annotations

import json
import secrets
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from bot.services import Services
from bot.terminal.context import Opener, program
from bot.terminal.jobs import ledger
from bot.terminal.jobs.approvals import decide, follow_decided
from bot.terminal.jobs.caller import Seat, take_seat
from bot.terminal.jobs.follow import follow
from bot.terminal.jobs.screen import Screen
from bot.terminal.look import data_table, facts_table, heading, plain
from bot.terminal.ticket import plan_card, run_card
from config.errors import Forbidden
from runbooks.compiler import CompiledStep, Runbook
from runbooks.loader import lint
from runbooks.plan import RunRequest
from runbooks.policy import may_decide
from runbooks.schema import input_schema
from runbooks.service import Proposal


async def listed(opener: Opener, *, as_json: bool) -> None:
    async with opener.open(work=False, chat=False) as services:
        found = services.library.all()
        if as_json:
            click.echo(json.dumps([_json(one) for one in found]))
            return
        rows = [[one.id, one.model.description, ", ".join(_inputs(one))] for one in found]
        Screen(services, take_seat(services, None).person).show(
            data_table(["id", "what it does", "inputs"], rows) if rows else plain("No runbook is loaded.")
        )


async def shown(opener: Opener, *, runbook_id: str, as_json: bool) -> None:
    """Raises NotFound."""
    async with opener.open(work=False, chat=False) as services:
        one = services.library.get(runbook_id)
        if as_json:
            click.echo(json.dumps(_json(one)))
            return
        screen = Screen(services, take_seat(services, None).person)
        steps = [(step.id, plain(_step_words(services, step))) for step in one.steps]
        inputs = [(name, plain(words)) for name, words in _inputs(one).items()]
        source = plain(f"owner {one.model.owner}, file {one.file}", "dim")
        screen.show(heading(f"{one.id} · {one.model.description}"), source, Text())
        screen.show(heading("Inputs"), facts_table(inputs) if inputs else plain("none"), Text())
        screen.show(heading("Steps"), facts_table(steps))


async def linted(opener: Opener, *, path: Path) -> int:
    """Exit 1 with one line a problem."""
    async with opener.open(work=False, chat=False) as services:
        problems = lint(path, services.actions)
    for problem in problems:
        click.echo(problem)
    if not problems:
        click.echo(f"{path}: ok")
    return 1 if problems else 0


async def planned(
    opener: Opener, *, runbook_id: str, inputs: Mapping[str, str], name: str | None, as_json: bool
) -> int:
    """The dry run: every read is done, every write only planned; exit 1 when it failed.

    Raises NotFound, BadRequest, Forbidden.
    """
    async with opener.open(work=True, chat=False) as services:
        seat = take_seat(services, name)
        request = _request(seat, runbook_id, inputs, dry_run=True)
        proposal = await services.runbooks.propose(request, seat.person)
        if proposal.run is None:
            raise Forbidden(proposal.verdict.reason)
        services.dispatcher.nudge()
        screen = Screen(services, seat.person)
        view = await follow(services, screen, proposal.run.id, quiet=True)
        plan = services.redact.tree(proposal.plan.to_json())
        if as_json:
            click.echo(json.dumps({**plan, "run": view}))
            return 0 if view["status"] == "succeeded" else 1
        screen.show(plan_card(plan, screen.look()), Text(), run_card(view, screen.look()), Text())
        screen.say(f"Nothing was changed. To do it: {program()} runbook run {runbook_id} {_typed(inputs)}")
        return 0 if view["status"] == "succeeded" else 1


async def ran(
    opener: Opener, *, runbook_id: str, inputs: Mapping[str, str], name: str | None, as_json: bool
) -> int:
    """Propose; then follow the run, ask the person at the screen, or leave it to others. Exit 1 when it failed."""
    async with opener.open(work=True) as services:
        seat = take_seat(services, name)
        proposal = await services.runbooks.propose(_request(seat, runbook_id, inputs), seat.person)
        if proposal.run is None:
            raise Forbidden(proposal.verdict.reason)
        run_id = proposal.run.id
        if proposal.approval is not None:
            over = await _asked(services, seat, proposal, as_json)
        else:
            services.dispatcher.nudge()
            over = await follow(services, Screen(services, seat.person), run_id, quiet=as_json)
        if as_json:
            view = await services.database.read(lambda conn: ledger.run_of(conn, run_id))
            asked = proposal.approval.id if proposal.approval else None
            click.echo(json.dumps({**view, "approval": asked}))
        return 0 if over is None or over["status"] == "succeeded" else 1


async def broke_glass(
    opener: Opener,
    *,
    runbook_id: str,
    inputs: Mapping[str, str],
    reason: str,
    name: str | None,
    as_json: bool,
) -> int:
    """Run without approval and follow it; exit 1 when it failed. Raises NotFound, Forbidden, BadRequest."""
    async with opener.open(work=True) as services:
        seat = take_seat(services, name)
        proposal = await services.runbooks.break_glass(
            _request(seat, runbook_id, inputs), seat.person, reason
        )
        if proposal.run is None:
            raise Forbidden(proposal.verdict.reason)
        services.dispatcher.nudge()
        screen = Screen(services, seat.person)
        over = await follow(services, screen, proposal.run.id, quiet=as_json)
        if as_json:
            click.echo(json.dumps(over))
        else:
            screen.run(over)
            screen.say("Glass was broken: somebody else must close its review (`approvals reviews list`).")
        return 0 if over["status"] == "succeeded" else 1


async def _asked(services: Services, seat: Seat, proposal: Proposal, quiet: bool) -> Mapping[str, Any] | None:
    """Show the question. Whoever may answer it and sits at a screen is asked here; else it waits for others."""
    approval = proposal.approval
    assert approval is not None
    if quiet:
        return None
    mine = may_decide(approval.required[0], approval, seat.person) is None
    screen = Screen(services, seat.person)
    if mine and sys.stdin.isatty():
        view = await services.database.read(lambda conn: ledger.approval_of(conn, approval.id))
        screen.approval(view)
        go = click.confirm("Do it?", default=False)
        view = await decide(services, seat, approval.id, "approve" if go else "deny", None, quiet=True)
        return await follow_decided(services, seat, view)
    view = await services.database.read(lambda conn: ledger.approval_of(conn, approval.id))
    screen.approval(view)
    screen.say(f"Run {approval.run_id} waits for approval {approval.id}.")
    return None


def _typed(inputs: Mapping[str, str]) -> str:
    return shlex.join(f"{key}={value}" for key, value in inputs.items())


def _request(seat: Seat, runbook_id: str, inputs: Mapping[str, str], dry_run: bool = False) -> RunRequest:
    return RunRequest(
        runbook=runbook_id,
        inputs=inputs,
        requester=seat.person.id,
        place=seat.place,
        request_id=f"term_{secrets.token_hex(8)}",
        acting_as=seat.caller.acting_as,
        dry_run=dry_run,
    )


def _inputs(one: Runbook) -> dict[str, str]:
    """Each input in words."""
    told: dict[str, str] = {}
    for name, spec in one.model.inputs.items():
        usual = f"default {spec.default}" if spec.default is not None else "optional"
        options = f", one of {', '.join(map(str, spec.options))}" if spec.options else ""
        words = f"{spec.type}, {'required' if spec.required else usual}{options}"
        told[name] = f"{words}: {spec.description}" if spec.description else words
    return told


def _step_words(services: Services, step: CompiledStep) -> str:
    action = services.actions.get(step.call.uses)
    words = [f"{step.call.uses} ({action.effect})" if action else step.call.uses]
    if step.spec.if_:
        words.append(f"if {step.spec.if_}")
    if step.spec.verify:
        words.append(f"then check {step.spec.verify.expect}")
    if step.spec.undo:
        words.append(f"else undo by {step.spec.undo.uses}")
    if step.spec.always:
        words.append("always")
    return ", ".join(words)


def _json(one: Runbook) -> dict[str, Any]:
    return {
        "id": one.id,
        "description": one.model.description,
        "owner": one.model.owner,
        "file": one.file,
        "digest": one.digest,
        "inputs": input_schema(one.model),
        "steps": [{"id": step.id, "uses": step.call.uses} for step in one.steps],
    }
