"""The access log of the demo company: who logged in, used keys, read secrets, was given roles, was refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from random import Random
from zoneinfo import ZoneInfo

from config.catalogue import Catalogue
from config.people import People, Person
from insight.facts import AccessEvent
from integrations.demo.company import Company
from integrations.demo.history import DAY, KEPT
from integrations.demo.noise import key_of

_STRANGERS = ("203.0.113.24", "198.51.100.77", "192.0.2.140")
_ROLES = ("viewer", "operator", "approver")


class DemoAccess:
    """A pure function of the seed and the day. Raises StoreError."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._day = lru_cache(maxsize=128)(self._drawn)

    async def accesses(self, start: float, end: float) -> tuple[AccessEvent, ...]:
        await self._company.seen()
        now = self._company.clock.now()
        start, end = max(start, now - KEPT), min(end, now)
        days = range(int(start // DAY), int(end // DAY) + 1) if end > start else ()
        return tuple(one for day in days for one in self._day(day) if start <= one.at < end)

    def _drawn(self, day: int) -> tuple[AccessEvent, ...]:
        draw = Random(key_of(self._company.seed, "access", day))
        catalogue, people = self._company.catalogue, self._company.people
        found = [
            *_logins(draw, day, people),
            *_keys(draw, day, catalogue),
            *_secrets(draw, day, catalogue, people),
        ]
        found += [*_grants(draw, day, people), *_refused(draw, day, catalogue, people)]
        return tuple(sorted(found, key=lambda one: (one.at, one.actor, one.target)))


def _moment(draw: Random, day: int, zone: str, first: float, last: float) -> float:
    """An instant of that day between two hours of the clock in `zone`."""
    midnight = datetime.fromtimestamp(day * DAY, UTC)
    offset = midnight.astimezone(ZoneInfo(zone)).utcoffset()
    shift = offset.total_seconds() if offset is not None else 0.0
    return round(day * DAY + (draw.uniform(first, last) * 3600.0 - shift) % DAY, 3)


def _working(day: int) -> bool:
    return datetime.fromtimestamp(day * DAY, UTC).weekday() < 5


def _address(person: Person) -> str:
    return f"10.20.{key_of(person.id) % 200}.{key_of(person.id, 'host') % 250 + 1}"


def _logins(draw: Random, day: int, people: People) -> Iterator[AccessEvent]:
    for person in people.by_id.values():
        if draw.random() > (0.95 if _working(day) else 0.15):
            continue
        at = _moment(draw, day, person.zone, 8.0, 10.0)
        if draw.random() < 0.08:
            words = f"{person.name} mistyped the one-time code"
            yield AccessEvent(at - 40.0, person.id, "login", "console", False, _address(person), words)
        words = f"{person.name} logged in with single sign-on"
        yield AccessEvent(at, person.id, "login", "console", True, _address(person), words)


def _keys(draw: Random, day: int, catalogue: Catalogue) -> Iterator[AccessEvent]:
    """The first use of each provider's key on that day; later ones are not logged."""
    for name, one in catalogue.services.items():
        if one.provider:
            at = round(day * DAY + draw.uniform(5.0, 60.0), 3)
            target = f"{one.provider}/api-key"
            words = f"{name} used the key of {one.provider}, first use of the day"
            yield AccessEvent(at, name, "key", target, True, _pod(name), words)


def _secrets(draw: Random, day: int, catalogue: Catalogue, people: People) -> Iterator[AccessEvent]:
    names = list(catalogue.services)
    for _ in range(draw.randint(4, 9)):
        name = draw.choice(names)
        at = round(day * DAY + draw.uniform(0.0, DAY - 1.0), 3)
        words = f"{name} read its database password when a replica started"
        yield AccessEvent(at, name, "secret", f"{name}/database", True, _pod(name), words)
    if _working(day) and draw.random() < 0.4:
        person = draw.choice(_able(people, "operator"))
        name = draw.choice(_owned(catalogue, person) or names)
        at = _moment(draw, day, person.zone, 9.0, 18.0)
        words = f"{person.name} read the settings of {name} to debug it"
        yield AccessEvent(at, person.id, "secret", f"{name}/settings", True, _address(person), words)


def _grants(draw: Random, day: int, people: People) -> Iterator[AccessEvent]:
    if not _working(day) or draw.random() > 0.2:
        return
    admin, to = draw.choice(_able(people, "admin")), draw.choice(list(people.by_id.values()))
    role = draw.choice(_ROLES)
    at = _moment(draw, day, admin.zone, 9.0, 18.0)
    words = f"{admin.name} gave {to.name} the role {role} for 8 hours"
    yield AccessEvent(at, admin.id, "role", f"{to.id}/{role}", True, _address(admin), words)


def _refused(draw: Random, day: int, catalogue: Catalogue, people: People) -> Iterator[AccessEvent]:
    if draw.random() < 0.5:
        person = draw.choice(list(people.by_id.values()))
        name = draw.choice([one for one in catalogue.services if one not in _owned(catalogue, person)])
        at = _moment(draw, day, person.zone, 9.0, 19.0)
        words = f"{person.name} may not read the secrets of {name}: it belongs to {catalogue.services[name].owner}"
        yield AccessEvent(at, person.id, "secret", f"{name}/database", False, _address(person), words)
    if draw.random() < 0.3:
        at, source = round(day * DAY + draw.uniform(0.0, 5.0) * 3600.0, 3), draw.choice(_STRANGERS)
        for number in range(draw.randint(3, 6)):
            words = "unknown user name, refused"
            yield AccessEvent(at + 7.0 * number, "admin", "login", "console", False, source, words)
    if draw.random() < 0.12:
        name = draw.choice(list(catalogue.services))
        at = round(day * DAY + draw.uniform(0.0, DAY - 1.0), 3)
        words = f"{name} asked for customer records outside its policy"
        yield AccessEvent(at, name, "data", "customer-records", False, _pod(name), words)


def _able(people: People, role: str) -> Sequence[Person]:
    return [one for one in people.by_id.values() if role in one.roles] or list(people.by_id.values())


def _owned(catalogue: Catalogue, person: Person) -> list[str]:
    return [name for name, one in catalogue.services.items() if one.owner in person.teams]


def _pod(service: str) -> str:
    return f"10.42.{key_of(service) % 200}.{key_of(service, 'pod') % 250 + 1}"
