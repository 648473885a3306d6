"""`approvals standing` and `approvals reviews`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

from bot.services import Services
from bot.terminal.context import Opener
from bot.terminal.jobs.caller import Seat, take_seat
from bot.terminal.jobs.screen import Screen
from bot.terminal.look import View, data_table
from bot.times import lasted, parsed
from runbooks.bounds import said
from runbooks.views import review_view, standing_view


async def listed(opener: Opener, *, name: str | None, as_json: bool) -> None:
    """Every approval in advance, newest first."""
    async with opener.open(work=False, chat=False) as services:
        now = services.clock.now()
        views = [standing_view(one, votes, now) for one, votes in await services.runbooks.standing.every()]
        if as_json:
            click.echo(json.dumps(views))
            return
        screen = Screen(services, take_seat(services, name).person)
        if not views:
            screen.say("Nothing is approved in advance.")
        else:
            rows = [[view["id"], view["status"], *_row(view, now)] for view in views]
            screen.show(data_table(["id", "status", "what", "bounds", "agreed", "time left"], rows))


async def proposed(
    opener: Opener,
    *,
    runbook_id: str,
    bounds: Mapping[str, str],
    services: Sequence[str],
    environment: str,
    days: float | None,
    most: int | None,
    reason: str,
    name: str | None,
    as_json: bool,
) -> None:
    """Raises NotFound, Forbidden, BadRequest."""
    async with opener.open(work=False, chat=False) as opened:
        seat = take_seat(opened, name)
        one = await opened.runbooks.standing.propose(
            runbook_id, services=services, environment=environment, bounds=bounds, person=seat.person,
            reason=reason, place=seat.place, days=days, most=most, acting_as=seat.caller.acting_as,
        )  # fmt: skip
        who = ", ".join(opened.runbooks.standing.who_can(one)) or "nobody"
        words = f"{one.id} needs {one.count} people: {who}. Until then every run is asked for."
        await _shown(opened, seat, one.id, words, as_json)


async def approved(opener: Opener, *, standing_id: str, name: str | None, as_json: bool) -> None:
    """Raises NotFound, Forbidden, Conflict."""
    async with opener.open(work=False, chat=False) as services:
        seat = take_seat(services, name)
        seen, _ = await services.runbooks.standing.get(standing_id)
        one = await services.runbooks.standing.approve(
            standing_id, person=seat.person, hash=seen.hash, via=seat.caller.via, acting_as=seat.caller.acting_as
        )  # fmt: skip
        words = "It counts from now on." if one.status == "active" else "It still needs another person."
        await _shown(services, seat, standing_id, words, as_json)


async def revoked(opener: Opener, *, standing_id: str, reason: str, name: str | None, as_json: bool) -> None:
    """Raises NotFound, Forbidden, Conflict."""
    async with opener.open(work=False, chat=False) as services:
        seat = take_seat(services, name)
        await services.runbooks.standing.revoke(
            standing_id, person=seat.person, reason=reason, acting_as=seat.caller.acting_as
        )
        await _shown(services, seat, standing_id, "Revoked: nothing starts under it any more.", as_json)


async def reviews(opener: Opener, *, name: str | None, as_json: bool) -> None:
    """The open reviews of broken glass, oldest first."""
    async with opener.open(work=False, chat=False) as services:
        views = [review_view(one) for one in await services.runbooks.reviews.every()]
        if as_json:
            click.echo(json.dumps(views))
            return
        screen = Screen(services, take_seat(services, name).person)
        if not views:
            screen.say("No review of broken glass is open.")
        else:
            rows = [
                [
                    view["id"],
                    view["run_id"],
                    view["runbook"],
                    view["environment"],
                    view["person"],
                    view["reason"],
                ]
                for view in views
            ]
            screen.show(data_table(["id", "run", "runbook", "environment", "by", "reason"], rows))


async def closed(opener: Opener, *, review_id: str, outcome: str, name: str | None, as_json: bool) -> None:
    """Raises NotFound, Forbidden, BadRequest, Conflict."""
    async with opener.open(work=False, chat=False) as services:
        seat = take_seat(services, name)
        done = await services.runbooks.reviews.close(
            review_id, person=seat.person, outcome=outcome, acting_as=seat.caller.acting_as
        )
        if as_json:
            click.echo(json.dumps(review_view(done)))
        else:
            Screen(services, seat.person).say(f"{done.id} is closed: {done.outcome}")


async def _shown(services: Services, seat: Seat, standing_id: str, words: str, as_json: bool) -> None:
    one, votes = await services.runbooks.standing.get(standing_id)
    if as_json:
        click.echo(json.dumps(standing_view(one, votes, services.clock.now())))
    else:
        Screen(services, seat.person).say(words)


def _row(view: View, now: float) -> list[Any]:
    bounds = ", ".join(f"{name}: {said(bound)}" for name, bound in view["bounds"].items())
    agreed = ", ".join(vote["by"] for vote in view["votes"]) or "nobody yet"
    left = max(0.0, parsed(view["expires_at"]) - now)
    what = f"{view['runbook']} of {', '.join(view['services'])} in {view['environment']}"
    return [what, bounds, agreed, lasted(left)]
