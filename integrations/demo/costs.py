"""What the demo company spends: the `cost` metric of its telemetry, split by model and machine."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from insight.facts import Budget, Point, Spend
from integrations.demo import prices
from integrations.demo.company import Company
from integrations.demo.history import KEPT
from integrations.demo.noise import Floats
from integrations.demo.releases import Key
from integrations.errors import Absent, Refused

_HOUR = 3600.0
#: the metrics are read every so many seconds, but no more than so many times for a series
_EVERY = 900.0
_MOST = 4000
#: the usual load of a whole week
_USUAL_LOAD = 0.92
#: a budget as a part of what its team usually spends in a month: the first team with a bill from a provider is close
_CLOSE, _ROOMY = 1.02, (1.25, 1.4, 1.6)


class DemoCosts:
    """Raises Absent, Refused, StoreError."""

    def __init__(self, company: Company) -> None:
        self._company = company

    async def spend(
        self, start: float, end: float, step: float, environment: str | None = None
    ) -> tuple[Spend, ...]:
        world = await self._company.seen()
        known = tuple(world.catalogue.environments)
        if environment is not None and environment not in known:
            raise Absent(f"There is no environment {environment!r}. There are: {', '.join(known)}.")
        if step < _HOUR:
            raise Refused(
                f"Costs come by the hour at the finest; {step:g} s is less. Ask for at least 3600 s."
            )
        now = self._company.clock.now()
        start, end = max(start, now - KEPT), min(end, now)
        found: list[Spend] = []
        if end > start:
            for name in world.catalogue.services:
                for place in known if environment is None else (environment,):
                    found += self._of((name, place), start, end, step)
        return tuple(found)

    def _of(self, key: Key, start: float, end: float, step: float) -> Iterator[Spend]:
        """The cost metric integrated over each step, and shared out as tokens and machines made it up."""
        telemetry = self._company.telemetry
        one = self._company.catalogue.services[key[0]]
        count = int(np.ceil((end - start) / step))
        samples = max(1, min(int(step / _EVERY), _MOST // count))
        width = step / samples
        times = start + (np.arange(count * samples) + 0.5) * width
        seconds = np.clip(end - (times - width / 2), 0.0, width)
        cost = telemetry.values(key, "cost", "mean", times) * seconds / _HOUR
        shares = self._company.effects.world.variants.shares(key, times)
        tokens = telemetry.values(key, "tokens", "mean", times) * seconds if shares else np.zeros_like(times)
        machines = telemetry.machines(key, times) * seconds / _HOUR
        parts = {model: tokens * share * prices.billed(one, model) for model, share in shares.items()}
        whole = machines + sum(parts.values(), np.zeros_like(times))
        scale = cost / np.maximum(whole, 1e-12)
        starts = start + np.arange(count) * step

        def item(name: str, usd: Floats, used: Floats | None) -> Spend:
            sums = (usd * scale).reshape(count, samples).sum(axis=1)
            values = np.round(sums, 6).tolist()
            words = f'sum(cost{{service="{key[0]}",environment="{key[1]}",item="{name}"}})[{count * step:g}s:{step:g}s]'
            return Spend(
                service=key[0], environment=key[1], team=one.owner, item=name, step=step,
                points=tuple(map(Point, starts.tolist(), values)),
                tokens=0.0 if used is None else round(float(used.sum())), query=words,
            )  # fmt: skip

        yield item("gpu" if one.gpu else "compute", machines, None)
        for model, usd in parts.items():
            yield item(model, usd, tokens * shares[model])

    async def budgets(self) -> tuple[Budget, ...]:
        catalogue = self._company.catalogue
        usual: dict[str, float] = dict.fromkeys(catalogue.teams, 0.0)
        billed: dict[str, float] = {}
        for name, one in catalogue.services.items():
            for environment in catalogue.environments:
                profile = self._company.telemetry.profile((name, environment))
                monthly = (profile.machines + profile.spent * _USUAL_LOAD) * prices.HOURS
                usual[one.owner] += monthly
                if one.provider:
                    billed[name] = billed.get(name, 0.0) + monthly
        close = next((catalogue.services[name].owner for name in billed), None)
        teams = [
            Budget(team, "team", _round(usd * (_CLOSE if team == close else _ROOMY[place % len(_ROOMY)])))
            for place, (team, usd) in enumerate(usual.items())
            if usd
        ]
        return (*teams, *(Budget(name, "service", _round(usd * _ROOMY[0])) for name, usd in billed.items()))


def _round(usd: float) -> float:
    return float(round(usd / 10.0) * 10)
