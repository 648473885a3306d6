from __future__ import annotations

import re
from dataclasses import replace

from aiohttp.test_utils import TestClient, TestServer

from bot.http.web import make_web
from insight.facts import Incident, IncidentEvent
from integrations.errors import Absent, Unavailable
from integrations.ports import Sources
from tests.bot.console.conftest import Tab


class Few:
    """One open incident with a hostile title; its timeline may be broken."""

    def __init__(self, broken: bool = False) -> None:
        self._broken = broken
        self._one = Incident(
            "INC-1",
            "<script>x</script>",
            "rag-api",
            "production",
            "sev1",
            "open",
            1.0,
            notes=("<b>",),
            assignee="priya",
        )

    async def open_incidents(self) -> tuple[Incident, ...]:
        if self._broken:
            raise Unavailable("It does not answer.")
        return (self._one,)

    async def past_incidents(self, start: float, end: float) -> tuple[Incident, ...]:
        return (replace(self._one, id="INC-0", status="resolved", resolved_at=2.0),)

    async def incident(self, incident_id: str) -> Incident:
        if incident_id != "INC-1":
            raise Absent(f"There is no incident {incident_id}.")
        return self._one

    async def timeline(self, incident_id: str) -> tuple[IncidentEvent, ...]:
        if self._broken:
            raise Unavailable("It does not answer.")
        return (IncidentEvent(1.0, "opened", "maria", "<i>"),)


async def seen_with(tab: Tab, few: Few | None, path: str) -> tuple[int, str]:
    services = replace(tab.services, sources=Sources(incidents=few))
    async with TestClient(TestServer(make_web(services))) as client:
        one = await (await Tab(client, services, tab.world, tab.parrot).enter()).get(path)
        return one.status, one.text


async def test_the_demo_companys_past_incidents_are_listed_and_lead_to_their_timelines(maria: Tab) -> None:
    text = (await maria.get("/incidents")).text
    first = re.search(r'href="(/incidents/[^"]+)"', text)
    assert first is not None and "resolved" in text
    one = (await maria.get(first.group(1))).text
    assert "Timeline" in one and "opened" in one


async def test_open_ones_come_first_and_nothing_in_them_is_markup(maria: Tab) -> None:
    for path in ("/incidents", "/incidents/INC-1"):
        status, text = await seen_with(maria, Few(), path)
        assert status == 200 and "&lt;script&gt;x" in text and "<script>x" not in text and "<i>" not in text
    assert "Priya Nair" in text and "Why is rag-api unwell?" in text


async def test_what_cannot_be_had_is_said(maria: Tab) -> None:
    assert "No incident back end" in (await seen_with(maria, None, "/incidents"))[1]
    assert (await seen_with(maria, None, "/incidents/INC-1"))[0] == 404
    assert "It does not answer." in (await seen_with(maria, Few(broken=True), "/incidents"))[1]
    assert "It does not answer." in (await seen_with(maria, Few(broken=True), "/incidents/INC-1"))[1]
    assert (await seen_with(maria, Few(), "/incidents/INC-9"))[0] == 404
