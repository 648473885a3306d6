"""Canaries, models and prompts: shown, done, and felt in the telemetry."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from integrations.demo.costs import DemoCosts
from integrations.demo.faults import start_fault
from integrations.demo.shifting import read_params, shifting_actions
from integrations.errors import Refused
from tests.integrations.demo.shop import Shop, shop
from tests.support.fleet import TUESDAY

RAG = ("rag-api", "production")


@pytest.fixture
def bench() -> Shop:
    return shop(shifting_actions)


def mean(bench: Shop, metric: str, at: float) -> float:
    times = at + np.arange(0.0, 300.0, 15.0)
    return float(bench.company.telemetry.values(RAG, metric, "mean", times).mean())


async def test_a_canary_takes_its_part_and_is_told_beside_the_release(bench: Shop) -> None:
    before: Any = await bench.run("canary.status", service="rag-api")
    assert (before.version, before.percent, before.error_rate) == (None, 0.0, None)
    wish = {"service": "rag-api", "version": before.builds[0], "percent": 10}
    change = await bench.plan("traffic.shift", **wish)
    assert (change.before, change.after) == ({"canary": "none"}, {"canary": f"{before.builds[0]} at 10 %"})
    assert await bench.happened("traffic.shift", change.before, **wish) == "no"
    now = await bench.run("traffic.shift", **wish)
    assert (now.version, now.percent, now.stable) == (before.builds[0], 10.0, before.stable)
    assert now.error_rate == pytest.approx(now.stable_error_rate)
    assert await bench.happened("traffic.shift", change.before, **wish) == "yes"
    assert await bench.run("traffic.shift", **wish) == now
    ended = await bench.run("traffic.shift", key="end", **{**wish, "percent": 0})
    assert ended.version is None
    with pytest.raises(Refused, match=r"runs .* already: it cannot be its canary"):
        await bench.plan("traffic.shift", **{**wish, "version": before.stable})
    with pytest.raises(Refused, match=r"no build 0\.0\.1 of rag-api"):
        await bench.plan("traffic.shift", **{**wish, "version": "0.0.1"})


async def test_a_bad_canary_fails_its_own_requests_and_no_more_than_its_part(bench: Shop) -> None:
    await start_fault(bench.company, "bad-release", TUESDAY)
    world = await bench.company.world()
    bad = world.releases.desired("rag-api", "production", TUESDAY + 60)
    good = world.releases.previous("rag-api", "production", TUESDAY + 60)
    where = {"service": "rag-api", "environment": "production"}
    data = {**where, "version": good, "back": True, "effective_at": TUESDAY + 90}
    await bench.company.append("deployment", TUESDAY + 60, data)
    usual = mean(bench, "error_rate", TUESDAY + 600)
    bench.clock.advance(900)
    await bench.run("traffic.shift", service="rag-api", version=bad, percent=20)
    bench.clock.advance(300)
    now = await bench.run("canary.status", service="rag-api")
    assert now.error_rate > 0.08 > 0.02 > now.stable_error_rate
    extra = mean(bench, "error_rate", bench.clock.now() - 150) - usual
    assert extra == pytest.approx(0.2 * (now.error_rate - now.stable_error_rate), rel=0.25)


async def test_a_model_is_deployed_with_what_was_said_and_keeps_the_rest(bench: Shop) -> None:
    first = await bench.run("models.status", service="rag-api")
    assert first.model == "gpt-4o" and first.params["temperature"] == 0.7
    done = await bench.run(
        "models.deploy",
        service="rag-api",
        model="gpt-4o",
        version="2026-08",
        params="temperature=0.2, max_tokens=512",
    )
    assert done.params == {**first.params, "temperature": 0.2, "max_tokens": 512}
    assert done.version == "2026-08"
    change = await bench.plan("models.deploy", service="rag-api", model="gpt-4", params={"top_p": 0.9})
    assert change.before == {"model": "gpt-4o 2026-08 (temperature=0.2 max_tokens=512)"}
    assert change.after == {"model": "gpt-4 (temperature=0.2 top_p=0.9 max_tokens=512)"}


async def test_a_dearer_model_costs_what_its_plan_said(bench: Shop) -> None:
    change = await bench.plan("models.deploy", service="rag-api", model="gpt-4-turbo")
    assert change.cost_per_month > 0
    usual = mean(bench, "cost", TUESDAY + 120)
    await bench.run("models.deploy", service="rag-api", model="gpt-4-turbo")
    extra = mean(bench, "cost", TUESDAY + 120) - usual
    load = mean(bench, "throughput", TUESDAY + 120) / bench.company.telemetry.profile(RAG).throughput
    assert extra * 730 == pytest.approx(change.cost_per_month * load, rel=0.06)
    bench.clock.advance(3 * 3600)
    spent = await DemoCosts(bench.company).spend(TUESDAY + 3600, TUESDAY + 7200, 3600.0, "production")
    items = {one.item: one.tokens for one in spent if one.service == "rag-api"}
    assert items["gpt-4-turbo"] > 0 == items["gpt-4o"]


async def test_a_temperature_that_is_too_high_answers_worse_until_it_is_lowered(bench: Shop) -> None:
    usual = mean(bench, "eval_score", TUESDAY - 600)
    await bench.run("models.deploy", service="rag-api", model="gpt-4o", params={"temperature": 1.6})
    assert mean(bench, "eval_score", TUESDAY + 120) < usual - 0.07
    bench.clock.advance(600)
    await bench.run("models.deploy", key="l", service="rag-api", model="gpt-4o", params={"temperature": 0.3})
    assert mean(bench, "eval_score", TUESDAY + 800) > usual - 0.02


@pytest.mark.parametrize(
    "wish, said",
    [
        ({"service": "billing", "model": "gpt-4"}, "billing answers with no model. These do: llm-gateway"),
        ({"service": "rag-api", "model": "gpt-9"}, "There is no model 'gpt-9'. There are: gpt-4"),
        ({"model": "gpt-4", "params": {"heat": 1}}, "There is no parameter 'heat'. There are: temperature"),
        ({"model": "gpt-4", "params": {"temperature": 3}}, "temperature is 0 to 2; 3 is outside"),
    ],
)
async def test_what_cannot_be_deployed_is_refused_with_what_can(
    bench: Shop, wish: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        await bench.plan("models.deploy", **{"service": "rag-api", **wish})


def test_parameters_are_read_from_words() -> None:
    assert read_params("temperature=0.2, max_tokens=512") == {"temperature": "0.2", "max_tokens": "512"}
    assert read_params("") == {}
    with pytest.raises(ValueError, match="'hot' is not name=value"):
        read_params("temperature=0.2 hot")
