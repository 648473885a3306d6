"""Log lines that fit the telemetry."""

from __future__ import annotations

from insight.facts import LogLine
from integrations.demo.company import Company
from integrations.demo.faults import start_fault
from integrations.demo.logs import EVERY, Logs
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company


def read(one: Company, service: str, start: float, end: float) -> list[LogLine]:
    return list(Logs(one.telemetry, one.effects).lines((service, "production"), start, end))


def test_lines_come_newest_first_are_the_same_again_and_fit_a_smaller_window() -> None:
    one = company(ManualClock(TUESDAY))
    hour = read(one, "rag-api", TUESDAY - 3600, TUESDAY)
    assert len(hour) == 3600 / EVERY
    assert [line.at for line in hour] == sorted((line.at for line in hour), reverse=True)
    assert hour == read(company(ManualClock(TUESDAY)), "rag-api", TUESDAY - 3600, TUESDAY)
    assert read(one, "rag-api", TUESDAY - 600, TUESDAY) == hour[:120]


def test_a_calm_service_logs_few_errors() -> None:
    calm = read(company(ManualClock(TUESDAY)), "rag-api", TUESDAY - 3600, TUESDAY)
    assert sum(line.level == "error" for line in calm) < 0.05 * len(calm)


async def test_a_bad_version_is_in_the_lines_of_its_service_and_its_name_in_those_of_callers() -> None:
    one = company(ManualClock(TUESDAY))
    await start_fault(one, "bad-release", TUESDAY - 900)
    version = (await one.world()).releases.desired("rag-api", "production", TUESDAY)
    own = [line for line in read(one, "rag-api", TUESDAY - 600, TUESDAY) if line.level == "error"]
    assert len(own) > 30
    assert sum(f"(version {version})" in line.text for line in own) > 0.8 * len(own)
    above = [line for line in read(one, "chat-frontend", TUESDAY - 600, TUESDAY) if line.level == "error"]
    assert sum("call to rag-api" in line.text for line in above) > 0.6 * len(above)


async def test_an_outage_names_the_provider() -> None:
    one = company(ManualClock(TUESDAY))
    await start_fault(one, "provider-outage", TUESDAY - 900)
    failed = [line for line in read(one, "llm-gateway", TUESDAY - 600, TUESDAY) if line.level == "error"]
    assert sum("openai" in line.text for line in failed) > 0.8 * len(failed)


async def test_a_trouble_that_is_learnt_of_later_is_in_lines_that_were_read_before() -> None:
    one = company(ManualClock(TUESDAY))
    see, key = Logs(one.telemetry, one.effects), ("rag-api", "production")
    calm = list(see.lines(key, TUESDAY - 600, TUESDAY))
    assert all(
        now is before for now, before in zip(see.lines(key, TUESDAY - 600, TUESDAY), calm, strict=True)
    )
    await start_fault(one, "bad-release", TUESDAY - 900)
    sick = list(see.lines(key, TUESDAY - 600, TUESDAY))
    fresh = Logs(one.telemetry, one.effects)
    assert sick == list(fresh.lines(key, TUESDAY - 600, TUESDAY)) != calm
