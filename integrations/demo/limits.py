"""The limits that bind services of the demo company: context, tokens, dollars, requests at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from config.catalogue import Catalogue, Service
from integrations.demo import prices
from integrations.demo.events import Event, Note
from integrations.demo.noise import key_of
from integrations.demo.releases import Key


@dataclass(frozen=True, slots=True)
class Limit:
    """`low` and `high` bound what it may be set to; `speaking`: only services that answer with a model have it."""

    name: str
    unit: str
    low: float
    high: float
    speaking: bool = True


LIMITS = (
    Limit("max_context_tokens", "tokens", 512, 262_144),
    Limit("max_tokens", "tokens", 16, 32_768),
    Limit("daily_usd", "USD a day", 1, 100_000),
    Limit("concurrency", "requests at a time", 1, 10_000, speaking=False),
)
#: what context fits the accelerators, and what hosted models take
_OWN_CONTEXT, _HOSTED_CONTEXT = 8192.0, 131_072.0


class Limits:
    """The value of each limit; it binds from when it was set."""

    KINDS: ClassVar[frozenset[str]] = frozenset({"limit.set"})

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._set: dict[tuple[Key, str], float] = {}

    def apply(self, event: Event) -> Sequence[Note]:
        service, environment, name, value = (
            event.data[one] for one in ("service", "environment", "name", "value")
        )
        before = self.value((service, environment), name)
        self.put((service, environment), name, value)
        words = f"{name} of {service} from {before:g} to {value:g}"
        return (Note(service, "config", f"{name}={before:g}", f"{name}={value:g}", words),)

    def put(self, key: Key, name: str, value: float) -> None:
        self._set[key, name] = value

    def of(self, service: str) -> Iterator[Limit]:
        """The limits that the service has."""
        one = self._catalogue.services[service]
        for limit in LIMITS:
            if not limit.speaking or one.gpu or one.models or one.provider:
                yield limit

    def value(self, key: Key, name: str) -> float:
        """As it was set last."""
        known = self._set.get((key, name))
        return known if known is not None else self._usual(key, name)

    def _usual(self, key: Key, name: str) -> float:
        one: Service = self._catalogue.services[key[0]]
        if name == "max_context_tokens":
            return _OWN_CONTEXT if one.gpu else _HOSTED_CONTEXT
        if name == "max_tokens":
            return (1024.0, 2048.0, 4096.0)[key_of("max_tokens", *key) % 3]
        if name == "daily_usd":
            return 2000.0 if any(prices.billed(one, model) for model in one.models) else 500.0
        return (64.0, 128.0, 256.0)[key_of("concurrency", *key) % 3]
