"""What a page is: one frozen declaration; what its handler is given and gives back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.console.access import Access, Visitor
from bot.console.cards import Reader
from bot.console.look import Look
from bot.http.meters import Meters
from bot.http.owners import Owners
from bot.services import Services
from config.people import Person, Role


@dataclass(frozen=True, slots=True)
class Tools:
    """What all pages share."""

    services: Services
    access: Access
    owners: Owners
    meters: Meters


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, checked: `path`, `query` and `form` as text. `fragment`: a script asks for the part that changed."""

    tools: Tools
    visitor: Visitor
    look: Look
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    fragment: bool = False

    @property
    def services(self) -> Services:
        return self.tools.services

    @property
    def person(self) -> Person:
        return self.visitor.person

    @property
    def reader(self) -> Reader:
        return Reader(self.person, self.services.people, self.look.now, self.services.redact)

    @property
    def acting_as(self) -> str | None:
        return self.visitor.caller.acting_as


@dataclass(frozen=True, slots=True)
class Shown:
    """A page: its template and what is in it. `notice` is said to this person alone, on top."""

    template: str
    title: str
    data: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Goto:
    """Go on to another page of ours (303); `done` is the key of a sentence that is said there."""

    path: str
    done: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """Something that is no page: a picture."""

    body: bytes
    content_type: str


Answer = Shown | Goto | Sent


@dataclass(frozen=True, slots=True)
class Page:
    """`section` is its place in the menu; one of `roles` is needed (none: anyone who signed in)."""

    method: Literal["GET", "POST"]
    path: str
    handler: Callable[[Visit], Awaitable[Answer]]
    section: str
    roles: tuple[Role, ...] = ("viewer",)


#: what is said after something was done, by its key in the address: a closed set, so that no link can put words here
DONE: Mapping[str, str] = {
    "approved": "Approved.",
    "voted": "Your approval is stored; it still waits for somebody else.",
    "denied": "Denied. Nothing was changed.",
    "withdrawn": "Withdrawn. Nothing was changed.",
    "edited": "Asked again with the new inputs. The old approval is void, with the votes it had.",
    "started": "Started.",
    "asked": "Planned. It waits for approval.",
    "cancelled": "Cancelled: it stops before its next step.",
    "paused": "It pauses before its next step.",
    "resumed": "It goes on.",
    "answered": "Your answer is stored.",
    "stopped": "Everything is stopped. No run starts another step.",
    "lifted": "Work goes on.",
    "scheduled": "Scheduled.",
    "held": "Paused.",
    "over": "Ended.",
    "ended": "The conversation is taken off your list.",
}
