"""What every service measures at an instant: a pure function of the seed, the instant and the events before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import pi

import numpy as np

from config.catalogue import Catalogue
from insight.facts import METRICS
from integrations.demo import prices
from integrations.demo.blocks import Blocks
from integrations.demo.effects import Effects
from integrations.demo.harm import Moves
from integrations.demo.history import EPOCH, WEEK
from integrations.demo.noise import Floats, jitter, key_of, unit
from integrations.demo.releases import Key
from integrations.errors import Absent

#: what a percentile is of the median, for times and for gauges
_TIMES = {"p50": 1.0, "mean": 1.12, "p95": 2.1, "p99": 3.1, "max": 4.4}
_GAUGES = {"p50": 1.0, "mean": 1.0, "p95": 1.07, "p99": 1.1, "max": 1.13, "rate": 1.0}
#: what can be added up over time, and what a sum of it is called
SUMS = {"throughput": ("requests", 1.0), "tokens": ("tokens", 1.0), "cost": ("USD", 1.0 / 3600.0)}
_NOISE = {"error_rate": 0.12, "queue_depth": 0.15, "eval_score": 0.006, "memory": 0.01}
#: metrics that do not follow the load of the day
_STEADY = ("error_rate", "eval_score")
#: metrics that fall when there are more replicas
_PER_REPLICA = ("saturation", "cpu", "gpu", "queue_depth")
_LLM = ("ttft", "tokens", "eval_score")
#: how saturated a service is without a request, and what its usual load adds: at 1.0 its replicas bear no more
IDLE, BUSY = 0.2, 0.33
#: failed requests are counted in slices of so many seconds: the least that makes no more than `_SLICES` of them
_WIDTHS = (15.0, 60.0, 300.0, 3600.0, 86_400.0)
_SLICES = 240


@dataclass(frozen=True, slots=True)
class Profile:
    """The usual values of one service in one environment, in the units of insight.facts.METRICS.

    `tokens` is a mean over all requests, most of which are answered without a model; `machines` and `spent` are USD an
    hour of the replicas and of the tokens.
    """

    throughput: float
    latency: float
    error_rate: float
    ttft: float
    eval_score: float
    tokens: float
    machines: float
    spent: float
    queue_depth: float
    llm: bool
    gpu: bool

    @property
    def cost(self) -> float:
        """USD an hour at usual load."""
        return self.machines + self.spent


class Telemetry:
    """Values at instants. Unknown metrics raise Absent."""

    def __init__(self, catalogue: Catalogue, effects: Effects, seed: int) -> None:
        self.catalogue = catalogue
        self.environments = tuple(catalogue.environments)
        self._effects = effects
        self.seed = seed
        self._profiles: dict[Key, Profile] = {}
        self._keys: dict[tuple[str, str, str], int] = {}
        self._metrics: dict[str, tuple[str, ...]] = {}
        self.blocks = Blocks(self.values, effects.of)

    def profile(self, key: Key) -> Profile:
        if key not in self._profiles:
            self._profiles[key] = self._make_profile(*key)
        return self._profiles[key]

    def _make_profile(self, service: str, environment: str) -> Profile:
        one = self.catalogue.services[service]
        order = list(self.catalogue.environments).index(environment)
        callers = [service, *self.catalogue.dependants(service)]
        share = sum(self.catalogue.services[name].traffic_share for name in callers) or 0.05
        llm = bool(one.models or one.provider)

        def draw(what: str, low: float, high: float) -> float:
            return low + (high - low) * unit(self.seed, what, service)

        rate = max(2.0, 600.0 * share / (1, 12, 40)[min(order, 2)])
        tokens = draw("tokens", 6.0, 18.0) if llm else 0.0
        waits = max((self.profile((name, environment)).latency for name in one.depends_on), default=0.0)
        return Profile(
            throughput=rate,
            latency=(draw("latency", 350.0, 700.0) if llm else draw("latency", 15.0, 90.0)) + 0.5 * waits,
            error_rate=draw("errors", 0.0015, 0.004),
            ttft=draw("ttft", 140.0, 320.0),
            eval_score=draw("score", 0.84, 0.93),
            tokens=tokens,
            machines=prices.replicas(service, environment)
            * prices.replica(self.seed, service, one)
            / prices.HOURS,
            spent=rate * tokens * 3600.0 * prices.per_token(self.seed, service, one),
            queue_depth=draw("queue", 2.0, 9.0),
            llm=llm,
            gpu=one.gpu,
        )

    def metrics(self, service: str) -> tuple[str, ...]:
        """The metrics that the service has."""
        if service not in self._metrics:
            one = self.catalogue.services[service]
            self._metrics[service] = tuple(
                name
                for name in METRICS
                if (name != "gpu" or one.gpu) and (name not in _LLM or one.models or one.provider)
            )
        return self._metrics[service]

    def values(self, key: Key, metric: str, stat: str, times: Floats) -> Floats:
        """The metric at those instants. Raises Absent for a metric or statistic the service does not have."""
        if metric not in self.metrics(key[0]):
            raise Absent(f"{key[0]} has no metric {metric!r}. It has: {', '.join(self.metrics(key[0]))}.")
        factor = self._factor(metric, stat)
        profile = self.profile(key)
        load = np.ones_like(times) if metric in _STEADY else _load(times)
        effects = [
            one for one in self._effects.of(key) if len(times) and one.touches(times[0], times[-1] + 1.0)
        ]
        world = self._effects.world
        if metric in _PER_REPLICA:
            load = load / world.fleet.share(key, times)
        value = _USUAL[metric](profile, load)
        if metric == "cost":
            value = self.machines(key, times) + load * self.spent(key, times)
        for effect in effects:
            value = _HARMED[metric](value, effect.moves, effect.level(times))
        noise = 1.0 + _NOISE.get(metric, 0.025) * jitter(self._key(key, metric), times)
        return _bounded(metric, value * noise * factor)

    def machines(self, key: Key, times: Floats) -> Floats:
        """USD an hour of the replicas at those instants."""
        return self.profile(key).machines * self._effects.world.fleet.share(key, times)

    def spent(self, key: Key, times: Floats) -> Floats:
        """USD an hour of the tokens at those instants and usual load."""
        profile, per_token = self.profile(key), self._effects.world.variants.per_token(key, times)
        return profile.throughput * profile.tokens * 3600.0 * per_token

    def error_counts(self, key: Key, start: float, end: float) -> dict[str, float]:
        """Expected failed requests in [start, end) by code."""
        width = next((one for one in _WIDTHS if (end - start) / one <= _SLICES), _WIDTHS[-1])
        first, last = np.floor(start / width), np.ceil(end / width)
        times = np.arange(first, last) * width
        within = np.minimum(times + width, end) - np.maximum(times, start)
        line = (key, "throughput", "mean", width)
        requests = self.blocks.values(line, first * width, len(times)) * within
        usual = float(requests.sum()) * self.profile(key).error_rate
        counts = {code: usual * share for code, share in _USUAL_CODES}
        for effect in self._effects.of(key):
            if not effect.touches(start, end):
                continue
            harm = effect.harm
            failed = float(requests @ effect.level(times + width / 2)) * effect.moves.errors
            for code, share in harm.passed_codes if effect.hops else harm.codes:
                counts[code] = counts.get(code, 0.0) + failed * share
        return {code: round(count) for code, count in counts.items() if round(count) > 0}

    def _factor(self, metric: str, stat: str) -> float:
        factors = statistics(metric)
        if stat == "sum" and metric in SUMS:
            return SUMS[metric][1]
        if stat not in factors:
            raise Absent(f"{metric} has no statistic {stat!r}. It has: {', '.join(factors)}.")
        return factors[stat]

    def _key(self, key: Key, metric: str) -> int:
        name = (*key, metric)
        if name not in self._keys:
            self._keys[name] = key_of(self.seed, *name)
        return self._keys[name]


def statistics(metric: str) -> dict[str, float]:
    """The statistics of a metric at an instant, and what each is of its median."""
    return _TIMES if metric in ("latency", "ttft") else _GAUGES


_USUAL_CODES = (("500", 0.4), ("504", 0.25), ("429", 0.2), ("503", 0.15))
_USUAL: dict[str, Callable[[Profile, Floats], Floats]] = {
    "throughput": lambda p, load: p.throughput * load,
    "error_rate": lambda p, load: p.error_rate * load,
    "latency": lambda p, load: p.latency * (0.9 + 0.1 * load),
    "ttft": lambda p, load: p.ttft * (0.9 + 0.1 * load),
    "tokens": lambda p, load: p.throughput * p.tokens * load,
    "cost": lambda p, load: p.machines + p.spent * load,
    "gpu": lambda p, load: 0.3 + 0.35 * load,
    "memory": lambda p, load: 0.52 + 0.04 * load,
    "cpu": lambda p, load: 0.18 + 0.28 * load,
    "queue_depth": lambda p, load: p.queue_depth * load * load,
    "saturation": lambda p, load: IDLE + BUSY * load,
    "eval_score": lambda p, load: p.eval_score * load,
}

_HARMED: dict[str, Callable[[Floats, Moves, Floats], Floats]] = {
    "throughput": lambda value, moves, level: value * (1.0 + moves.throughput * np.minimum(level, 1.0)),
    "error_rate": lambda value, moves, level: value + moves.errors * level,
    "latency": lambda value, moves, level: value * (1.0 + moves.latency * level),
    "ttft": lambda value, moves, level: value * (1.0 + moves.ttft * level),
    "tokens": lambda value, moves, level: value * (1.0 + moves.tokens * np.minimum(level, 1.0)),
    "cost": lambda value, moves, level: value * (1.0 + moves.cost * np.minimum(level, 1.0)),
    "gpu": lambda value, moves, level: value * (1.0 + moves.gpu * np.minimum(level, 1.0)),
    "memory": lambda value, moves, level: value + moves.memory * level,
    "cpu": lambda value, moves, level: value + moves.cpu * level,
    "queue_depth": lambda value, moves, level: value * (1.0 + moves.queue * level),
    "saturation": lambda value, moves, level: value + moves.saturation * level,
    "eval_score": lambda value, moves, level: value - moves.score * level,
}


def _load(times: Floats) -> Floats:
    """How busy the company is: a day and a week have their shape, 1.0 is usual."""
    since = times - EPOCH
    day: Floats = 0.92 + 0.3 * np.sin(since * (2 * pi / 86_400.0) - 2.4)
    day += 0.12 * np.sin(since * (2 * pi / WEEK) - 0.4)
    return day


def _bounded(metric: str, value: Floats) -> Floats:
    if METRICS[metric].startswith(("ratio", "score")):
        return np.minimum(np.maximum(value, 0.0), 1.0)
    return np.maximum(value, 0.0)
