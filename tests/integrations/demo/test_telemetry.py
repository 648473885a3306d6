"""Telemetry: pure, plausible, quick."""

from __future__ import annotations

import time

import numpy as np
import pytest

from insight.facts import METRICS
from integrations.demo.blocks import points
from integrations.demo.company import Company
from integrations.demo.faults import start_fault
from integrations.demo.history import DAY
from integrations.demo.noise import Floats
from integrations.errors import Absent
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company

RAG = ("rag-api", "production")


@pytest.fixture
def one() -> Company:
    return company(ManualClock(TUESDAY))


def hour(start: float = TUESDAY) -> Floats:
    return start + np.arange(0.0, 3600.0, 30.0)


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(one: Company) -> None:
    again, other = company(ManualClock(TUESDAY)), company(ManualClock(TUESDAY), seed=2)
    values = one.telemetry.values(RAG, "latency", "p95", hour())
    assert np.array_equal(values, again.telemetry.values(RAG, "latency", "p95", hour()))
    assert not np.array_equal(values, other.telemetry.values(RAG, "latency", "p95", hour()))


def test_every_metric_of_every_service_is_within_its_unit(one: Company) -> None:
    for service in one.catalogue.services:
        for environment in one.catalogue.environments:
            for metric in one.telemetry.metrics(service):
                values = one.telemetry.values((service, environment), metric, "mean", hour())
                assert np.isfinite(values).all() and (values >= 0).all(), (service, metric)
                if METRICS[metric].startswith(("ratio", "score")):
                    assert (values <= 1).all(), (service, metric)


def test_the_day_is_busier_than_the_night_and_production_than_staging(one: Company) -> None:
    midnight = TUESDAY - TUESDAY % DAY
    day = one.telemetry.values(RAG, "throughput", "mean", hour(midnight + 14 * 3600)).mean()
    night = one.telemetry.values(RAG, "throughput", "mean", hour(midnight + 2 * 3600)).mean()
    staging = one.telemetry.values(
        ("rag-api", "staging"), "throughput", "mean", hour(midnight + 14 * 3600)
    ).mean()
    assert day > 1.4 * night
    assert staging < day / 5


def test_percentiles_are_in_order(one: Company) -> None:
    p50, p95, p99 = (one.telemetry.values(RAG, "latency", stat, hour()) for stat in ("p50", "p95", "p99"))
    assert (p50 < p95).all() and (p95 < p99).all()


def test_only_services_with_a_gpu_or_a_model_have_its_metrics(one: Company) -> None:
    assert "gpu" in one.telemetry.metrics("vllm-pool") and "ttft" in one.telemetry.metrics("vllm-pool")
    assert not {"gpu", "ttft", "tokens", "eval_score"} & set(one.telemetry.metrics("checkout"))
    with pytest.raises(Absent, match=r"checkout has no metric 'ttft'. It has: throughput, error_rate"):
        one.telemetry.values(("checkout", "production"), "ttft", "p95", hour())
    with pytest.raises(Absent, match=r"latency has no statistic 'sum'. It has: p50, mean"):
        one.telemetry.values(RAG, "latency", "sum", hour())


async def test_trouble_shows_in_the_metrics_it_should_and_in_codes(one: Company) -> None:
    usual = {m: one.telemetry.values(RAG, m, "mean", hour()).mean() for m in one.telemetry.metrics("rag-api")}
    before = one.telemetry.error_counts(RAG, TUESDAY, TUESDAY + 3600)
    await start_fault(one, "bad-release", TUESDAY - 600)
    now = {m: one.telemetry.values(RAG, m, "mean", hour()).mean() for m in one.telemetry.metrics("rag-api")}
    assert now["latency"] > 1.8 * usual["latency"]
    assert now["error_rate"] > usual["error_rate"] + 0.08
    assert now["eval_score"] < usual["eval_score"] - 0.12
    assert now["queue_depth"] > 2 * usual["queue_depth"]
    after = one.telemetry.error_counts(RAG, TUESDAY, TUESDAY + 3600)
    assert after["500"] > 20 * before["500"]
    assert after["429"] < 2 * before["429"]


async def test_failed_requests_by_code_add_up_to_the_error_rate(one: Company) -> None:
    await start_fault(one, "provider-outage", TUESDAY - 600)
    key = ("llm-gateway", "production")
    times = TUESDAY + np.arange(0.0, 3600.0, 15.0)
    rates = one.telemetry.values(key, "error_rate", "mean", times)
    failed = (rates * one.telemetry.values(key, "throughput", "mean", times)).sum() * 15
    counts = one.telemetry.error_counts(key, TUESDAY, TUESDAY + 3600)
    assert sum(counts.values()) == pytest.approx(failed, rel=0.05)
    assert {"502", "503", "429"} <= {code for code, count in counts.items() if count > 0.1 * failed}


def test_a_series_of_sixty_points_takes_less_than_three_milliseconds(one: Company) -> None:
    one.telemetry.values(RAG, "latency", "p95", hour())
    taken = []
    for number in range(20):
        times = TUESDAY + number + np.arange(0.0, 1800.0, 30.0)
        started = time.thread_time()
        points(times, one.telemetry.values(RAG, "latency", "p95", times))
        taken.append(time.thread_time() - started)
    assert sorted(taken)[10] < 0.003


def test_no_instants_are_no_values(one: Company) -> None:
    assert len(one.telemetry.values(RAG, "latency", "p95", np.array([]))) == 0
