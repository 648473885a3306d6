"""What people deployed and set before anyone looked: generated from the seed, week by week."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from operator import attrgetter
from random import Random
from typing import Any

from config.catalogue import Catalogue
from config.people import People
from insight.facts import Change
from integrations.demo.noise import key_of

DAY = 86_400.0
WEEK = 7 * DAY
#: Monday 2025-01-06 00:00 UTC, the week in which the company's version numbers begin
EPOCH = 1_736_121_600.0
#: how far back the ports look, seconds
KEPT = 90 * DAY

#: the most weeks of one service, and of one environment, that are remembered
_MOST = 2048

#: hours after its build at which a release reaches an environment, in the order of the catalogue from the last on
_REACHES = (26.0, 4.0, 0.0)
_SETTINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("cache_ttl_s", ("60", "120", "300", "600")),
    ("request_timeout_ms", ("8000", "10000", "15000")),
    ("log_level", ("info", "warning")),
    ("max_connections", ("200", "300", "400")),
    ("feature.new-header", ("off", "on")),
)
_at = attrgetter("at")


class History:
    """Releases and configuration changes of every service. Each build goes dev → staging → production."""

    def __init__(self, catalogue: Catalogue, people: People, seed: int) -> None:
        self._catalogue = catalogue
        self._people = people
        self._seed = seed
        order = list(catalogue.environments)
        self._reach = {name: _REACHES[min(i, len(_REACHES) - 1)] * 3600.0 for i, name in enumerate(order)}
        self._weeks: dict[tuple[str, str, int], tuple[Change, ...]] = {}
        self._together: dict[tuple[str, int], tuple[Change, ...]] = {}

    @property
    def seed(self) -> int:
        return self._seed

    @property
    def people(self) -> People:
        return self._people

    def author(self, service: str, number: int) -> str:
        """Somebody of the team that owns the service."""
        team = self._catalogue.services[service].owner
        mates = [person.id for person in self._people.by_id.values() if team in person.teams]
        return mates[number % len(mates)] if mates else "release-bot"

    def between(self, service: str, environment: str, start: float, end: float) -> Iterator[Change]:
        """Changes in [start, end), oldest first."""
        for week in _weeks(start, end):
            for change in self._week(service, environment, week):
                if start <= change.at < end:
                    yield change

    def everywhere(self, environment: str, start: float, end: float) -> list[Change]:
        """Changes of every service in [start, end), oldest first."""
        found: list[Change] = []
        for week in _weeks(start, end):
            every = self._all_of(environment, week)
            low, high = (bisect_left(every, at, key=_at) for at in (start, end))
            found += every[low:high]
        return found

    def _all_of(self, environment: str, week: int) -> tuple[Change, ...]:
        key = (environment, week)
        if key not in self._together:
            services = self._catalogue.services
            found = [change for name in services for change in self._week(name, environment, week)]
            _forget(self._together)
            self._together[key] = tuple(sorted(found, key=_at))
        return self._together[key]

    def _week(self, service: str, environment: str, week: int) -> tuple[Change, ...]:
        key = (service, environment, week)
        if key not in self._weeks:
            found = [*self._releases(service, environment, week), *self._settings(service, environment, week)]
            _forget(self._weeks)
            self._weeks[key] = tuple(sorted(found, key=_at))
        return self._weeks[key]

    def builds(self, service: str, week: int) -> list[tuple[float, str]]:
        """When each build of that week was made, and its version `major.week.number`."""
        draw = Random(key_of(self._seed, "builds", service, week))
        major = 1 + key_of(self._seed, "major", service) % 5
        days = sorted(draw.sample(range(4), draw.choice((0, 1, 1, 2, 2, 3))))
        start = EPOCH + week * WEEK
        return [
            (start + day * DAY + draw.uniform(7.0, 15.0) * 3600.0, f"{major}.{week}.{number}")
            for number, day in enumerate(days, start=1)
        ]

    def _releases(self, service: str, environment: str, week: int) -> Iterator[Change]:
        before = self._last_build(service, week)
        for number, (built, version) in enumerate(self.builds(service, week)):
            draw = Random(key_of(self._seed, "release", service, environment, version))
            at = built + self._reach[environment] + draw.uniform(0.0, 1200.0)
            succeeded = draw.random() > 0.05
            yield Change(
                id=f"dep-{key_of(service, environment, version) & 0xFFFFFF:06x}",
                kind="deployment",
                service=service,
                environment=environment,
                at=round(at, 3),
                by=self.author(service, week + number),
                before=before,
                after=version,
                summary=f"Release {version} of {service}"
                + ("" if succeeded else ": image pull failed, not rolled out"),
                succeeded=succeeded,
            )
            before = version if succeeded else before

    def _last_build(self, service: str, week: int) -> str:
        for earlier in range(week - 1, max(-1, week - 30), -1):
            if builds := self.builds(service, earlier):
                return builds[-1][1]
        return "none"

    def _settings(self, service: str, environment: str, week: int) -> Iterator[Change]:
        draw = Random(key_of(self._seed, "settings", service, environment, week))
        for number in range(draw.choice((0, 0, 1, 1, 2))):
            name, values = draw.choice(_SETTINGS)
            before, after = draw.sample(values, 2)
            at = EPOCH + week * WEEK + draw.randrange(5) * DAY + draw.uniform(8.0, 18.0) * 3600.0
            yield Change(
                id=f"cfg-{key_of(service, environment, week, number) & 0xFFFFFF:06x}",
                kind="config",
                service=service,
                environment=environment,
                at=round(at, 3),
                by=self.author(service, week + number),
                before=f"{name}={before}",
                after=f"{name}={after}",
                summary=f"{name} of {service} from {before} to {after}",
            )


def _weeks(start: float, end: float) -> range:
    return range(max(0, int((start - EPOCH) // WEEK)), int((end - EPOCH) // WEEK) + 1)


def _forget(known: dict[Any, tuple[Change, ...]]) -> None:
    """Make room for one more by dropping what was put in first."""
    if len(known) >= _MOST:
        del known[next(iter(known))]
