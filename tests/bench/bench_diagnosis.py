"""How often is the diagnosis right?  python -m tests.bench.bench_diagnosis [--cases 600] [--seed 1]

Cases are drawn from a seed: one of the faults of the demo company at some service and some time of the week, two of
them at once, or a healthy hour. Half are disturbed: an innocent deployment of another service within 15 minutes,
perhaps a setting beside it, and a fifth of the facts missing. The question names the sick service, one that calls it
directly or over two calls, or none. Evidence is gathered through the ports alone.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from config.catalogue import Catalogue
from insight.diagnosis import diagnose
from insight.evidence import Cause, Diagnosis
from insight.facts import ErrorCount, LogLine, MetricSeries, Stat
from insight.rules import RULES, Rule
from insight.rules.certificate import certificate_rule
from insight.rules.cost import cost_rule
from insight.rules.dependency import dependency_rule
from insight.rules.gpu import gpu_rule
from insight.rules.neighbour import neighbour_rule
from insight.rules.prompt import prompt_rule
from insight.rules.provider import provider_rule
from insight.rules.release import release_rule
from insight.rules.saturation import saturation_rule
from insight.rules.traffic import traffic_rule
from integrations.demo.company import Company
from integrations.demo.faults import start_fault
from integrations.errors import TimedOut
from integrations.evidence import gather_evidence
from integrations.ports import Logs, Metrics, Sources
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company, sources

HEALTHY = "healthy"
#: fault → the kind of its cause, and the rule that knows it
FAULTS: dict[str, tuple[str, Rule]] = {
    "bad-release": ("release", release_rule),
    "provider-outage": ("provider", provider_rule),
    "gpu-oom": ("gpu_memory", gpu_rule),
    "traffic-surge": ("traffic", traffic_rule),
    "vector-db-saturated": ("saturation", saturation_rule),
    "cost-spike": ("cost", cost_rule),
    "prompt-regression": ("prompt", prompt_rule),
    "expired-certificate": ("certificate", certificate_rule),
    "noisy-neighbour": ("neighbour", neighbour_rule),
    "slow-dependency": ("dependency", dependency_rule),
}
#: the part of the cases that are healthy, and of the others that have two faults
_HEALTHY, _TWO = 0.17, 0.2
_GAPS = 0.2
#: what it is worth to have no logs at all, or no cluster that tells of nodes and certificates
_POORER: dict[str, dict[str, Any]] = {
    "no log lines at all": {"logs": ()},
    "no cluster to ask: no nodes, certificates, replicas": {
        "nodes": (),
        "certificates": (),
        "capacities": (),
    },
}


@dataclass(frozen=True)
class Case:
    """`faults` are (name, service), none in a healthy case; `asked` is the service in question, None for none."""

    number: int
    seed: int
    faults: tuple[tuple[str, str], ...]
    asked: str | None
    innocent: str | None
    began: float
    apart: float
    asked_at: float
    gaps: float
    hops: int = 0


@dataclass
class Share:
    """So many right of so many."""

    right: int = 0
    of: int = 0

    def add(self, right: bool) -> None:
        self.right += right
        self.of += 1

    def __str__(self) -> str:
        return f"{100 * self.right / max(1, self.of):.1f} % ({self.right} of {self.of})"

    @property
    def part(self) -> float:
        return self.right / max(1, self.of)


def _shares() -> dict[str, Share]:
    return defaultdict(Share)


@dataclass
class Figures:
    """Counts of cases, by fault (two at once: by the first). `wrong` describes every case that was answered wrongly."""

    first: dict[str, Share] = field(default_factory=_shares)
    in_three: dict[str, Share] = field(default_factory=_shares)
    without_rule: dict[str, Share] = field(default_factory=_shares)
    by_trait: dict[str, Share] = field(default_factory=_shares)
    healthy: Share = field(default_factory=Share)
    both: Share = field(default_factory=Share)
    one_told: Share = field(default_factory=Share)
    remedy: Share = field(default_factory=Share)
    disturbed: int = 0
    missing: int = 0
    cpu_seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    @staticmethod
    def whole(shares: dict[str, Share]) -> Share:
        return Share(sum(one.right for one in shares.values()), sum(one.of for one in shares.values()))


class Patchy:
    """Metrics and logs of which some do not come: which ones follows from the seed."""

    def __init__(self, metrics: Metrics, logs: Logs, seed: int, gaps: float) -> None:
        self._metrics, self._logs, self._seed, self._gaps = metrics, logs, seed, gaps

    def _draw(self, *what: object) -> Random:
        return Random(f"{self._seed}:{what}")

    def _lost(self, *what: object) -> bool:
        return self._draw(*what).random() < self._gaps

    async def series(
        self, service: str, environment: str, metric: str, stat: Stat, start: float, end: float, step: float
    ) -> MetricSeries:
        if self._lost(service, metric, step):
            raise TimedOut(f"{metric} of {service}: no answer within 5 s")
        series = await self._metrics.series(service, environment, metric, stat, start, end, step)
        draw = self._draw(service, metric, start)
        kept = [point for point in series.points if draw.random() >= self._gaps]
        return replace(series, points=tuple(kept))

    async def errors(
        self, service: str, environment: str, start: float, end: float
    ) -> tuple[ErrorCount, ...]:
        if self._lost(service, "errors"):
            raise TimedOut(f"failed requests of {service}: no answer within 5 s")
        return await self._metrics.errors(service, environment, start, end)

    async def search(
        self, service: str, environment: str, start: float, end: float, query: str = "", limit: int = 50
    ) -> tuple[LogLine, ...]:
        if self._lost(service, "logs"):
            raise TimedOut(f"logs of {service}: no answer within 5 s")
        return await self._logs.search(service, environment, start, end, query, limit)


def _places(fault: str, catalogue: Catalogue) -> list[str]:
    """Where a fault can strike."""
    services = catalogue.services
    if fault == "provider-outage":
        return [name for name, one in services.items() if one.provider]
    if fault == "gpu-oom":
        return [name for name, one in services.items() if one.gpu]
    if fault == "traffic-surge":
        return list(catalogue.user_facing)
    if fault == "vector-db-saturated":
        return ["vector-db"]
    if fault in ("cost-spike", "prompt-regression"):
        return [name for name, one in services.items() if one.models or one.provider]
    if fault in ("expired-certificate", "slow-dependency"):
        return [name for name in services if catalogue.dependants(name)]
    return list(services)


def draw(number: int, seed: int, catalogue: Catalogue) -> Case:
    """Case `number` of a bench: even ones are disturbed."""
    pick = Random(f"{seed}:{number}")
    chosen: list[tuple[str, str]] = []
    if pick.random() >= _HEALTHY:
        for name in pick.sample(list(FAULTS), 2 if pick.random() < _TWO else 1):
            free = [one for one in _places(name, catalogue) if one not in {place for _, place in chosen}]
            if free:
                chosen.append((name, pick.choice(free)))
    places = [place for _, place in chosen] or [pick.choice(list(catalogue.services))]
    asked, hops = _asked(pick, places, catalogue)
    others = [name for name in catalogue.services if name not in places]
    disturbed = number % 2 == 0
    began = TUESDAY + pick.uniform(-40.0, 40.0) * 86_400.0
    apart = pick.uniform(0.0, 600.0) if len(chosen) > 1 else 0.0
    return Case(
        number=number,
        seed=pick.randrange(1_000_000),
        faults=tuple(chosen),
        asked=asked,
        innocent=pick.choice(others) if disturbed else None,
        began=began,
        apart=apart,
        asked_at=began + apart + pick.uniform(360.0, 7200.0),
        gaps=_GAPS if disturbed else 0.0,
        hops=hops,
    )


def _asked(pick: Random, places: Sequence[str], catalogue: Catalogue) -> tuple[str | None, int]:
    """The service in question and how many calls above the sick one it is; with two faults mostly none is named."""
    if len(places) > 1 and pick.random() < 0.7:
        return None, 0
    place = places[0]
    callers = [name for name, one in catalogue.services.items() if place in one.depends_on]
    further = [name for name in catalogue.dependants(place) if name not in callers]
    choices: list[tuple[str | None, int]] = [(place, 0), (None, 0)]
    choices += [(pick.choice(callers), 1)] if callers else []
    choices += [(pick.choice(further), 2)] * 2 if further else []
    return pick.choice(choices)


async def _lay_out(case: Case, clock: ManualClock) -> Company:
    one = company(clock, case.seed)
    world = await one.world()
    if case.innocent is not None:
        pick = Random(case.seed)
        at = case.began + pick.uniform(-900.0, min(900.0, case.asked_at - case.began))
        before = world.releases.desired(case.innocent, "production", at)
        where = {"service": case.innocent, "environment": "production"}
        told = {**where, "version": f"{before}-b", "effective_at": at}
        await one.append("deployment", at, told)
        if pick.random() < 0.4:
            words = {"before": "cache_ttl_s=60", "after": "cache_ttl_s=300", "summary": "cache_ttl_s to 300"}
            await one.append("config", at + 30.0, {**where, **words})
    for number, (name, service) in enumerate(case.faults):
        clock.set(case.began + number * case.apart)
        await start_fault(one, name, clock.now(), service)
    clock.set(case.asked_at)
    return one


def _fits(cause: Cause, fault: tuple[str, str], data: dict[str, Any], catalogue: Catalogue) -> bool:
    """Whether a cause names what was broken: its kind, and where."""
    name, service = fault
    if cause.kind != FAULTS[name][0]:
        return False
    if name == "provider-outage":
        return cause.provider == catalogue.services[service].provider
    if name == "traffic-surge":
        return cause.service == str(data["bottleneck"])
    if name == "noisy-neighbour":
        known = cause.remedy.inputs["node"] if cause.remedy is not None else None
        return known == data["node"] if known else cause.service in _struck(fault, data)
    return cause.service == service


async def _started(one: Company, fault: tuple[str, str]) -> dict[str, Any]:
    world = await one.world()
    found = [trouble for trouble in world.troubles.all if trouble.name == fault[0]]
    return dict(found[-1].data) if found else {}


def _struck(fault: tuple[str, str], data: dict[str, Any]) -> set[str]:
    """Where a fault can be seen: the services that it strikes, of a surge the one that cannot bear it."""
    if fault[0] == "traffic-surge":
        return {str(data["bottleneck"])}
    return {str(one["service"]) for one in data.get("strikes", ())} or {fault[1]}


async def _one(case: Case, figures: Figures) -> None:
    clock = ManualClock(case.began)
    one = await _lay_out(case, clock)
    ports: Sources = sources(one)
    assert ports.metrics is not None and ports.logs is not None
    if case.gaps:
        patchy = Patchy(ports.metrics, ports.logs, case.seed, case.gaps)
        ports = replace(ports, metrics=patchy, logs=patchy)
    started = time.process_time()
    evidence = await gather_evidence(ports, one.catalogue, case.asked, "production", clock.now())
    told = diagnose(evidence, clock.now())
    figures.cpu_seconds += time.process_time() - started
    figures.disturbed += case.innocent is not None
    figures.missing += len(evidence.missing)
    if not case.faults:
        figures.healthy.add(told.verdict == "healthy")
        if told.verdict != "healthy":
            figures.wrong.append(f"{case}: {_words(told)}")
        return
    seen = evidence.dependencies
    broken = [(fault, await _started(one, fault)) for fault in case.faults]
    within = [(fault, data) for fault, data in broken if data.get("bottleneck", fault[1]) in seen] or broken[
        :1
    ]
    _judge(case, told, within, one.catalogue, figures)
    for what, poorer in _POORER.items():
        left = diagnose(replace(evidence, **poorer), clock.now())
        right = left.verdict == "cause" and any(
            _fits(left.causes[0], *each, one.catalogue) for each in within
        )
        figures.by_trait[what].add(right)
    if len(case.faults) == 1:
        rules = [rule for rule in RULES if rule is not FAULTS[case.faults[0][0]][1]]
        blind = diagnose(evidence, clock.now(), rules)
        figures.without_rule[case.faults[0][0]].add(blind.verdict == "unknown")
        if blind.verdict != "unknown":
            figures.wrong.append(f"{case}: without its rule: {_words(blind)}")


def _judge(
    case: Case,
    told: Diagnosis,
    broken: Sequence[tuple[tuple[str, str], dict[str, Any]]],
    catalogue: Catalogue,
    figures: Figures,
) -> None:
    """`broken` are the faults that can be seen from what was asked for."""

    def true(cause: Cause) -> bool:
        return any(_fits(cause, fault, data, catalogue) for fault, data in broken)

    name = case.faults[0][0]
    first = told.verdict == "cause" and true(told.causes[0])
    figures.first[name].add(first)
    figures.in_three[name].add(any(true(cause) for cause in told.causes[:3]))
    traits = {
        "one fault": len(case.faults) == 1,
        "two faults at once": len(case.faults) > 1,
        "asked two calls away from the cause": case.hops == 2,
        "an innocent deployment near by, facts missing": case.innocent is not None,
    }
    for trait, has in traits.items():
        if has:
            figures.by_trait[trait].add(first)
    if len(broken) > 1:
        named = [any(_fits(cause, *one, catalogue) for cause in told.together) for one in broken]
        figures.both.add(all(named))
        if not all(named):
            figures.wrong.append(f"{case}: not both: {_words(told)}")
    elif len(case.faults) == 1:
        figures.one_told.add(len(told.together) <= 1)
    if not first:
        figures.wrong.append(f"{case}: {_words(told)}")


def _words(told: Diagnosis) -> str:
    causes = "; ".join(f"{one.score} {one.kind} {one.service}" for one in told.causes[:4])
    return f"{told.verdict}, {[one.summary for one in told.symptoms[:3]]}, causes: {causes or 'none'}"


async def _all(cases: int, seed: int) -> Figures:
    figures = Figures()
    known = company(ManualClock(TUESDAY)).catalogue
    for number in range(cases):
        await _one(draw(number, seed, known), figures)
    return figures


def run(cases: int, seed: int) -> Figures:
    """Draw and answer `cases` cases."""
    return asyncio.run(_all(cases, seed))


def table(figures: Figures, cases: int, seed: int) -> str:
    """The figures as lines of text."""
    lines = [
        f"diagnosis: {cases} cases, seed {seed}; {figures.disturbed} with an innocent deployment within 15 min, "
        f"{figures.missing} facts missing",
        f"{'':24}{'first':>22}{'in first three':>22}{'rule removed: unknown':>24}",
    ]
    for name in FAULTS:
        shares = (figures.first[name], figures.in_three[name], figures.without_rule[name])
        lines.append(f"{name:24}{shares[0]!s:>22}{shares[1]!s:>22}{shares[2]!s:>24}")
    whole = [figures.whole(one) for one in (figures.first, figures.in_three, figures.without_rule)]
    lines.append(f"{'all':24}{whole[0]!s:>22}{whole[1]!s:>22}{whole[2]!s:>24}")
    lines += [f"{trait:48}{share}" for trait, share in figures.by_trait.items()]
    lines.append(f"{'healthy called healthy':48}{figures.healthy}")
    lines.append(f"{'two faults: both told':48}{figures.both}")
    lines.append(f"{'one fault: told as one':48}{figures.one_told}")
    lines.append(
        f"CPU a diagnosis, gathering included: {1000 * figures.cpu_seconds / max(1, cases):.1f} ms (cold caches)"
    )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wrong", action="store_true", help="print every case that was answered wrongly")
    asked = parser.parse_args()
    figures = run(asked.cases, asked.seed)
    print(table(figures, asked.cases, asked.seed))
    if asked.wrong:
        print("\n".join(figures.wrong))


if __name__ == "__main__":
    main()
