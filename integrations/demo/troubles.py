"""Troubles that began by an event and end by the event of their remedy. Known in this folder alone."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from integrations.demo.events import Event
from integrations.demo.releases import Key

#: replicas from which a service bears what made it saturated, as a part of those it had
ENOUGH_REPLICAS = 1.5
#: how long a surge of traffic goes on after the service that could not bear it can, seconds
_LASTS = 1800.0


@dataclass(frozen=True, slots=True, order=True)
class Act:
    """Something that people did which could be a remedy; `at` is when it took effect."""

    at: float
    seq: int
    kind: str = field(compare=False)
    data: Mapping[str, Any] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Strike:
    """A harm (its name in harm.HARMS) that a trouble does to a service; `share` is its part of the full strength."""

    service: str
    harm: str
    share: float = 1.0
    label: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """`end` is when it was stopped by hand or ended by itself; None while only a remedy can end it."""

    seq: int
    name: str
    service: str
    environment: str
    start: float
    data: Mapping[str, Any]
    strikes: tuple[Strike, ...]
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """When a trouble was there; `relieved` are instants at which something made it look better for a while."""

    start: float
    end: float | None
    relieved: tuple[float, ...] = ()


def _same_place(trouble: Trouble, act: Act, service: str | None = None) -> bool:
    return (
        act.data.get("service") == (service or trouble.service)
        and act.data.get("environment") == trouble.environment
    )


def _lowered_then_restarted(trouble: Trouble, acts: Sequence[Act]) -> float | None:
    """A limit binds the workers that start after it was set."""
    lowered: float | None = None
    for act in acts:
        if not _same_place(trouble, act):
            continue
        if act.kind == "limit.set" and act.data.get("name") == "max_context_tokens":
            low = float(act.data["value"]) <= float(trouble.data["limit"])
            lowered = (act.at if lowered is None else lowered) if low else None
        elif act.kind == "restart" and lowered is not None and act.at >= lowered:
            return act.at
    return None


def _scaled(trouble: Trouble, acts: Sequence[Act]) -> float | None:
    service, had = trouble.data.get("bottleneck", trouble.service), trouble.data["replicas"]
    return next(
        (
            act.at
            for act in acts
            if act.kind == "scale"
            and _same_place(trouble, act, service)
            and act.data["replicas"] >= ENOUGH_REPLICAS * had
        ),
        None,
    )


def _first(*kinds: str) -> Callable[[Trouble, Sequence[Act]], float | None]:
    def find(trouble: Trouble, acts: Sequence[Act]) -> float | None:
        return next((act.at for act in acts if act.kind in kinds and _same_place(trouble, act)), None)

    return find


def _rebuilt_or_scaled(trouble: Trouble, acts: Sequence[Act]) -> float | None:
    found = [at for at in (_first("index.rebuilt")(trouble, acts), _scaled(trouble, acts)) if at is not None]
    return min(found, default=None)


def _capped(trouble: Trouble, acts: Sequence[Act]) -> float | None:
    return next(
        (
            act.at
            for act in acts
            if act.kind == "limit.set"
            and _same_place(trouble, act)
            and act.data.get("name") in ("max_tokens", "daily_usd")
        ),
        None,
    )


def _put_back(trouble: Trouble, acts: Sequence[Act]) -> float | None:
    return next(
        (
            act.at
            for act in acts
            if act.kind == "prompt.set"
            and act.data.get("prompt") == trouble.data["prompt"]
            and act.data.get("environment") == trouble.environment
            and act.data["version"] != trouble.data["version"]
        ),
        None,
    )


def _renewed(trouble: Trouble, acts: Sequence[Act]) -> float | None:
    for act in acts:
        if (
            act.kind == "certificate.renewed"
            and _same_place(trouble, act)
            and act.data["expires_at"] > act.at
        ):
            return act.at
    return None


def _drained(trouble: Trouble, acts: Sequence[Act]) -> float | None:
    for act in acts:
        there = act.data.get("environment") == trouble.environment
        if act.kind == "node.drained" and there and act.data.get("node") == trouble.data["node"]:
            return act.at
    return None


#: when the right remedy of a trouble took effect, by its name
_HEALED: dict[str, Callable[[Trouble, Sequence[Act]], float | None]] = {
    "gpu-oom": _lowered_then_restarted,
    "traffic-surge": _scaled,
    "vector-db-saturated": _rebuilt_or_scaled,
    "cost-spike": _capped,
    "prompt-regression": _put_back,
    "expired-certificate": _renewed,
    "noisy-neighbour": _drained,
    "slow-dependency": _first("restart", "cache.flushed"),
}
#: troubles that a restart makes look better for a while
_RELIEVED_BY_RESTART = frozenset({"gpu-oom", "vector-db-saturated"})

#: kinds of events that may be a remedy
REMEDIES = frozenset(
    {
        "restart", "scale", "limit.set", "prompt.set", "certificate.renewed", "index.rebuilt", "cache.flushed",
        "node.drained", "node.uncordoned",
    }
)  # fmt: skip


class Troubles:
    """Fold of the events that begin and end troubles; what was said of an instant before an event stays true."""

    def __init__(self) -> None:
        self.all: list[Trouble] = []
        self.acts: list[Act] = []

    def knows(self, name: str) -> bool:
        return name in _HEALED

    def begin(self, event: Event) -> None:
        data = event.data
        strikes = tuple(Strike(**one) for one in data["strikes"])
        start, until = float(data.get("starts_at", event.at)), data.get("until")
        self.all.append(
            Trouble(
                event.seq, data["name"], data["service"], data["environment"], start, data, strikes, until
            )
        )

    def stop(self, name: str, at: float) -> list[Trouble]:
        """End those of that name that are on, and tell which they were."""
        on = [one for one in self.all if one.name == name and self.span(one).end is None]
        self.all = [replace(one, end=at) if one in on else one for one in self.all]
        return on

    def hear(self, event: Event) -> None:
        """Take a remedy into account."""
        at = float(event.data.get("effective_at", event.at))
        insort(self.acts, Act(at, event.seq, event.kind, event.data))

    def span(self, trouble: Trouble) -> Span:
        acts = [act for act in self.acts if act.at >= trouble.start]
        ends = [at for at in (trouble.end, _HEALED[trouble.name](trouble, acts)) if at is not None]
        end = min(ends, default=None)
        restarts = (
            act.at
            for act in acts
            if act.kind == "restart" and _same_place(trouble, act) and (end is None or act.at < end)
        )
        relieved = tuple(restarts) if trouble.name in _RELIEVED_BY_RESTART else ()
        return Span(trouble.start, end, relieved)

    def running(self) -> set[str]:
        """Names of the troubles that nothing has ended yet."""
        return {one.name for one in self.all if self.span(one).end is None}

    def named(self, name: str, environment: str) -> Iterator[tuple[Trouble, Span]]:
        for trouble in self.all:
            if (trouble.name, trouble.environment) == (name, environment):
                yield trouble, self.span(trouble)

    def at(self, key: Key) -> Iterator[tuple[Trouble, Strike, Span]]:
        """What strikes that service itself."""
        for trouble in self.all:
            if trouble.environment != key[1]:
                continue
            for strike in trouble.strikes:
                if strike.service == key[0]:
                    span = self.span(trouble)
                    if strike.harm == "surge" and span.end is not None and trouble.end is None:
                        span = replace(span, end=span.end + _LASTS)
                    yield trouble, strike, span
