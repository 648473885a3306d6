"""Every name that people may say, from the catalogue and the library, ready to be looked up by word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from config.catalogue import Catalogue
from insight.facts import Stat

#: words for a metric, longest first where one contains another
METRIC_WORDS: Mapping[str, tuple[str, ...]] = {
    "latency": (
        "latency", "latencies", "response time", "response times", "slow", "slowness", "duration", "lag",
        "request duration", "slower", "turnaround time", "round trip time", "latancy", "delay",
    ),
    "error_rate": (
        "error rate", "error rates", "errors", "error", "failure rate", "failures", "5xx", "500s", "502s", "503s",
        "error ratio", "error percentage", "failing requests", "failed requests", "exceptions",
        "http errors",
    ),
    "throughput": (
        "throughput", "requests per second", "request rate", "rps", "qps", "traffic", "requests", "load",
        "request volume", "requests per minute", "rpm", "request count", "calls per second", "hits",
    ),
    "ttft": ("ttft", "time to first token", "first token", "first token latency", "first token time"),
    "tokens": (
        "tokens", "token usage", "token throughput", "tokens per second", "token rate", "token count", "tps",
        "token consumption", "token volume", "token",
    ),
    "cost": ("cost", "costs", "spend", "spending", "burn", "bill"),
    "gpu": ("gpu", "gpus", "gpu utilization", "gpu utilisation", "gpu usage", "gpu load", "gpu util"),
    "memory": ("memory", "ram", "mem", "vram", "gpu memory", "memory usage", "memory consumption", "heap", "rss"),
    "cpu": ("cpu", "cpu usage", "cpu load", "cpu utilization", "cpu utilisation", "processor"),
    "queue_depth": (
        "queue depth", "queue", "queue length", "queue size", "backlog", "queued requests", "waiting requests",
        "queues",
    ),
    "saturation": ("saturation", "saturated", "headroom", "utilization", "utilisation", "how full"),
    "eval_score": ("eval score", "evaluation score", "quality score", "eval scores", "quality", "eval quality"),
}  # fmt: skip

STAT_WORDS: Mapping[Stat, tuple[str, ...]] = {
    "p50": ("p50", "median", "50th percentile", "p 50"),
    "p95": ("p95", "95th percentile", "p 95", "95 percentile", "95th"),
    "p99": ("p99", "99th percentile", "p 99", "99 percentile", "tail", "99th"),
    "mean": ("mean", "average", "avg"),
    "max": ("max", "maximum", "peak", "highest", "worst"),
    "sum": ("sum", "total"),
}

_PIECE = re.compile(r"[a-z0-9]+(?:\.[a-z0-9]+)*%?")


@dataclass(frozen=True, slots=True)
class Word:
    """One piece of a text: `text` in lower case and where it stands."""

    text: str
    start: int
    end: int


def pieces(text: str) -> list[Word]:
    """The words of a lower-case text; a hyphen, an underscore and a slash part words, a dot inside does not."""
    return [Word(match[0], match.start(), match.end()) for match in _PIECE.finditer(text)]


def phrase(name: str) -> tuple[str, ...]:
    return tuple(_PIECE.findall(name.lower()))


class Lexicon:
    """Phrases to (kind, canonical name). A longer phrase wins; services win over teams of the same name."""

    def __init__(self, catalogue: Catalogue, runbooks: Iterable[str] = (), users: Iterable[str] = ()) -> None:
        self.catalogue = catalogue
        self.runbooks = tuple(runbooks)
        self._phrases: dict[tuple[str, ...], tuple[str, str]] = {}
        self._names: dict[str, dict[str, str]] = {"service": {}, "environment": {}, "runbook": {}}
        for runbook in self.runbooks:
            self._add("runbook", runbook, ())
        for name, service in catalogue.services.items():
            self._add("service", name, service.aliases)
        for kind, group in (
            ("region", catalogue.regions),
            ("environment", catalogue.environments),
            ("team", catalogue.teams),
            ("provider", catalogue.providers),
        ):
            for name, aliases in group.items():
                self._add(kind, name, aliases)
        for kind, names in (
            ("model", catalogue.models),
            ("prompt", catalogue.prompts),
            ("suite", catalogue.suites),
            ("user", users),
        ):
            for name in names:
                self._add(kind, name, ())
        for metric, words in METRIC_WORDS.items():
            self._add("metric", metric, words)
        for stat, words in STAT_WORDS.items():
            self._add("stat", stat, words)
        self.longest = max((len(one) for one in self._phrases), default=1)
        self.starts = frozenset(one[0] for one in self._phrases)

    def _add(self, kind: str, name: str, aliases: Iterable[str]) -> None:
        for said in (name, *aliases):
            key = phrase(said)
            if key:
                self._phrases.setdefault(key, (kind, name))
                if kind in self._names:
                    self._names[kind].setdefault(" ".join(key), name)

    def find(self, words: tuple[str, ...]) -> tuple[str, str] | None:
        return self._phrases.get(words)

    def spellings(self, kind: str) -> Mapping[str, str]:
        """Every way to say a service, environment or runbook → its canonical name."""
        return self._names[kind]
