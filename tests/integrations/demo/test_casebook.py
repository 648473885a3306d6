"""Incidents of the past, against what went wrong then."""

from __future__ import annotations

import pytest

from config.rota import turn
from integrations.demo.history import DAY
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company, people, sources


@pytest.mark.parametrize("seed", [1, 2, 7])
async def test_every_trouble_of_the_past_has_its_incident_with_its_whole_story(seed: int) -> None:
    one = company(ManualClock(TUESDAY), seed)
    await one.found(TUESDAY)
    ports = sources(one)
    assert ports.incidents is not None and ports.alerts is not None
    found = await ports.incidents.past_incidents(TUESDAY - 90 * DAY, TUESDAY)
    assert 9 <= len(found) <= 12
    assert [each.id for each in found] == [f"INC-{101 - len(found) + n}" for n in range(len(found))]
    assert await ports.incidents.open_incidents() == ()
    alerts = await ports.alerts.past(TUESDAY - 90 * DAY, TUESDAY)
    for each in found:
        assert each.status == "resolved" and each.cause and each.resolved_at is not None
        assert each.acknowledged_at is not None and each.notes
        assert each.opened_at < each.acknowledged_at < each.resolved_at < TUESDAY - DAY
        week = turn(people(), one.catalogue.services[each.service].owner, each.opened_at)
        assert week is not None and each.assignee == week.people[0]
        assert any(
            alert.service == each.service and abs(alert.started_at - each.opened_at) < 1800
            for alert in alerts
        ), each
        timeline = await ports.incidents.timeline(each.id)
        assert [event.kind for event in timeline] == ["opened", "acknowledged", "noted", "resolved"]
        assert [event.at for event in timeline] == sorted(event.at for event in timeline)
        assert timeline[-1].at == each.resolved_at


async def test_the_first_incident_of_today_follows_those_of_the_past() -> None:
    one = company(ManualClock(TUESDAY))
    await one.found(TUESDAY)
    data = {"service": "rag-api", "environment": "production", "title": "slow", "severity": "sev2"}
    await one.append("incident.opened", TUESDAY, data)
    assert [each.id for each in await sources(one).incidents.open_incidents()] == ["INC-101"]  # type: ignore[union-attr]
