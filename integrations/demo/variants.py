"""Which model with which parameters each service of the demo company answers with, and the canaries beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from config.catalogue import Catalogue
from integrations.demo import prices
from integrations.demo.events import Event, Note
from integrations.demo.noise import Floats
from integrations.demo.releases import Key

Number = int | float


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter that a model is served with: its bounds and what it is unless said."""

    low: float
    high: float
    usual: Number


PARAMS: dict[str, Param] = {
    "temperature": Param(0.0, 2.0, 0.7),
    "top_p": Param(0.0, 1.0, 1.0),
    "max_tokens": Param(16, 32_768, 1024),
    "presence_penalty": Param(-2.0, 2.0, 0.0),
    "frequency_penalty": Param(-2.0, 2.0, 0.0),
}
#: above this temperature answers get worse
WARM = 1.2


@dataclass(frozen=True, slots=True)
class Variant:
    """`version` is the model's own label, None where nobody said one; it takes the traffic from `at` on."""

    model: str
    params: Mapping[str, Number] = field(hash=False)
    version: str | None = None
    at: float = 0.0


def written(variant: Variant) -> str:
    """`llama-3-8b v2 (temperature=0.2 max_tokens=512)`: only what is not usual stands in brackets."""
    told = [f"{name}={value:g}" for name, value in variant.params.items() if value != PARAMS[name].usual]
    version = f" {variant.version}" if variant.version else ""
    return f"{variant.model}{version}" + (f" ({' '.join(told)})" if told else "")


class Variants:
    """One variant at a time serves all of a service; before anybody deploys one, all models of the catalogue do."""

    KINDS: ClassVar[frozenset[str]] = frozenset({"model.deployed"})

    def __init__(self, catalogue: Catalogue, seed: int) -> None:
        self._catalogue = catalogue
        self._seed = seed
        self._deployed: dict[Key, list[Variant]] = defaultdict(list)

    def apply(self, event: Event) -> Sequence[Note]:
        data: Mapping[str, Any] = event.data
        key, line = (data["service"], data["environment"]), self._deployed
        before = self.wanted(key)
        rolling = [one.at + 1.0 for one in line[key] if one.at > event.at]
        at = max([float(data.get("effective_at", event.at)), *rolling])
        after = Variant(data["model"], data["params"], data.get("version"), at)
        line[key].append(after)
        words = f"Model of {key[0]}: {written(before)} → {written(after)}"
        return (Note(key[0], "config", f"model={written(before)}", f"model={written(after)}", words),)

    def wanted(self, key: Key) -> Variant:
        """What was asked for last, whether or not its roll-out is over."""
        deployed = self._deployed.get(key)
        return deployed[-1] if deployed else self._usual(key)

    def _usual(self, key: Key) -> Variant:
        shares = prices.shares(self._seed, key[0], self._catalogue.services[key[0]])
        main = max(shares, key=lambda model: shares[model], default="none")
        return Variant(main, {name: one.usual for name, one in PARAMS.items()})

    def spans(self, key: Key) -> Iterator[tuple[float, float | None, Variant]]:
        """When each variant that somebody deployed served: start, end or None, and the variant."""
        line = self._deployed.get(key, [])
        for number, one in enumerate(line):
            yield one.at, line[number + 1].at if number + 1 < len(line) else None, one

    def shares(self, key: Key, times: Floats) -> dict[str, Floats]:
        """Which part of the tokens goes through each model at those instants."""
        one = self._catalogue.services[key[0]]
        found = {
            model: np.full_like(times, share)
            for model, share in prices.shares(self._seed, key[0], one).items()
        }
        for variant in self._deployed.get(key, ()):
            since = times >= variant.at
            found.setdefault(variant.model, np.zeros_like(times))
            found = {m: np.where(since, float(m == variant.model), share) for m, share in found.items()}
        return found

    def per_token(self, key: Key, times: Floats) -> Floats:
        """USD of one token of the service at those instants, over its models."""
        one = self._catalogue.services[key[0]]
        usd = np.zeros_like(times)
        for model, share in self.shares(key, times).items():
            usd = usd + share * prices.billed(one, model)
        return usd


class Canaries:
    """A second version that takes a part of a service's requests; percent 0 is none."""

    KINDS: ClassVar[frozenset[str]] = frozenset({"canary"})

    def __init__(self) -> None:
        self._shifts: dict[Key, list[tuple[float, str, float]]] = defaultdict(list)

    def apply(self, event: Event) -> Sequence[Note]:
        data = event.data
        key, version, percent = (
            (data["service"], data["environment"]),
            data["version"],
            float(data["percent"]),
        )
        was, had = self.wanted(key)
        rolling = [at + 1.0 for at, _, _ in self._shifts[key] if at > event.at]
        at = max([float(data.get("effective_at", event.at)), *rolling])
        self._shifts[key].append((at, version, percent))
        words = f"Canary of {key[0]}: {told(was, had)} → {told(version, percent)}"
        return (
            Note(key[0], "config", f"canary={told(was, had)}", f"canary={told(version, percent)}", words),
        )

    def wanted(self, key: Key) -> tuple[str | None, float]:
        """The version and percent that were asked for last; (None, 0.0) without a canary."""
        shifts = self._shifts.get(key)
        if not shifts or shifts[-1][2] == 0.0:
            return None, 0.0
        return shifts[-1][1], shifts[-1][2]

    def spans(self, key: Key) -> Iterator[tuple[float, float | None, str, float]]:
        """When a canary took how much: start, end or None, version, percent above 0."""
        shifts = self._shifts.get(key, [])
        for number, (at, version, percent) in enumerate(shifts):
            if percent > 0.0:
                yield at, shifts[number + 1][0] if number + 1 < len(shifts) else None, version, percent


def told(version: str | None, percent: float) -> str:
    """`1.42.3 at 10 %`, or `none`."""
    return f"{version} at {percent:g} %" if version and percent else "none"
