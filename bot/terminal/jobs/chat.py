"""`chat` with one message, or with messages from a pipe."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys

import click

from bot.expand import named_in
from bot.services import Services
from bot.terminal.context import Opener
from bot.terminal.jobs.caller import Seat, take_seat
from bot.terminal.jobs.follow import MOVING, follow
from bot.terminal.jobs.live import shown_live
from bot.terminal.jobs.screen import Screen
from store import outbox


async def once(opener: Opener, *, text: str, name: str | None, as_json: bool) -> None:
    """Say it, show the answer, and stay while a run that the answer names goes on."""
    async with opener.open(work=True) as services:
        await exchange(services, take_seat(services, name), text, as_json)


async def lines(opener: Opener, *, name: str | None, as_json: bool) -> None:
    """Every line of stdin as a message, one after the other."""
    async with opener.open(work=True) as services:
        seat = take_seat(services, name)
        while line := await asyncio.to_thread(sys.stdin.readline):
            if line.strip():
                await exchange(services, seat, line.strip(), as_json)


async def exchange(services: Services, seat: Seat, text: str, as_json: bool) -> None:
    """One message and its answer. Raises Busy, StoreError."""
    screen = Screen(services, seat.person)
    got = await services.desk.submit(seat.says(text))
    async with shown_live(services, screen, got.id) if not as_json else contextlib.nullcontext():
        body = services.redact.tree(await services.desk.answer(got))
    if not as_json:
        await screen.reply(body)
    views = await services.database.read(lambda conn: named_in(conn, body))
    run = views.get(str(body["run"]))
    if run is not None and run["status"] in MOVING:
        await follow(services, screen, run["id"], quiet=as_json)
    if as_json:
        views = await services.database.read(lambda conn: named_in(conn, body))
        told = {key: views.get(str(body[key])) for key in ("approval", "run")}
        click.echo(json.dumps({**body, **told}))
    await _shown(services, seat, str(body["id"]))


async def _shown(services: Services, seat: Seat, key: str) -> None:
    """The answer is on the screen: nobody else needs to send it."""
    now = services.wall.now()
    await services.database.write(
        lambda conn: outbox.sent(conn, key=key, place=seat.place, revision=1, ref="stdout", now=now)
    )
