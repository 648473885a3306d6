"""Read actions over what carries the services, on the demo company."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.demo.faults import start_fault
from integrations.errors import Absent
from integrations.hosting_reads import hosting_reads
from integrations.ports import Sources
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company, context, given, sources


def world() -> tuple[Any, ManualClock, Any]:
    clock = ManualClock(TUESDAY)
    one = company(clock)
    actions = {action.name: action for action in hosting_reads(sources(one))}

    async def ask(name: str, **inputs: Any) -> Any:
        action = actions[name]
        return await action.run(context(clock), given(action, **inputs))

    return one, clock, ask


async def test_replicas_are_told_with_their_bounds_and_cost() -> None:
    _, _, ask = world()
    found = await ask("capacity.status", service="vllm-pool")
    assert found.minimum <= found.replicas <= found.maximum and found.accelerator and found.monthly_cost > 500
    with pytest.raises(Absent, match="moon has no replicas in production"):
        await ask("capacity.status", service="moon")


async def test_the_node_of_a_service_is_told_with_the_job_that_disturbs_it() -> None:
    one, clock, ask = world()
    (calm,) = (await ask("nodes.list", service="embeddings")).nodes
    assert "embeddings" in calm.services and calm.busiest_share < 0.1
    await start_fault(one, "noisy-neighbour", TUESDAY)
    clock.advance(120)
    (busy,) = (await ask("nodes.list", service="embeddings")).nodes
    assert busy.name == calm.name and busy.busiest_share > 0.5 and busy.busiest in busy.jobs
    assert (await ask("nodes.list", node=calm.name)).count == 1
    assert (await ask("nodes.list")).count > 3


async def test_a_certificate_is_told_with_the_days_it_has_left() -> None:
    one, clock, ask = world()
    good = await ask("certificates.status", service="payments-api")
    assert not good.expired and 0 < good.days_left < 91
    await start_fault(one, "expired-certificate", TUESDAY)
    clock.advance(3600)
    bad = await ask("certificates.status", service="payments-api")
    assert bad.expired and bad.days_left == pytest.approx(-1 / 24, abs=0.01)


async def test_changes_of_a_service_are_told_in_one_line() -> None:
    one, clock, ask = world()
    await start_fault(one, "bad-release", TUESDAY)
    clock.advance(60)
    found = await ask("deployments.changes", service="rag-api", window=120)
    assert found.count == 1 and found.summary.startswith("Release ")
    clock.advance(60)
    assert (await ask("deployments.changes", service="rag-api", window=60)).summary == "nothing"


def test_a_port_that_is_not_set_up_has_no_action() -> None:
    assert hosting_reads(Sources()) == ()
