"""What the services can bear and promise, against the telemetry."""

from __future__ import annotations

import numpy as np
import pytest

from integrations.demo.capacities import DemoCapacities, DemoObjectives
from integrations.errors import Absent
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company, sources

DAY = 86_400.0


async def test_saturation_is_what_the_replicas_leave_of_their_capacity() -> None:
    one = company(ManualClock(TUESDAY))
    times = TUESDAY - DAY + np.arange(0.0, DAY, 300.0)
    for each in await DemoCapacities(one).capacity("production"):
        key = (each.service, each.environment)
        used = one.telemetry.values(key, "throughput", "mean", times).mean()
        told = one.telemetry.values(key, "saturation", "mean", times).mean()
        assert told == pytest.approx(0.2 + 0.8 * used / (each.replicas * each.per_replica), rel=0.02)


async def test_every_service_is_told_with_the_replicas_that_its_release_has() -> None:
    one = company(ManualClock(TUESDAY))
    ports = sources(one)
    assert ports.capacities is not None and ports.deployments is not None
    for environment in one.catalogue.environments:
        found = await ports.capacities.capacity(environment)
        assert [each.service for each in found] == list(one.catalogue.services)
        for each in found:
            release = await ports.deployments.release(each.service, environment)
            assert release.replicas == each.replicas
            assert 1 <= each.minimum <= each.replicas <= each.maximum
            assert (each.accelerator is not None) == one.catalogue.services[each.service].gpu
    with pytest.raises(Absent, match="no environment 'moon'"):
        await ports.capacities.capacity("moon")


async def test_what_users_see_promises_to_answer_and_keeps_it_on_an_usual_day() -> None:
    one = company(ManualClock(TUESDAY))
    found = await DemoObjectives(one).objectives()
    assert {each.service for each in found} == set(one.catalogue.user_facing)
    times = TUESDAY - DAY + np.arange(0.0, DAY, 300.0)
    for each in found:
        key = (each.service, each.environment)
        if each.indicator == "availability":
            failed = one.telemetry.values(key, "error_rate", "mean", times).mean()
            assert 0.1 < failed / (1.0 - each.target) < 1.0
        else:
            assert each.threshold is not None
            slow = (one.telemetry.values(key, "latency", "p95", times) > each.threshold).mean()
            assert slow < 1.0 - each.target
    assert {"availability", "latency"} == {each.indicator for each in found}
