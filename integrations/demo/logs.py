"""Log lines of the demo company: as many errors among them as the telemetry has, in the words of the trouble."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

import numpy as np

from insight.facts import LogLine
from integrations.demo.effects import Effect, Effects
from integrations.demo.harm import FAR_LINES
from integrations.demo.noise import key_of, uniform
from integrations.demo.releases import Key
from integrations.demo.telemetry import Telemetry

#: seconds from one line to the next, and how long lines are kept
EVERY = 5.0
KEPT = 86_400.0
#: lines of a chunk, and the most chunks that are remembered
_CHUNK = 240
_MOST = 80
#: how much likelier an error is to be logged than a request that went well
_SAMPLED = 5.0

_USUAL_ERRORS = (
    "504 {path}: deadline of 10 s exceeded",
    "500 {path}: connection to the pool was reset, retried",
    "429 {path}: client over its limit",
)
_PATHS = ("/v1/answer", "/v1/search", "/v1/items", "/v1/sessions", "/v1/batch")


class _Chunk:
    """Consecutive lines of one service, each written when it is first read."""

    def __init__(self, telemetry: Telemetry, key: Key, effects: tuple[Effect, ...], first: int) -> None:
        self.effects = effects
        self._key = key
        self._first = first
        self._name = key_of(telemetry.seed, "logs", *key)
        self._lines: list[LogLine | None] = [None] * _CHUNK
        self._base = telemetry.profile(key).error_rate
        numbers = np.arange(first, first + _CHUNK, dtype=np.float64)
        times = numbers * EVERY
        errors = np.minimum(telemetry.values(key, "error_rate", "mean", times) * _SAMPLED, 0.9)
        self._failed = (uniform(self._name, numbers) < errors).tolist()
        self._slow = telemetry.values(key, "latency", "p95", times).tolist()
        self._usual = telemetry.values(key, "latency", "p50", times).tolist()
        self._draws = (uniform(self._name ^ 1, numbers) * 1000).astype(int).tolist()
        touching = [one for one in effects if one.touches(times[0], times[-1] + 1.0)]
        self._levels = [(one, one.level(times).tolist()) for one in touching]
        loud = [one for one in touching if one.harm.warnings and not one.hops]
        self._warned = [
            (one, (uniform(self._name ^ 2, numbers) < one.harm.loud * one.level(times)).tolist())
            for one in loud
        ]

    def line(self, row: int) -> LogLine:
        known = self._lines[row]
        if known is None:
            known = self._lines[row] = self._write(row)
        return known

    def _write(self, row: int) -> LogLine:
        at, draw = (self._first + row) * EVERY, self._draws[row]
        path, trace = _PATHS[draw % len(_PATHS)], f"{key_of(self._name, at):016x}"
        words = {
            "path": path,
            "slow": f"{self._slow[row]:.0f}",
            "many": str(100 + draw % 155),
            "few": str(2 + draw % 7),
        }
        for one, warned in self._warned:
            if warned[row] and not self._failed[row]:
                return LogLine(at, *self._key, "warning", _words(one.harm.warnings, one, draw, words), trace)
        if not self._failed[row]:
            text = f"200 {path} in {self._usual[row] * (0.7 + draw / 1500):.0f} ms"
            return LogLine(at, *self._key, "info", text, trace)
        text = self._failure(row, draw, words)
        return LogLine(at, *self._key, "error", text, trace)

    def _failure(self, row: int, draw: int, words: dict[str, str]) -> str:
        """Of the trouble that fails the most requests, as often as they are its own."""
        effect, failed = max(
            ((one, levels[row] * one.moves.errors) for one, levels in self._levels),
            key=lambda one: one[1],
            default=(None, 0.0),
        )
        if effect is None or failed / (failed + self._base) < (draw * 37 % 1000) / 1000:
            return _USUAL_ERRORS[draw % len(_USUAL_ERRORS)].format(**words)
        if effect.hops > 1:
            return _words(FAR_LINES, effect, draw, words)
        return _words(effect.harm.passed_lines if effect.hops else effect.harm.lines, effect, draw, words)


class Logs:
    """The lines of every service; those read lately are remembered."""

    def __init__(self, telemetry: Telemetry, effects: Effects) -> None:
        self._telemetry = telemetry
        self._effects = effects
        self._chunks: OrderedDict[tuple[Key, int], _Chunk] = OrderedDict()

    def lines(self, key: Key, start: float, end: float) -> Iterator[LogLine]:
        """Lines in [start, end), newest first."""
        shift = key_of(*key) % _CHUNK
        first, last = int(np.ceil(start / EVERY)) + shift, int(np.ceil(end / EVERY)) + shift
        for number in range((last - 1) // _CHUNK, first // _CHUNK - 1, -1):
            base = number * _CHUNK
            chunk = self._chunk(key, number, base - shift)
            for row in range(min(last - base, _CHUNK) - 1, max(first - base, 0) - 1, -1):
                yield chunk.line(row)

    def _chunk(self, key: Key, number: int, first: int) -> _Chunk:
        effects = self._effects.of(key)
        chunk = self._chunks.get((key, number))
        if chunk is None or chunk.effects is not effects:
            chunk = self._chunks[key, number] = _Chunk(self._telemetry, key, effects, first)
        self._chunks.move_to_end((key, number))
        if len(self._chunks) > _MOST:
            self._chunks.popitem(last=False)
        return chunk


def _words(choices: tuple[str, ...], effect: Effect, draw: int, words: dict[str, str]) -> str:
    return choices[draw % len(choices)].format(**words, label=effect.label, via=effect.via)
