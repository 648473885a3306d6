"""How often is the diagnosis right?  python -m tests.bench.bench_diagnosis [--cases 200] [--seed 1]

Cases are drawn from a seed: a bad release of any service, an outage of a model provider, or a healthy hour; half of
them with an innocent deployment of another service within 15 minutes, and with some series missing. Evidence is
gathered through the ports alone.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Literal

from config.catalogue import Catalogue
from insight.diagnosis import diagnose
from insight.evidence import Diagnosis
from insight.facts import ErrorCount, MetricSeries, Stat
from insight.rules import RULES, Rule, provider_rule, release_rule
from integrations.demo.company import Company
from integrations.demo.faults import start_fault
from integrations.errors import TimedOut
from integrations.evidence import gather_evidence
from integrations.ports import Metrics, Sources
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company, sources

Kind = Literal["bad-release", "provider-outage", "healthy"]
RULE_OF: dict[Kind, Rule] = {"bad-release": release_rule, "provider-outage": provider_rule}


@dataclass(frozen=True)
class Case:
    number: int
    seed: int
    kind: Kind
    service: str
    asked: str | None
    innocent: str | None
    began: float
    asked_at: float
    gaps: float


@dataclass
class Figures:
    """Counts of cases. `wrong` describes every case that was answered wrongly."""

    faulty: int = 0
    right_first: int = 0
    healthy: int = 0
    called_healthy: int = 0
    without_rule: int = 0
    unknown_without_rule: int = 0
    disturbed: int = 0
    missing: int = 0
    cpu_seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


class Patchy:
    """Metrics of which some series do not come: which ones follows from the seed."""

    def __init__(self, behind: Metrics, seed: int, gaps: float) -> None:
        self._behind, self._seed, self._gaps = behind, seed, gaps

    def _lost(self, *what: object) -> bool:
        return Random(f"{self._seed}:{what}").random() < self._gaps

    async def series(
        self, service: str, environment: str, metric: str, stat: Stat, start: float, end: float, step: float
    ) -> MetricSeries:
        if self._lost(service, metric, step):
            raise TimedOut(f"{metric} of {service}: no answer within 5 s")
        series = await self._behind.series(service, environment, metric, stat, start, end, step)
        kept = [
            point for point in series.points if not self._lost(service, metric, point.at) or self._gaps == 0
        ]
        return replace(series, points=tuple(kept))

    async def errors(
        self, service: str, environment: str, start: float, end: float
    ) -> tuple[ErrorCount, ...]:
        if self._lost(service, "errors"):
            raise TimedOut(f"failed requests of {service}: no answer within 5 s")
        return await self._behind.errors(service, environment, start, end)


def draw(number: int, seed: int, catalogue: Catalogue) -> Case:
    """Case `number` of a bench: even ones are disturbed by an innocent deployment and missing series."""
    pick = Random(f"{seed}:{number}")
    kind: Kind = pick.choice(("bad-release", "bad-release", "provider-outage", "healthy", "healthy"))
    routed = [name for name, one in catalogue.services.items() if one.provider]
    service = pick.choice(routed if kind == "provider-outage" else list(catalogue.services))
    asked = pick.choice((service, service, None, *catalogue.dependants(service)[:2]))
    others = [name for name in catalogue.services if name != service]
    disturbed = number % 2 == 0
    began = TUESDAY + pick.uniform(-40.0, 40.0) * 86_400.0
    return Case(
        number,
        pick.randrange(1_000_000),
        kind,
        service,
        asked,
        pick.choice(others) if disturbed else None,
        began,
        began + pick.uniform(120.0, 7200.0),
        0.2 if disturbed else 0.0,
    )


async def _lay_out(case: Case, clock: ManualClock) -> Company:
    one = company(clock, case.seed)
    world = await one.world()
    if case.innocent is not None:
        at = case.began + Random(case.seed).uniform(-900.0, min(900.0, case.asked_at - case.began))
        before = world.releases.desired(case.innocent, "production", at)
        data = {
            "service": case.innocent,
            "environment": "production",
            "version": f"{before}-b",
            "effective_at": at,
        }
        await one.append("deployment", at, data)
    if case.kind != "healthy":
        await start_fault(one, case.kind, case.began, case.service)
    clock.set(case.asked_at)
    return one


def _right(case: Case, told: Diagnosis, catalogue: Catalogue) -> bool:
    if told.verdict != "cause":
        return False
    first = told.causes[0]
    if case.kind == "bad-release":
        return first.kind == "release" and first.service == case.service
    return first.kind == "provider" and first.provider == catalogue.services[case.service].provider


async def _one(case: Case, figures: Figures) -> None:
    clock = ManualClock(case.began)
    one = await _lay_out(case, clock)
    ports: Sources = sources(one)
    assert ports.metrics is not None
    if case.gaps:
        ports = replace(ports, metrics=Patchy(ports.metrics, case.seed, case.gaps))
    started = time.process_time()
    evidence = await gather_evidence(ports, one.catalogue, case.asked, "production", clock.now())
    told = diagnose(evidence, clock.now())
    figures.cpu_seconds += time.process_time() - started
    figures.disturbed += case.innocent is not None
    figures.missing += len(evidence.missing)
    if case.kind == "healthy":
        figures.healthy += 1
        good = told.verdict == "healthy"
        figures.called_healthy += good
    else:
        figures.faulty += 1
        good = _right(case, told, one.catalogue)
        figures.right_first += good
        rules: Sequence[Rule] = [rule for rule in RULES if rule is not RULE_OF[case.kind]]
        figures.without_rule += 1
        blind = diagnose(evidence, clock.now(), rules)
        figures.unknown_without_rule += blind.verdict == "unknown"
        if blind.verdict != "unknown":
            figures.wrong.append(f"{case}: without its rule: {_words(blind)}")
    if not good:
        figures.wrong.append(f"{case}: {_words(told)}")


def _words(told: Diagnosis) -> str:
    causes = "; ".join(f"{one.score} {one.summary}" for one in told.causes[:3])
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
    rows = (
        ("true cause first", figures.right_first, figures.faulty, "≥ 90 %"),
        ("healthy called healthy", figures.called_healthy, figures.healthy, "≥ 95 %"),
        ("unknown with the rule removed", figures.unknown_without_rule, figures.without_rule, "says so"),
    )
    lines = [
        f"diagnosis: {cases} cases, seed {seed}; {figures.disturbed} with an innocent deployment within 15 min, "
        f"{figures.missing} facts missing",
        f"{'':32}{'right':>6}{'of':>6}{'share':>9}   wanted",
    ]
    lines += [
        f"{name:32}{right:>6}{of:>6}{right / max(1, of):>9.1%}   {want}" for name, right, of, want in rows
    ]
    lines.append(
        f"CPU a diagnosis, gathering included: {1000 * figures.cpu_seconds / max(1, cases):.1f} ms (cold caches)"
    )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wrong", action="store_true", help="print every case that was answered wrongly")
    asked = parser.parse_args()
    figures = run(asked.cases, asked.seed)
    print(table(figures, asked.cases, asked.seed))
    if asked.wrong:
        print("\n".join(figures.wrong))


if __name__ == "__main__":
    main()
