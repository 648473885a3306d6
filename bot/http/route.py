"""What a route is: one frozen declaration, used by the server, /openapi.json, /docs and docs/rest.md."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from bot.http.auth import Speaker
from bot.http.meters import Meters
from bot.http.owners import Owners
from bot.services import Services
from config.people import Role

API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Call:
    """One request, read and checked: `body` and `query` are of the route's models, `path` holds its ids.

    `once` names the event: the same for a repeat with the same Idempotency-Key, else new.
    """

    services: Services
    speaker: Speaker
    path: Mapping[str, str]
    body: Any
    query: Any
    once: str
    owners: Owners
    meters: Meters


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler gives back; `following` is the cursor of the next page."""

    body: Any
    status: int = 200
    following: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """`answer` is the model of the answer's JSON (a list of it when `many`); `roles`: one of them is needed.

    `refusals` are the statuses it may answer besides those of every route.
    """

    method: str
    path: str
    summary: str
    handler: Callable[[Call], Awaitable[Answer]]
    answer: type[BaseModel] | None
    many: bool = False
    status: int = 200
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    roles: tuple[Role, ...] = ()
    refusals: tuple[int, ...] = field(default=())

    @property
    def full(self) -> str:
        return API + self.path
