"""Log lines of the demo company: as many errors among them as the telemetry has, in the words of the trouble."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from insight.facts import LogLine
from integrations.demo.effects import Effect
from integrations.demo.noise import key_of, uniform
from integrations.demo.releases import Key
from integrations.demo.telemetry import Telemetry

#: seconds from one line to the next, and how long lines are kept
EVERY = 5.0
KEPT = 86_400.0
_CHUNK = 240
#: how much likelier an error is to be logged than a request that went well
_SAMPLED = 5.0

_USUAL_ERRORS = (
    "504 {path}: deadline of 10 s exceeded",
    "500 {path}: connection to the pool was reset, retried",
    "429 {path}: client over its limit",
)
_PATHS = ("/v1/answer", "/v1/search", "/v1/items", "/v1/sessions", "/v1/batch")


def lines(
    telemetry: Telemetry, key: Key, effects: tuple[Effect, ...], start: float, end: float
) -> Iterator[LogLine]:
    """Lines in [start, end), newest first."""
    first, last = int(np.ceil(start / EVERY)), int(np.ceil(end / EVERY))
    for top in range(last, first, -_CHUNK):
        yield from _chunk(telemetry, key, effects, max(first, top - _CHUNK), top)


def _chunk(
    telemetry: Telemetry, key: Key, effects: tuple[Effect, ...], first: int, last: int
) -> Iterator[LogLine]:
    numbers = np.arange(last - 1, first - 1, -1, dtype=np.float64)
    times = numbers * EVERY
    name = key_of(telemetry.seed, "logs", *key)
    failed = uniform(name, numbers) < np.minimum(
        telemetry.values(key, "error_rate", "mean", times) * _SAMPLED, 0.9
    )
    slow = telemetry.values(key, "latency", "p95", times)
    usual = telemetry.values(key, "latency", "p50", times)
    levels = [effect.level(times) for effect in effects]
    pick = (uniform(name ^ 1, numbers) * 1000).astype(int).tolist()
    rows = zip(times.tolist(), failed.tolist(), slow.tolist(), usual.tolist(), pick, strict=True)
    for row, (at, bad, slowest, middle, draw) in enumerate(rows):
        words = {"path": _PATHS[draw % len(_PATHS)], "slow": f"{slowest:.0f}"}
        trace = f"{key_of(name, at):016x}"
        if not bad:
            text = f"200 {words['path']} in {middle * (0.7 + draw / 1500):.0f} ms"
            yield LogLine(at, key[0], key[1], "info", text, trace)
            continue
        worst = max(range(len(effects)), key=lambda i: levels[i][row], default=None)
        if worst is None or levels[worst][row] * effects[worst].harm.errors < 0.003:
            text = _USUAL_ERRORS[draw % len(_USUAL_ERRORS)].format(**words)
        else:
            text = _trouble(effects[worst], draw, words)
        yield LogLine(at, key[0], key[1], "error", text, trace)


def _trouble(effect: Effect, draw: int, words: dict[str, str]) -> str:
    choices = effect.harm.passed_lines if effect.hops else effect.harm.lines
    return choices[draw % len(choices)].format(
        **words, version=effect.label, provider=effect.label, origin=effect.origin
    )
