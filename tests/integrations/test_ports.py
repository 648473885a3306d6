"""The ports' own values."""

from __future__ import annotations

from dataclasses import fields

from integrations.ports import Place, Sources
from tests.support.clock import ManualClock
from tests.support.fleet import company, sources


def test_a_place_is_written_and_read_back_even_with_colons_in_it() -> None:
    place = Place("slack", "C1:1700.5")
    assert str(place) == "slack:C1:1700.5"
    assert Place.parse(str(place)) == place


def test_nothing_is_configured_until_it_is() -> None:
    assert Sources() == Sources(**dict.fromkeys((port.name for port in fields(Sources)), None))


async def test_the_demo_company_answers_every_port() -> None:
    ports = sources(company(ManualClock(1_790_071_200.0)))
    assert (
        ports.metrics
        and ports.logs
        and ports.deployments
        and ports.alerts
        and ports.providers
        and ports.incidents
    )
    series = await ports.metrics.series(
        "checkout", "dev", "cpu", "mean", 1_790_070_000.0, 1_790_070_600.0, 60.0
    )
    assert len(series.points) == 10
    assert len(await ports.providers.status()) == 3
    assert await ports.incidents.open_incidents() == ()
