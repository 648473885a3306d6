"""Nodes and certificates: what is moved, what is renewed."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.demo.faults import start_fault
from integrations.demo.hosting import hosting_actions
from integrations.demo.sources import demo_sources
from integrations.errors import Absent
from tests.integrations.demo.shop import Shop, shop
from tests.support.fleet import TUESDAY


@pytest.fixture
def bench() -> Shop:
    return shop(hosting_actions)


async def node(bench: Shop, name: str) -> Any:
    clusters = demo_sources(bench.company).clusters
    assert clusters is not None
    return next(one for one in await clusters.nodes("production") if one.name == name)


async def test_services_move_off_a_node_that_is_drained_and_come_back(bench: Shop) -> None:
    (service,) = [
        one.name for one in (await node(bench, "gpu-production-1")).tenants if one.kind == "service"
    ]
    change = await bench.plan("nodes.drain", node="gpu-production-1")
    assert change.targets == (service,)
    await bench.run("nodes.drain", node="gpu-production-1")
    bench.clock.advance(60)
    empty = await node(bench, "gpu-production-1")
    assert empty.cordoned and service not in [one.name for one in empty.tenants]
    await bench.run("nodes.uncordon", key="back", node="gpu-production-1")
    bench.clock.advance(60)
    again = await node(bench, "gpu-production-1")
    assert not again.cordoned and service in [one.name for one in again.tenants]


async def test_an_unknown_node_is_told_with_those_there_are(bench: Shop) -> None:
    with pytest.raises(Absent, match=r"no node 'moon-1' in production. There are: gpu-production-1"):
        await bench.plan("nodes.drain", node="moon-1")
    with pytest.raises(Absent, match="no environment 'moon'"):
        await bench.plan("nodes.drain", node="gpu-production-1", environment="moon")


async def test_a_certificate_that_expired_is_renewed(bench: Shop) -> None:
    await start_fault(bench.company, "expired-certificate", TUESDAY)
    bench.clock.advance(300)
    change = await bench.plan("certificates.renew", service="payments-api", days=30)
    assert change.before == {"expires": "2026-09-22 10:00 UTC"}
    assert change.after == {"expires": "2026-10-22 10:05 UTC"}
    done = await bench.run("certificates.renew", service="payments-api", days=30)
    assert done.expires_at == TUESDAY + 300 + 30 * 86_400
    bench.clock.advance(60)
    again = await bench.run("certificates.renew", service="payments-api", days=30)
    assert again == done
    world = await bench.company.world()
    assert world.running_faults(bench.clock.now()) == set()
