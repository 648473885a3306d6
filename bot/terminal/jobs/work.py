"""`runbook stop-all`: the kill switch."""

from __future__ import annotations

import json

import click

from bot.terminal.context import Opener
from bot.terminal.jobs.caller import take_seat
from bot.terminal.jobs.screen import Screen
from runbooks.halt import lift, stop_everything


async def switched(opener: Opener, *, off: bool, reason: str, name: str | None, as_json: bool) -> None:
    """Throw the switch or lift it. Raises Forbidden, Conflict."""
    async with opener.open(work=False, chat=False) as services:
        seat, now = take_seat(services, name), services.clock.now()
        person, acting_as = seat.person, seat.caller.acting_as
        if off:
            held = await services.database.write(
                lambda conn: lift(conn, person, acting_as, now), durable=True
            )
            words = f"Work goes on; {held} runs that were held go on."
            seen: dict[str, object] = {"stopped": False, "held": held}
        else:
            halt = await services.database.write(
                lambda conn: stop_everything(conn, person, acting_as, now, reason), durable=True
            )
            words = f"{halt.words()} Lift it with: llm-copilot runbook stop-all --off"
            seen = {"stopped": True, "by": halt.by, "at": halt.at, "reason": halt.why}
        if as_json:
            click.echo(json.dumps(seen))
        else:
            Screen(services, person).say(words)
