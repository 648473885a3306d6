"""The Home tab of one person, from the ledger and the ports."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from bot.expand import Views
from bot.slack import cards, rich
from bot.slack.front import Front, Who
from bot.slack.rich import Block
from bot.times import lasted
from config.errors import Forbidden
from config.people import Person
from integrations.errors import IntegrationError
from store import approvals, ledger
from store.records import RunStatus

_MOST = 5
#: seconds for what a back end says on this page
_PATIENCE = 3.0
_GOING: tuple[RunStatus, ...] = ("running", "paused", "undoing", "unknown", "queued")


async def view(front: Front, who: Who) -> dict[str, Any]:
    """The view to publish. Raises StoreError; a back end that fails is said on the page."""
    try:
        person = await front.person(who)
    except Forbidden as err:
        return _tab([rich.header("Welcome"), *rich.paragraphs(str(err)), *_help(front, None)])
    waiting, going = await front.services.database.read(_ledger)
    mine = [one for one in waiting if person.id in front.painter.look(one).deciders]
    blocks = [
        *_section("Waits for you", [block for one in mine[:_MOST] for block in _asked(front, one)]),
        *_section(
            "Is going on",
            [block for one in going[:_MOST] for block in cards.run(one, front.painter.look(None))],
        ),
        *_section("Fires", await _said(_alerts(front))),
        *_section("Open incidents", await _said(_incidents(front))),
        *_section("On call", await _said(_on_call(front, person))),
        *_help(front, person),
    ]
    return _tab(blocks)


def _tab(blocks: Sequence[Block]) -> dict[str, Any]:
    return {"type": "home", "blocks": list(blocks[:100])}


def _section(title: str, blocks: Sequence[Block]) -> list[Block]:
    return [rich.header(title), *(blocks or rich.paragraphs("Nothing."))]


def _ledger(conn: Connection) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    views = Views(conn)
    asked = [views.approval(one.id) for one in approvals.pending(conn, 50)]
    runs = [views.run(one.id) for status in _GOING for one in ledger.list_runs(conn, status, _MOST)]
    return [one for one in asked if one is not None], [one for one in runs if one is not None]


def _asked(front: Front, one: Mapping[str, Any]) -> list[Block]:
    return cards.approval(one, front.painter.look(one))


def _going(front: Front, one: Mapping[str, Any]) -> list[Block]:
    return cards.run(one, front.painter.look(None))


async def _said(lines: Awaitable[Sequence[str]]) -> list[Block]:
    try:
        async with asyncio.timeout(_PATIENCE):
            found = await lines
    except TimeoutError:
        found = ["It did not answer in time."]
    except IntegrationError as err:
        found = [f"Cannot be read: {err}"]
    return rich.paragraphs("\n".join(found[:10]))


async def _alerts(front: Front) -> Sequence[str]:
    source = front.services.sources.alerts
    if source is None:
        return ["No alert source is configured."]
    now = front.services.clock.now()
    return [
        f"{one.name} on {one.service} in {one.environment} for {lasted(now - one.started_at)}"
        for one in await source.firing()
    ]


async def _incidents(front: Front) -> Sequence[str]:
    source = front.services.sources.incidents
    if source is None:
        return ["No incident source is configured."]
    return [f"{one.id} {one.severity} {one.title} ({one.status})" for one in await source.open_incidents()]


async def _on_call(front: Front, person: Person) -> Sequence[str]:
    source, now = front.services.sources.on_call, front.services.clock.now()
    if source is None:
        return ["No on-call source is configured."]
    names = {one.id: one.name for one in front.services.people.by_id.values()}
    return [
        f"{one.team}: {names.get(one.person, one.person)}{' (you)' if one.person == person.id else ''}"
        for one in await source.shifts(now, now + 1.0)
        if one.level == 1
    ]


def _help(front: Front, person: Person | None) -> list[Block]:
    roles = ", ".join(sorted(person.roles)) if person is not None else "none yet"
    words = (
        f"Your roles: {roles}.\nAsk in your own words here, mention me in a channel, or use `{front.command}`. "
        f"`{front.command} help` lists what you may do; `{front.command} pending` what waits for approval."
    )
    return [rich.header("What you can do"), *rich.paragraphs(words)]
