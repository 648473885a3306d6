"""What the company runs: services with owners and dependencies, environments, models, teams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.errors import SettingsError


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Service(_Strict):
    """One service. `depends_on` names services it calls; `traffic_share` is its part of user traffic, 0 to 1."""

    aliases: tuple[str, ...] = ()
    owner: str
    depends_on: tuple[str, ...] = ()
    provider: str | None = None
    models: tuple[str, ...] = ()
    gpu: bool = False
    traffic_share: float = Field(0.0, ge=0.0, le=1.0)


class _File(_Strict):
    services: dict[str, Service]
    environments: dict[str, tuple[str, ...]]
    models: tuple[str, ...] = ()
    teams: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    providers: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    prompts: tuple[str, ...] = ()
    regions: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    suites: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """The read-only catalogue. Names are canonical; aliases lead to them through `resolve_*`."""

    services: Mapping[str, Service]
    environments: Mapping[str, tuple[str, ...]]
    models: tuple[str, ...]
    teams: Mapping[str, tuple[str, ...]]
    providers: Mapping[str, tuple[str, ...]]
    prompts: tuple[str, ...]
    regions: Mapping[str, tuple[str, ...]]
    suites: tuple[str, ...] = ()
    _dependants: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    @property
    def user_facing(self) -> tuple[str, ...]:
        """Services that take user traffic, the most first."""
        faced = [name for name, one in self.services.items() if one.traffic_share > 0]
        return tuple(sorted(faced, key=lambda name: -self.services[name].traffic_share))

    def dependencies(self, service: str) -> tuple[str, ...]:
        """Services that `service` calls directly or through others, nearest first."""
        found: list[str] = []
        ring = [service]
        while ring:
            called = [other for name in ring for other in self.services[name].depends_on]
            ring = [other for other in dict.fromkeys(called) if other not in found]
            found.extend(ring)
        return tuple(found)

    def resolve_service(self, words: str) -> str | None:
        """The service that `words` names exactly, by name or alias, whatever the case; None when it names none."""
        return _resolve(words, {name: one.aliases for name, one in self.services.items()})

    def resolve_environment(self, words: str) -> str | None:
        return _resolve(words, self.environments)

    def resolve_provider(self, words: str) -> str | None:
        return _resolve(words, self.providers)

    def resolve_team(self, words: str) -> str | None:
        return _resolve(words, self.teams)

    def dependants(self, service: str) -> tuple[str, ...]:
        """Services that call `service` directly or through others, nearest first."""
        if service not in self._dependants:
            found: list[str] = []
            ring = [service]
            while ring:
                ring = [
                    name
                    for name, one in self.services.items()
                    if name not in found and name != service and any(d in ring for d in one.depends_on)
                ]
                found.extend(ring)
            self._dependants[service] = tuple(found)
        return self._dependants[service]


def load_catalogue(path: Path) -> Catalogue:
    """Read `catalogue.yaml`.

    Raises SettingsError naming the file, the key and what is wanted.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        read = _File.model_validate(raw)
    except OSError as err:
        raise SettingsError(
            f"{path}: cannot be read ({err.strerror}). Check the file or COPILOT_CONFIG_DIR."
        ) from err
    except (yaml.YAMLError, UnicodeDecodeError) as err:
        raise SettingsError(f"{path}: is not YAML: {err}. Mend the line it names.") from err
    except ValidationError as err:
        first = err.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"{path}: {where}: {first['msg']}. Mend that key.") from err
    _check(path, read)
    return Catalogue(**{key: getattr(read, key) for key in _File.model_fields})


def _resolve(words: str, names: Mapping[str, tuple[str, ...]]) -> str | None:
    wanted = words.strip().casefold()
    for name, aliases in names.items():
        if wanted == name.casefold() or wanted in (alias.casefold() for alias in aliases):
            return name
    return None


def _check(path: Path, read: _File) -> None:
    taken: dict[str, str] = {}
    for name, service in read.services.items():
        for other in service.depends_on:
            if other not in read.services:
                raise SettingsError(
                    f"{path}: services.{name}.depends_on names {other!r}, which is not a service. "
                    f"Add it under services or mend the name."
                )
        if service.owner not in read.teams:
            raise SettingsError(
                f"{path}: services.{name}.owner is {service.owner!r}, which is not among teams. "
                f"The teams are: {', '.join(read.teams) or 'none'}."
            )
        if service.provider is not None and service.provider not in read.providers:
            raise SettingsError(
                f"{path}: services.{name}.provider is {service.provider!r}, which is not among providers. "
                f"The providers are: {', '.join(read.providers) or 'none'}."
            )
        for words in (name, *service.aliases):
            if taken.setdefault(words.casefold(), name) != name:
                raise SettingsError(
                    f"{path}: {words!r} names both {taken[words.casefold()]} and {name}. Keep it for one of them."
                )
    loop = _cycle(read.services)
    if loop:
        raise SettingsError(
            f"{path}: depends_on goes in a circle: {' → '.join(loop)}. Take one of these calls out."
        )


def _cycle(services: Mapping[str, Service]) -> tuple[str, ...]:
    done: set[str] = set()

    def walk(name: str, trail: tuple[str, ...]) -> tuple[str, ...]:
        if name in trail:
            return (*trail[trail.index(name) :], name)
        if name in done:
            return ()
        for other in services[name].depends_on:
            if loop := walk(other, (*trail, name)):
                return loop
        done.add(name)
        return ()

    return next((loop for name in services if (loop := walk(name, ()))), ())
