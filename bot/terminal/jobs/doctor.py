"""`doctor`: what is well, what is not, and how to mend it."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass

import click

from bot.charts import INSTALL
from bot.services import Services
from bot.terminal.context import Opener
from bot.terminal.look import data_table, make_console
from config.errors import CopilotError
from config.settings import Settings
from runbooks.halt import halted
from store import audit, migrate

LEAST_FREE = 200 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Finding:
    """`ok` None: not configured, which is no failure. `words`: what was found, or how to mend it."""

    what: str
    ok: bool | None
    words: str


async def run(opener: Opener, *, as_json: bool) -> int:
    """Exit 1 when something that is configured is not ok."""
    found = [one async for one in examine(opener)]
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found]))
    else:
        words = {True: "ok", False: "NOT OK", None: "not set up"}
        make_console().print(
            data_table(["check", "state", "found"], [[one.what, words[one.ok], one.words] for one in found])
        )
    return 1 if any(one.ok is False for one in found) else 0


async def examine(opener: Opener) -> AsyncIterator[Finding]:
    """Everything that can be checked; when the application cannot be opened, why."""
    settings = opener.settings()
    yield Finding("settings", True, f"mode {settings.mode}, data in {settings.data_dir.absolute()}")
    yield _disk(settings)
    try:
        async with opener.open(work=False, chat=False) as services:
            async for finding in examined(services):
                yield finding
    except CopilotError as err:
        yield Finding("application", False, str(err))


def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    words = f"{free / 1e9:.1f} GB free at {folder}"
    return Finding("disk", free >= LEAST_FREE, words if free >= LEAST_FREE else f"{words}: free some space")


async def examined(services: Services) -> AsyncIterator[Finding]:
    """What can be checked of an application that is open."""
    yield await _database(services)
    yield await _audit(services)
    yield await _work(services)
    yield _people(services)
    yield Finding(
        "catalogue",
        True,
        f"{len(services.catalogue.services)} services, {len(services.catalogue.environments)} environments",
    )
    yield Finding("runbooks", True, ", ".join(one.id for one in services.library.all()) or "none")
    for runbook, needs in services.library.left_out.items():
        yield Finding(runbook, True, f"left out: no configured integration brings {', '.join(needs)}")
    for name, check in services.health.items():
        health = await check()
        yield Finding(name, health.ok, health.words)
    yield _charts(services)
    yield _secret(services.settings)


async def _database(services: Services) -> Finding:
    found = await services.database.read(migrate.current)
    shown = services.database.shown_as
    if found == migrate.head():
        return Finding("database", True, f"{shown}, schema {found}")
    return Finding("database", False, f"{shown} has schema {found or 'none'}: run `llm-copilot migrate`")


async def _audit(services: Services) -> Finding:
    check = await services.database.read(audit.verify)
    return Finding("audit", check.ok, check.why)


async def _work(services: Services) -> Finding:
    halt = await services.database.read(halted)
    if halt is None:
        return Finding("work", True, "nothing is stopped")
    return Finding("work", False, f"{halt.words()} Lift it: `llm-copilot runbook stop-all --off`")


def _people(services: Services) -> Finding:
    people = services.people.by_id.values()
    without = [person.id for person in people if not person.roles]
    if without:
        return Finding("people", False, f"{', '.join(without)} hold no role: give them one in people.yaml")
    for role in ("operator", "approver", "admin"):
        if not services.people.holders(role):
            return Finding(
                "people", False, f"nobody holds the role {role}: give it to one person in people.yaml"
            )
    return Finding("people", True, f"{len(people)} people, all with roles")


def _charts(services: Services) -> Finding:
    if services.charts.available:
        return Finding("charts", True, "drawn by vl-convert in a process of its own")
    return Finding("charts", None, f"shown as figures; for pictures: {INSTALL}")


def _secret(settings: Settings) -> Finding:
    if settings.auth.secret is not None:
        return Finding("tokens", True, "signed with COPILOT_AUTH__SECRET")
    return Finding(
        "tokens", True, f"signed with a key of our own in {settings.data_dir.absolute()}; loopback only"
    )
