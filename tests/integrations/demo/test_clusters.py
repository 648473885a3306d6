"""Nodes and certificates of the demo company."""

from __future__ import annotations

import pytest

from integrations.demo.clusters import DemoClusters, expires_at, node_of
from integrations.demo.faults import start_fault, stop_fault
from integrations.demo.history import DAY
from integrations.errors import Absent
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company

PAYMENTS = ("payments-api", "production")


async def test_every_service_runs_on_one_node_and_accelerated_ones_on_their_own() -> None:
    one = company(ManualClock(TUESDAY))
    nodes = await DemoClusters(one).nodes("production")
    placed = [tenant.name for node in nodes for tenant in node.tenants if tenant.kind == "service"]
    assert sorted(placed) == sorted(one.catalogue.services)
    (home,) = [node for node in nodes if "embeddings" in {tenant.name for tenant in node.tenants}]
    assert home.accelerator and not home.cordoned
    assert not [
        tenant for node in nodes for tenant in node.tenants if tenant.kind == "job" and tenant.share > 0.1
    ]
    with pytest.raises(Absent, match="no environment 'moon'"):
        await DemoClusters(one).nodes("moon")


async def test_a_greedy_job_is_on_the_node_until_it_is_drained_and_the_services_move() -> None:
    clock = ManualClock(TUESDAY)
    one = company(clock)
    await start_fault(one, "noisy-neighbour", TUESDAY)
    clock.advance(60)
    world = await one.world()
    node = node_of(world, "embeddings", "production", clock.now())
    (home,) = [found for found in await DemoClusters(one).nodes("production") if found.name == node]
    (job,) = [tenant for tenant in home.tenants if tenant.kind == "job" and tenant.share > 0.3]
    assert job.since == TUESDAY
    drained = {"node": node, "environment": "production", "services": ["embeddings"]}
    await one.append("node.drained", clock.now(), drained)
    clock.advance(1)
    (home,) = [found for found in await DemoClusters(one).nodes("production") if found.name == node]
    assert home.cordoned and [tenant.name for tenant in home.tenants] == ["log-shipper"]
    assert node_of(world, "embeddings", "production", clock.now()) == "gpu-production-spare"
    await one.append("node.uncordoned", clock.now(), drained)
    assert node_of(world, "embeddings", "production", clock.now()) == node


async def test_certificates_are_renewed_in_time_unless_one_is_forgotten() -> None:
    clock = ManualClock(TUESDAY)
    one = company(clock)
    world = await one.world()
    for day in range(0, 200, 7):
        for service in one.catalogue.services:
            left = expires_at(world, (service, "production"), TUESDAY + day * DAY) - TUESDAY - day * DAY
            assert 30 * DAY <= left <= 90 * DAY
    await start_fault(one, "expired-certificate", TUESDAY)
    assert expires_at(world, PAYMENTS, TUESDAY + 60) == TUESDAY
    renewed = {"service": PAYMENTS[0], "environment": PAYMENTS[1], "expires_at": TUESDAY + 80 * DAY}
    await one.append("certificate.renewed", TUESDAY + 100, renewed)
    assert expires_at(world, PAYMENTS, TUESDAY + 200) == TUESDAY + 80 * DAY
    found = {cert.service: cert for cert in await DemoClusters(one).certificates("production")}
    assert set(found) == set(one.catalogue.services)
    assert found["payments-api"].subject == "payments-api.production.internal"


async def test_a_stopped_fault_leaves_a_good_certificate() -> None:
    one = company(ManualClock(TUESDAY))
    await start_fault(one, "expired-certificate", TUESDAY)
    await stop_fault(one, "expired-certificate", TUESDAY + 60)
    assert expires_at(await one.world(), PAYMENTS, TUESDAY + 61) > TUESDAY + 20 * DAY
