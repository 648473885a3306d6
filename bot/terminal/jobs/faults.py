"""`demo fault list`, `start`, `stop`: on the company that `serve` and `chat` see."""

from __future__ import annotations

import json

import click

from bot.services import Services
from bot.terminal.context import Opener, program
from bot.terminal.look import data_table, make_console
from config.errors import Forbidden
from integrations import demo
from integrations.demo.company import Company
from integrations.demo.faults import faults, start_fault, stop_fault
from integrations.registry import Deps


async def listed(opener: Opener, *, as_json: bool) -> None:
    """What can be broken and what is."""
    async with opener.open(work=False, chat=False) as services:
        world = await company_of(services).world()
        on = world.running_faults(services.clock.now())
    found = [{"name": name, "summary": words, "on": name in on} for name, words in faults()]
    if as_json:
        click.echo(json.dumps(found))
        return
    rows = [[one["name"], "on" if one["on"] else "off", one["summary"]] for one in found]
    make_console().print(data_table(["fault", "now", "what it does"], rows))


async def start(opener: Opener, *, name: str, service: str | None) -> None:
    """Raises BadRequest, Conflict."""
    async with opener.open(work=False, chat=False) as services:
        await start_fault(company_of(services), name, services.clock.now(), service)
    click.echo(f'{name} is on. Alerts fire within a minute or two; ask `{program()} chat "what is wrong?"`.')
    click.echo(f"End it by its remedy, or with: {program()} demo fault stop {name}")


async def stop(opener: Opener, *, name: str) -> None:
    """Raises BadRequest, Conflict."""
    async with opener.open(work=False, chat=False) as services:
        await stop_fault(company_of(services), name, services.clock.now())
    click.echo(f"{name} is off; the fleet heals within simulated minutes.")


def company_of(services: Services) -> Company:
    """The demo company of this database. Raises Forbidden outside demo mode."""
    if services.settings.mode != "demo":
        raise Forbidden(f"The mode is {services.settings.mode}: faults can be started in demo mode only.")
    deps = Deps(
        database=services.database,
        clock=services.clock,
        catalogue=services.catalogue,
        people=services.people,
        seed=services.settings.demo.seed,
    )
    return demo.open_company(deps)
