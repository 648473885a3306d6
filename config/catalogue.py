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
    except yaml.YAMLError as err:
        raise SettingsError(f"{path}: is not YAML: {err}. Mend the line it names.") from err
    except ValidationError as err:
        first = err.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"{path}: {where}: {first['msg']}. Mend that key.") from err
    for name, service in read.services.items():
        for other in service.depends_on:
            if other not in read.services:
                raise SettingsError(
                    f"{path}: services.{name}.depends_on names {other!r}, which is not a service."
                )
        if service.owner not in read.teams:
            raise SettingsError(
                f"{path}: services.{name}.owner is {service.owner!r}, which is not among teams."
            )
    return Catalogue(**{key: getattr(read, key) for key in _File.model_fields})
