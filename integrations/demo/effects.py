"""What the state of the world does to each service: its own troubles and, damped, those of what it calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from config.catalogue import Catalogue
from integrations.demo.harm import BAD_RELEASE, COLD, HARMS, OUTAGE, TOO_WARM, Harm, Moves
from integrations.demo.noise import Floats, unit
from integrations.demo.releases import Key
from integrations.demo.variants import WARM
from integrations.demo.world import World

#: what is left of a trouble one call further up
DAMPING = 0.5
#: seconds until a trouble is at full strength, and until it is gone
RAMP = 45.0
#: how long hosted models are cold after a restart unless somebody warms them up, seconds
COLD_FOR = 480.0
#: how long a restart makes a bad release look better, seconds, and what is left of the trouble meanwhile
RELIEF = 60.0
RELIEVED = 0.35


@dataclass(frozen=True, slots=True)
class Effect:
    """A trouble from `start` to `end` (None: goes on). `weight` is its strength, `hops` how far away its origin is.

    `via` is the called service that it comes through: the origin itself when that is one hop away.
    """

    start: float
    end: float | None
    harm: Harm
    weight: float
    origin: str
    label: str
    hops: int = 0
    relieved: tuple[float, ...] = ()
    via: str = ""

    @property
    def moves(self) -> Moves:
        """What it does to the metrics of the service it is an effect on."""
        return self.harm.own if not self.hops or self.harm.passed is None else self.harm.passed

    def moved(self, metric: str) -> float:
        """By how much it moves memory, saturation or cost at full strength, in the terms of harm.Moves."""
        return self.weight * {"memory": self.moves.memory, "saturation": self.moves.saturation}.get(
            metric, self.moves.cost
        )

    def level(self, times: Floats) -> Floats:
        """Strength at those instants, 0 to `weight`."""
        level: Floats = _unit((times - self.start) / RAMP)
        if self.end is not None:
            level = level * _unit(1.0 - (times - self.end) / RAMP)
        for at in self.relieved:
            level = np.where((times >= at) & (times < at + RELIEF), level * RELIEVED, level)
        return level * self.weight

    def touches(self, start: float, end: float) -> bool:
        return self.start < end and (self.end is None or self.end + RAMP > start)


def _unit(values: Floats) -> Floats:
    """Kept between nought and one."""
    kept: Floats = np.minimum(np.maximum(values, 0.0), 1.0)
    return kept


def own_effects(world: World, key: Key, seed: int) -> Iterator[Effect]:
    """Troubles that begin at this service: a bad version that takes its traffic, a provider that fails it, and those
    of troubles.py."""
    service, environment = key
    for start, end, cause in world.releases.bad_spans(service, environment):
        strength = 0.8 + 0.5 * unit(seed, "strength", cause.seq)
        restarts = tuple(
            at for at in world.restarts.get(key, []) if at >= start and (end is None or at < end)
        )
        version = str(cause.data["version"])
        yield Effect(start, end, BAD_RELEASE, strength, service, version, relieved=restarts)
    for trouble, strike, span in world.troubles.at(key):
        strength = (0.8 + 0.5 * unit(seed, "strength", trouble.seq)) * strike.share
        harm = HARMS[strike.harm]
        yield Effect(span.start, span.end, harm, strength, service, strike.label, relieved=span.relieved)
    yield from _operated(world, key, seed)
    if world.catalogue.services[service].provider is None:
        return
    strengths = [0.8 + 0.5 * unit(seed, "outage", number) for number in range(len(world.outages))]
    strengths += [one.strength for one in world.degradations]
    for outage, strength in zip((*world.outages, *world.degradations), strengths, strict=True):
        for start, end in _routed(world, key, outage.provider, outage.start, outage.end):
            yield Effect(start, end, OUTAGE, strength, service, outage.provider)


def canary_strength(seed: int, version: str) -> float:
    """How bad a bad canary is to the requests that it answers."""
    return 0.8 + 0.5 * unit(seed, "canary", version)


def _operated(world: World, key: Key, seed: int) -> Iterator[Effect]:
    """What follows from how the service is run: a canary that is bad, a model that is too random or still cold."""
    service = key[0]
    for start, end, version, percent in world.canaries.spans(key):
        if (service, version) in world.releases.bad:
            strength = canary_strength(seed, version) * percent / 100.0
            yield Effect(start, end, BAD_RELEASE, strength, service, version)
    for start, end, variant in world.variants.spans(key):
        if (warmer := float(variant.params.get("temperature", 0.0)) - WARM) > 0.0:
            weight = 0.6 + 0.4 * min(1.0, warmer / 0.5)
            yield Effect(start, end, TOO_WARM, weight, service, variant.model)
    one = world.catalogue.services[service]
    if one.gpu and one.models:
        warmed = world.chores.times("warmed", key)
        for at in world.restarts.get(key, ()):
            over = at + COLD_FOR
            yield Effect(
                at, min([over, *(each for each in warmed if at <= each < over)]), COLD, 1.0, service, ""
            )


def _routed(
    world: World, key: Key, provider: str, start: float, end: float | None
) -> Iterator[tuple[float, float | None]]:
    """When, between `start` and `end`, requests of the service went to `provider`."""
    moments = [
        start,
        *(at for at, _, _ in world.routes.get(key, []) if at > start and (end is None or at < end)),
    ]
    for number, moment in enumerate(moments):
        until = moments[number + 1] if number + 1 < len(moments) else end
        if world.provider(*key, moment) == provider:
            yield moment, until


def reach(catalogue: Catalogue, service: str) -> dict[str, tuple[int, str]]:
    """What `service` depends on, itself included: over how many calls at least, and through which call of its own."""
    found = {service: (0, "")}
    ring = [service]
    while ring:
        called = {
            other: found[name][1] or other
            for name in reversed(ring)
            for other in reversed(catalogue.services[name].depends_on)
            if other not in found
        }
        ring = list(reversed(called))
        hops = max(found.values())[0] + 1
        found.update({name: (hops, called[name]) for name in ring})
    return found


_Turns = tuple[int, ...]


class Effects:
    """All troubles of a service, its own and those passed on; a new tuple only when something changed them."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self._seed = seed
        self._own: dict[Key, tuple[_Turns, tuple[Effect, ...]]] = {}
        self._known: dict[Key, tuple[int, _Turns, tuple[Effect, ...]]] = {}
        self._reach = {name: reach(world.catalogue, name) for name in world.catalogue.services}

    def of(self, key: Key) -> tuple[Effect, ...]:
        seq, reach = self.world.seq, self._reach[key[0]]
        known = self._known.get(key)
        if known is not None and known[0] == seq:
            return known[2]
        turns = self._turns(*((name, key[1]) for name in reach))
        if known is None or known[1] != turns:
            found = tuple(
                replace(effect, weight=effect.weight * DAMPING**hops, hops=hops, via=via)
                for name, (hops, via) in reach.items()
                for effect in self._begun(name, key[1])
                if not hops or effect.harm.passed is not None
            )
        else:
            found = known[2]
        self._known[key] = (seq, turns, found)
        return found

    def _begun(self, service: str, environment: str) -> tuple[Effect, ...]:
        """The troubles that begin at this service."""
        key = (service, environment)
        turns, known = self._turns(key), self._own.get(key)
        if known is None or known[0] != turns:
            known = self._own[key] = (turns, tuple(own_effects(self.world, key, self._seed)))
        return known[1]

    def _turns(self, *keys: Key) -> _Turns:
        """What happened so far to those services and to the providers."""
        turns = self.world.turns
        return (turns.get(None, 0), *(turns.get(key, 0) for key in keys))
