"""Who is at this terminal: in demo mode the demo company's first operator or `--as NAME`, else the token's person."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from bot.desk import Incoming
from bot.http.auth import Door
from bot.identity import Caller
from bot.services import Services
from config.people import Person


@dataclass(frozen=True, slots=True)
class Seat:
    """A person at this terminal. `place` is this process' own; `conversation` is what is remembered between calls.

    `roles` are the token's, when they narrow the person's.
    """

    caller: Caller
    place: str
    conversation: str
    roles: tuple[str, ...] | None = None

    @property
    def person(self) -> Person:
        return self.caller.person

    def says(self, text: str) -> Incoming:
        """A fresh message of this person."""
        return Incoming(
            source="terminal",
            event_id=secrets.token_hex(12),
            text=text,
            actor=self.person.id,
            place=self.place,
            conversation=self.conversation,
            acting_as=self.caller.acting_as,
            roles=self.roles,
        )


def take_seat(services: Services, name: str | None, conversation: str | None = None) -> Seat:
    """Raises Forbidden, NotFound, and Unauthorized for a token that does not hold."""
    token = services.settings.token
    if services.settings.mode == "demo" or token is None or name is not None:
        caller, roles = services.identity.in_terminal(name), None
    else:
        speaker = Door(services.token_key, services.wall, services.identity).speaker(
            f"Bearer {token.get_secret_value()}"
        )
        caller = replace(speaker.caller, via=f"terminal:{speaker.caller.person.id}")
        roles = speaker.narrowed
    place = f"terminal:{caller.person.id}.{secrets.token_hex(4)}"
    return Seat(caller, place, conversation or f"{caller.person.id}.terminal", roles)
