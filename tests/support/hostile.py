"""Ports of a small world in which something is wrong with rag-api, and one text is not what it should be."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from insight.facts import (
    Alert,
    Change,
    ErrorCount,
    Incident,
    LogLine,
    MetricSeries,
    Point,
    ProviderStatus,
    Release,
    Stat,
)
from integrations.ports import Sources

SERVICE, WHERE = "rag-api", "production"


class Hostile:
    """`texts` stand where their carriers say. rag-api fails since 20 minutes, right after a release."""

    def __init__(self, now: float, texts: Mapping[str, str]) -> None:
        self.now, self.texts = now, texts

    def _in(self, carrier: str, usual: str) -> str:
        return self.texts.get(carrier, usual)

    async def series(
        self, service: str, environment: str, metric: str, stat: Stat, start: float, end: float, step: float
    ) -> MetricSeries:
        points = _points(self.now, service == SERVICE, metric, start, end, step)
        units = {"error_rate": "ratio", "latency": "ms"}
        return MetricSeries(
            service, environment, metric, stat, units.get(metric, ""), step, points, f"{metric}({service})"
        )

    async def errors(
        self, service: str, environment: str, start: float, end: float
    ) -> tuple[ErrorCount, ...]:
        return (ErrorCount(service, environment, "500", 90.0),) if service == SERVICE else ()

    async def search(
        self, service: str, environment: str, start: float, end: float, query: str = "", limit: int = 50
    ) -> tuple[LogLine, ...]:
        texts = (
            self._in("log", "handler failed"),
            f"open failed: /srv/{self._in('file name', 'x')}.txt",
            f"prompt used: {self._in('prompt', 'be kind')}",
            f"tool said {self._in('tool output', 'nothing')}",
        )
        return tuple(LogLine(self.now - 60, service, environment, "error", one) for one in texts)

    async def release(self, service: str, environment: str) -> Release:
        return Release(service, environment, "v2", "v1", self.now - 1260, 3, True)

    async def changes(self, start: float, end: float, environment: str | None = None) -> tuple[Change, ...]:
        summary = self._in("change", "new retriever")
        return (Change("dep_1", "deployment", SERVICE, WHERE, self.now - 1260, "ana", "v1", "v2", summary),)

    async def firing(self) -> tuple[Alert, ...]:
        summary = self._in("alert", "too many errors")
        return (Alert("alt_1", "errors", SERVICE, WHERE, "critical", summary, self.now - 1100),)

    async def status(self) -> tuple[ProviderStatus, ...]:
        summary = self._in("provider", "all is well")
        return (ProviderStatus("openai", "operational", self.now - 9e5, summary, ("llm-gateway",)),)

    async def open_incidents(self) -> tuple[Incident, ...]:
        note = self._in("note", "looking at it")
        opened = self.now - 1000
        return (Incident("INC-1", "rag-api fails", SERVICE, WHERE, "sev2", "open", opened, notes=(note,)),)

    def sources(self) -> Sources:
        """Only the ports that a diagnosis and the model's tools read."""
        one: object = self
        return Sources(metrics=one, logs=one, deployments=one, alerts=one, providers=one, incidents=one)  # type: ignore[arg-type]


@cache
def _points(now: float, ours: bool, metric: str, start: float, end: float, step: float) -> tuple[Point, ...]:
    def value(at: float) -> float:
        ill = ours and metric in ("error_rate", "latency") and at > now - 1200
        usual = {"error_rate": 0.002, "latency": 300.0, "saturation": 0.4}.get(metric, 1.0)
        return usual * (20.0 if ill else 1.0)

    return tuple(Point(start + n * step, value(start + n * step)) for n in range(int((end - start) // step)))
