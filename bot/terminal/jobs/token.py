"""`token`."""

from __future__ import annotations

import click

from bot.http.auth import issue
from bot.terminal.context import Opener
from config.clock import SystemClock
from config.errors import Forbidden, NotFound
from config.people import load_people
from config.settings import signing_key


async def run(opener: Opener, *, user: str, roles: tuple[str, ...] | None, ttl: float) -> None:
    """Raises NotFound for an unknown person, Forbidden for a role that this person does not hold."""
    settings = opener.settings()
    people = load_people(settings.file("people.yaml"))
    person = people.get(user)
    if person is None:
        raise NotFound(f"Nobody is called {user!r} here. People: {', '.join(people.by_id)}.")
    wanted = person.roles if roles is None else frozenset(roles)
    if extra := sorted(wanted - person.roles):
        held = ", ".join(sorted(person.roles)) or "none"
        raise Forbidden(
            f"{user} does not hold {', '.join(extra)}. Their roles: {held}. A token can only narrow."
        )
    now = SystemClock().now()
    click.echo(issue(signing_key(settings), person.subject or person.id, wanted, ttl, now=now))
