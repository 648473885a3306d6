"""What is spent, against the telemetry and the budgets."""

from __future__ import annotations

import numpy as np
import pytest

from integrations.demo.costs import DemoCosts
from integrations.demo.prices import HOURS, price
from integrations.errors import Absent, Refused
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company

DAY = 86_400.0


@pytest.mark.parametrize("seed, days, step", [(1, 1, 3600.0), (2, 7, DAY), (3, 30, DAY)])
async def test_the_items_of_a_service_add_up_to_its_cost_and_token_metrics(
    seed: int, days: int, step: float
) -> None:
    one = company(ManualClock(TUESDAY), seed)
    start = TUESDAY - days * DAY
    found = await DemoCosts(one).spend(start, TUESDAY, step, "production")
    times = start + np.arange(0.0, days * DAY, 60.0)
    for service in one.catalogue.services:
        key, own = (service, "production"), [each for each in found if each.service == service]
        spent = sum(point.value for each in own for point in each.points)
        cost = one.telemetry.values(key, "cost", "mean", times).sum() * 60.0 / 3600.0
        assert spent == pytest.approx(cost, rel=0.01)
        if "tokens" in one.telemetry.metrics(service):
            used = one.telemetry.values(key, "tokens", "mean", times).sum() * 60.0
            assert sum(each.tokens for each in own) == pytest.approx(used, rel=0.01)
        assert all(len(each.points) == round(days * DAY / step) for each in own)


async def test_a_model_is_billed_by_its_tokens_and_a_service_with_gpus_by_its_replicas() -> None:
    one = company(ManualClock(TUESDAY))
    found = await DemoCosts(one).spend(TUESDAY - 7 * DAY, TUESDAY, DAY, "production")
    by = {(each.service, each.item): each for each in found}
    for (service, item), each in by.items():
        total = sum(point.value for point in each.points)
        if item in one.catalogue.models:
            gpu = one.catalogue.services[service].gpu
            assert total == pytest.approx(0.0 if gpu else each.tokens * price(item) / 1e6, rel=0.02)
        else:
            assert each.tokens == 0.0
    profile = one.telemetry.profile(("vllm-pool", "production"))
    machines = sum(point.value for point in by["vllm-pool", "gpu"].points)
    assert machines == pytest.approx(profile.machines * 7 * 24, rel=0.02)


async def test_a_step_that_is_not_over_counts_as_far_as_it_went_and_the_future_is_free() -> None:
    one = company(ManualClock(TUESDAY))
    costs = DemoCosts(one)
    hours = await costs.spend(TUESDAY - 6 * 3600.0, TUESDAY, 3600.0, "production")
    day = await costs.spend(TUESDAY - 6 * 3600.0, TUESDAY + 30 * DAY, DAY, "production")
    for short, whole in zip(hours, day, strict=True):
        assert len(whole.points) == 1
        sums = [sum(point.value for point in each.points) for each in (short, whole)]
        assert sums[1] == pytest.approx(sums[0], rel=0.05, abs=0.01)
    assert await costs.spend(TUESDAY, TUESDAY + DAY, DAY) == ()


async def test_every_team_has_a_budget_and_one_is_close_to_it() -> None:
    one = company(ManualClock(TUESDAY))
    costs = DemoCosts(one)
    found = await costs.spend(TUESDAY - 28 * DAY, TUESDAY, DAY)
    budgets = {each.scope: each for each in await costs.budgets() if each.kind == "team"}
    assert set(budgets) == {service.owner for service in one.catalogue.services.values()}
    parts = {}
    for team, budget in budgets.items():
        spent = sum(point.value for each in found if each.team == team for point in each.points)
        parts[team] = spent / 28 / 24 * HOURS / budget.monthly
    assert 0.93 < max(parts.values()) < 1.0
    assert sorted(parts.values())[-2] < 0.85


async def test_what_cannot_be_told_is_said() -> None:
    costs = DemoCosts(company(ManualClock(TUESDAY)))
    with pytest.raises(Refused, match="Costs come by the hour at the finest; 60 s is less"):
        await costs.spend(0.0, TUESDAY, 60.0)
    with pytest.raises(Absent, match="no environment 'moon'"):
        await costs.spend(0.0, TUESDAY, DAY, "moon")
