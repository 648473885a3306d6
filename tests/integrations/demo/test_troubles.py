"""What ends each trouble, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.demo.company import Company
from integrations.demo.faults import start_fault
from integrations.demo.troubles import REMEDIES, Trouble
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company

HERE = {"environment": "production"}


async def begun(name: str, service: str | None = None) -> tuple[Company, Trouble]:
    one = company(ManualClock(TUESDAY))
    await start_fault(one, name, TUESDAY, service)
    return one, (await one.world()).troubles.all[0]


def remedy(trouble: Trouble) -> list[tuple[str, dict[str, Any]]]:
    """The events of the right remedy, in their order."""
    at: dict[str, Any] = {"service": trouble.service, **HERE}
    found: dict[str, list[tuple[str, dict[str, Any]]]] = {
        "gpu-oom": [("limit.set", {**at, "name": "max_context_tokens", "value": 8192}), ("restart", at)],
        "traffic-surge": [
            ("scale", {**HERE, "service": trouble.data.get("bottleneck"), "replicas": 99}),
        ],
        "vector-db-saturated": [("index.rebuilt", at)],
        "cost-spike": [("limit.set", {**at, "name": "max_tokens", "value": 600})],
        "prompt-regression": [
            (
                "prompt.set",
                {**HERE, "prompt": trouble.data.get("prompt"), "version": trouble.data.get("before")},
            )
        ],
        "expired-certificate": [("certificate.renewed", {**at, "expires_at": TUESDAY + 9e6})],
        "noisy-neighbour": [
            ("node.drained", {**HERE, "node": trouble.data.get("node"), "services": [trouble.service]})
        ],
        "slow-dependency": [("restart", at)],
    }
    return found[trouble.name]


NAMES = (
    "gpu-oom", "traffic-surge", "vector-db-saturated", "cost-spike", "prompt-regression", "expired-certificate",
    "noisy-neighbour", "slow-dependency",
)  # fmt: skip


async def act(one: Company, at: float, kind: str, data: dict[str, Any]) -> None:
    await one.append(kind, at, {**data, "effective_at": at + 20.0})


@pytest.mark.parametrize("name", NAMES)
async def test_the_right_remedy_ends_it_when_it_takes_effect(name: str) -> None:
    one, trouble = await begun(name)
    world = await one.world()
    steps = remedy(trouble)
    for number, (kind, data) in enumerate(steps):
        assert world.running_faults(TUESDAY + 600) == {name}
        await act(one, TUESDAY + 600 + 60 * number, kind, data)
    assert world.running_faults(TUESDAY + 900) == set()
    assert world.troubles.span(trouble).end == TUESDAY + 620 + 60 * (len(steps) - 1)


@pytest.mark.parametrize("name", NAMES)
async def test_the_remedies_of_all_other_troubles_do_not_end_it(name: str) -> None:
    one, _ = await begun(name)
    world = await one.world()
    for other in NAMES:
        if other == name:
            continue
        _, another = await begun(other)
        for kind, data in remedy(another):
            await act(one, TUESDAY + 600, kind, data)
    assert world.running_faults(TUESDAY + 900) == {name}


@pytest.mark.parametrize("name", NAMES)
async def test_the_right_remedy_in_another_environment_does_not_end_it(name: str) -> None:
    one, trouble = await begun(name)
    for kind, data in remedy(trouble):
        await act(one, TUESDAY + 600, kind, {**data, "environment": "staging"})
    assert (await one.world()).running_faults(TUESDAY + 900) == {name}


async def test_a_limit_binds_only_workers_that_start_after_it() -> None:
    one, trouble = await begun("gpu-oom")
    limit, restart = remedy(trouble)
    await act(one, TUESDAY + 500, *restart)
    await act(one, TUESDAY + 600, *limit)
    assert (await one.world()).running_faults(TUESDAY + 900) == {"gpu-oom"}
    assert (await one.world()).troubles.span(trouble).relieved == (TUESDAY + 520,)
    await act(one, TUESDAY + 700, *restart)
    assert (await one.world()).running_faults(TUESDAY + 900) == set()


async def test_a_limit_that_is_still_too_high_and_a_few_more_replicas_do_not_help() -> None:
    one, trouble = await begun("gpu-oom")
    limit, restart = remedy(trouble)
    await act(one, TUESDAY + 500, "limit.set", {**limit[1], "value": 16384})
    await act(one, TUESDAY + 600, *restart)
    assert (await one.world()).running_faults(TUESDAY + 900) == {"gpu-oom"}
    one, trouble = await begun("traffic-surge")
    ((kind, data),) = remedy(trouble)
    await act(one, TUESDAY + 500, kind, {**data, "replicas": trouble.data["replicas"] + 1})
    few = trouble.data["replicas"] >= 3
    assert (await one.world()).running_faults(TUESDAY + 900) == ({"traffic-surge"} if few else set())


async def test_scaling_or_flushing_helps_where_it_can() -> None:
    one, trouble = await begun("vector-db-saturated")
    more = {"service": "vector-db", **HERE, "replicas": 2 * trouble.data["replicas"]}
    await act(one, TUESDAY + 500, "scale", more)
    assert (await one.world()).running_faults(TUESDAY + 900) == set()
    one, trouble = await begun("slow-dependency", "vector-db")
    await act(one, TUESDAY + 500, "cache.flushed", {"service": "vector-db", **HERE})
    assert (await one.world()).running_faults(TUESDAY + 900) == set()


async def test_the_requests_of_a_surge_stay_a_while_after_they_can_be_borne() -> None:
    one, trouble = await begun("traffic-surge")
    await act(one, TUESDAY + 500, *remedy(trouble)[0])
    (surge,) = [span for _, strike, span in (await one.world()).troubles.at(("chat-frontend", "production"))]
    assert surge.end == TUESDAY + 520 + 1800


def test_every_event_of_a_remedy_is_known() -> None:
    assert {"restart", "scale", "limit.set", "prompt.set", "node.drained"} < REMEDIES
