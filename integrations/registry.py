"""Every integration we know, and how those that are configured become one set of sources and actions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, fields
from importlib import import_module
from typing import Any, Protocol, TypeVar

from config.catalogue import Catalogue
from config.clock import Clock
from config.errors import SettingsError
from config.people import People
from integrations.actions import Action, Actions
from integrations.ports import Sources
from integrations.reads import read_actions

T = TypeVar("T")


class Database(Protocol):
    """What an integration that keeps its own state needs of store.engine.Database."""

    async def write(self, work: Callable[[Any], T], *, durable: bool = False) -> T: ...

    async def read(self, work: Callable[[Any], T]) -> T: ...


@dataclass(frozen=True, slots=True)
class Deps:
    """What every integration is given. `seed` makes the demo company what it is."""

    database: Database
    clock: Clock
    catalogue: Catalogue
    people: People
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Health:
    """`words` say what was reached, or what is wrong and how to mend it."""

    ok: bool
    words: str


@dataclass(frozen=True, slots=True)
class Provided:
    """What one integration brings. `health` never raises IntegrationError: it says so; `start` is awaited once."""

    sources: Sources
    actions: tuple[Action, ...]
    health: Callable[[], Awaitable[Health]]
    close: Callable[[], Awaitable[None]] | None = None
    start: Callable[[], Awaitable[None]] | None = None


Build = Callable[[Mapping[str, object], Deps], Provided]


@dataclass(frozen=True, slots=True)
class Integration:
    """`section` is its section of the settings; `module` has `build(settings, deps) -> Provided`, loaded when used.

    `invented` means that its world is not real: it never stands beside one that is.
    """

    name: str
    summary: str
    section: str
    module: str
    invented: bool = False

    def build(self, settings: Mapping[str, object], deps: Deps) -> Provided:
        """Raises SettingsError."""
        build: Build = import_module(self.module).build
        return build(settings, deps)


INTEGRATIONS: tuple[Integration, ...] = (
    Integration(
        "demo", "an invented company to try everything on", "demo", "integrations.demo", invented=True
    ),
)


@dataclass(frozen=True)
class Backends:
    """All configured integrations as one. `health` is by integration."""

    sources: Sources
    actions: Actions
    health: Mapping[str, Callable[[], Awaitable[Health]]]
    close: Callable[[], Awaitable[None]]
    start: Callable[[], Awaitable[None]]


def build_backends(
    configured: Mapping[str, Mapping[str, object]], deps: Deps, known: Sequence[Integration] = INTEGRATIONS
) -> Backends:
    """Build those whose section is in `configured`; of two that serve one port the first in `known` does.

    Raises SettingsError for an unknown section, an invented integration beside a real one, or two actions of one name.
    """
    sections = {one.section for one in known}
    if unknown := [name for name in configured if name not in sections]:
        names = ", ".join(sorted(sections))
        raise SettingsError(
            f"There is no integration {unknown[0]!r}. There are: {names}. Mend that section's name."
        )
    chosen = [one for one in known if one.section in configured]
    invented = [one.name for one in chosen if one.invented]
    real = [one.name for one in chosen if not one.invented]
    if invented and real:
        raise SettingsError(
            f"{invented[0]} is an invented world and does not run beside {', '.join(real)}. "
            f"Leave demo mode (COPILOT_MODE=observe) or take the settings of {', '.join(real)} out."
        )
    return merge({one.name: one.build(configured[one.section], deps) for one in chosen})


def merge(provided: Mapping[str, Provided]) -> Backends:
    """Raises SettingsError when two integrations bring an action of the same name."""
    ports: dict[str, Any] = {}
    actions: dict[str, Action] = {}
    owner: dict[str, str] = {}
    for name, one in provided.items():
        for port in fields(Sources):
            value = getattr(one.sources, port.name)
            if value is not None:
                ports.setdefault(port.name, value)
        for action in one.actions:
            if action.name in actions:
                raise SettingsError(
                    f"{owner[action.name]} and {name} both bring the action {action.name}. Configure one of them."
                )
            actions[action.name], owner[action.name] = action, name
    sources = Sources(**ports)
    for action in read_actions(sources):
        actions.setdefault(action.name, action)
    closes = tuple(one.close for one in provided.values() if one.close is not None)
    health = {name: one.health for name, one in provided.items()}
    starts = tuple(one.start for one in provided.values() if one.start is not None)
    return Backends(sources, Actions(actions), health, lambda: _close(closes), lambda: _start(starts))


async def _start(starts: Sequence[Callable[[], Awaitable[None]]]) -> None:
    for start in starts:
        await start()


async def _close(closes: Sequence[Callable[[], Awaitable[None]]]) -> None:
    """In the reverse order of building; each is closed even when another fails."""
    async with AsyncExitStack() as stack:
        for close in closes:
            stack.push_async_callback(close)
