"""Ten faults of the demo company, each healed by its remedy, and by no other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from insight.diagnosis import diagnose
from integrations.demo import open_company
from integrations.demo.faults import FAULTS, start_fault
from integrations.demo.sources import demo_sources
from integrations.demo.world import World
from integrations.evidence import gather_evidence
from runbooks.plan import RunRequest
from store.engine import Database
from store.records import Run
from tests.runbooks.test_library import Company
from tests.runbooks.world import MARIA, PRIYA
from tests.support.clock import ManualClock

PRODUCTION = "production"


@dataclass(frozen=True)
class Remedy:
    """What a fault is healed by; `sick` is the service to look at, `metric` what the fault moves there."""

    fault: str
    runbook: str
    inputs: dict[str, Any]
    sick: str
    metric: str


REMEDIES = (
    Remedy("bad-release", "rollback-service", {"service": "rag-api"}, "rag-api", "error_rate"),
    Remedy("provider-outage", "provider-failover", {"service": "llm-gateway"}, "llm-gateway", "error_rate"),
    Remedy("gpu-oom", "gpu-oom-recovery", {"service": "vllm-pool"}, "vllm-pool", "memory"),
    Remedy(
        "traffic-surge",
        "scale-service",
        {"service": "{bottleneck}", "replicas": "{double}"},
        "{bottleneck}",
        "latency",
    ),
    Remedy("vector-db-saturated", "reindex-vectors", {"service": "vector-db"}, "vector-db", "saturation"),
    Remedy(
        "vector-db-saturated",
        "scale-service",
        {"service": "vector-db", "replicas": 12},
        "vector-db",
        "saturation",
    ),
    Remedy("cost-spike", "token-cap", {"service": "summarizer"}, "summarizer", "cost"),
    Remedy(
        "cost-spike", "budget-stop", {"service": "summarizer", "daily_usd": "{daily}"}, "summarizer", "cost"
    ),
    Remedy("prompt-regression", "prompt-rollback", {"service": "rag-api"}, "rag-api", "eval_score"),
    Remedy(
        "expired-certificate",
        "certificate-renewal",
        {"service": "payments-api"},
        "payments-api",
        "error_rate",
    ),
    Remedy("noisy-neighbour", "drain-node", {"service": "embeddings"}, "embeddings", "latency"),
    Remedy("slow-dependency", "cache-flush", {"service": "billing"}, "billing", "latency"),
    Remedy("slow-dependency", "restart-service", {"service": "billing"}, "billing", "latency"),
)
#: what a fault is not healed by, though somebody might try it
WRONG = (
    ("bad-release", "restart-service", {"service": "rag-api"}),
    ("provider-outage", "rollback-service", {"service": "llm-gateway"}),
    ("gpu-oom", "restart-service", {"service": "vllm-pool"}),
    ("traffic-surge", "restart-service", {"service": "chat-frontend"}),
    ("vector-db-saturated", "cache-flush", {"service": "vector-db"}),
    ("cost-spike", "restart-service", {"service": "summarizer"}),
    ("prompt-regression", "rollback-service", {"service": "rag-api"}),
    ("expired-certificate", "restart-service", {"service": "payments-api"}),
    ("noisy-neighbour", "scale-service", {"service": "embeddings", "replicas": 6}),
    ("slow-dependency", "scale-service", {"service": "billing", "replicas": 4}),
)
#: faults of others, which a remedy gets out of the way of
ENDS_BY_ITSELF = {"provider-outage"}


@pytest.fixture
def company(sqlite_database: Database, clock: ManualClock) -> Company:
    rig = Company(sqlite_database, clock, books=())
    rig.over_demo()
    return rig


async def broken(company: Company, fault: str) -> World:
    one = open_company(company.deps)
    await start_fault(one, fault, company.clock.now())
    company.clock.advance(600)
    return await open_company(company.deps).world()


def filled(world: World, value: Any) -> Any:
    """`{bottleneck}` and twice its replicas, which only the fault knows."""
    if value not in ("{bottleneck}", "{double}"):
        return value
    service = world.troubles.all[-1].data["bottleneck"]
    return service if value == "{bottleneck}" else 2 * world.fleet.wanted((service, PRODUCTION))


async def done(company: Company, runbook: str, inputs: dict[str, Any]) -> Run:
    request = RunRequest(runbook, {**inputs, "environment": PRODUCTION}, "maria", "rest:ses_1", "req_1")
    proposal = await company.runbooks.propose(request, MARIA)
    assert proposal.run is not None and proposal.approval is not None, proposal.verdict.reason
    await company.approve(proposal.approval, PRIYA)
    await company.submit(proposal.run.id)
    await company.work()
    return await company.run(proposal.run.id)


async def measured(company: Company, service: str, metric: str, at: float) -> float:
    one = open_company(company.deps)
    await one.world()
    values = one.telemetry.values((service, PRODUCTION), metric, "mean", at + np.arange(0.0, 300.0, 15.0))
    return float(values.mean())


@pytest.mark.parametrize("remedy", REMEDIES, ids=lambda one: f"{one.fault} by {one.runbook}")
async def test_a_fault_is_healed_by_its_remedy_and_the_service_is_as_before(
    company: Company, remedy: Remedy
) -> None:
    start = company.clock.now()
    world = await broken(company, remedy.fault)
    assert remedy.fault in world.running_faults(company.clock.now())
    sick = filled(world, remedy.sick)
    usual = await measured(company, sick, remedy.metric, start - 600)
    ill = await measured(company, sick, remedy.metric, start + 300)
    inputs = {key: filled(world, value) for key, value in remedy.inputs.items()}
    if inputs.get("daily_usd") == "{daily}":
        inputs["daily_usd"] = round(24 * 1.5 * usual)
    run = await done(company, remedy.runbook, inputs)
    assert (run.status, run.error) == ("succeeded", None)
    world = await open_company(company.deps).world()
    assert remedy.fault not in world.running_faults(company.clock.now()) - ENDS_BY_ITSELF
    company.clock.advance(2400)
    well = await measured(company, sick, remedy.metric, company.clock.now())
    assert (well - usual) / (ill - usual) < 0.35, (usual, ill, well)


@pytest.mark.parametrize("fault, runbook, inputs", WRONG, ids=lambda one: one if isinstance(one, str) else "")
async def test_a_fault_goes_on_after_another_remedy(
    company: Company, fault: str, runbook: str, inputs: dict[str, Any]
) -> None:
    start, right = company.clock.now(), next(one for one in REMEDIES if one.fault == fault)
    sick = filled(await broken(company, fault), right.sick)
    usual = await measured(company, sick, right.metric, start - 600)
    ill = await measured(company, sick, right.metric, start + 300)
    await done(company, runbook, inputs)
    company.clock.advance(300)
    still = await measured(company, sick, right.metric, company.clock.now())
    assert abs(still - usual) > 0.6 * abs(ill - usual), (usual, ill, still)
    world = await open_company(company.deps).world()
    assert fault in world.running_faults(company.clock.now())


def test_every_fault_has_a_remedy_and_one_that_is_none() -> None:
    names = {fault.name for fault in FAULTS}
    assert {one.fault for one in REMEDIES} == {fault for fault, _, _ in WRONG} == names


@pytest.mark.parametrize("fault", sorted({one.fault for one in REMEDIES}))
async def test_what_a_diagnosis_proposes_heals(company: Company, fault: str) -> None:
    world = await broken(company, fault)
    right = next(one for one in REMEDIES if one.fault == fault)
    sources = demo_sources(open_company(company.deps))
    evidence = await gather_evidence(
        sources, company.catalogue, filled(world, right.sick), PRODUCTION, company.clock.now()
    )
    remedy = diagnose(evidence, company.clock.now()).causes[0].remedy
    assert remedy is not None
    assert remedy.runbook in {one.runbook for one in REMEDIES if one.fault == fault}
    run = await done(company, remedy.runbook, dict(remedy.inputs))
    assert (run.status, run.error) == ("succeeded", None)
    world = await open_company(company.deps).world()
    assert fault not in world.running_faults(company.clock.now()) - ENDS_BY_ITSELF
