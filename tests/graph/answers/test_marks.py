from __future__ import annotations

import asyncio
from typing import Any

from graph.answers.marks import alert_marks, change_marks, marks_of, sick_chart
from graph.understanding.times import Span
from insight.diagnosis import diagnose
from insight.facts import Alert, Change
from integrations.errors import Unavailable
from integrations.ports import Sources
from tests.graph.world import World
from tests.insight.cases import AT, QUIET, deployment, evidence, sick

WINDOW = Span(0.0, 1000.0, "lately")


def alert(name: str, start: float, end: float | None = None) -> Alert:
    return Alert(name, name, "a", "production", "critical", "x", start, end)


def change(kind: str, succeeded: bool = True) -> Change:
    return Change("c", kind, "a", "production", 5.0, "maria", "1", "2", "top_k from 1 to 2", succeeded)  # type: ignore[arg-type]


def test_changes_are_said_by_what_they_are() -> None:
    made = change_marks([change("deployment"), change("deployment", succeeded=False), change("config")])
    assert [one.label for one in made] == ["deployed 2", "deploying 2 failed", "top_k from 1 to 2"]


def test_alerts_that_begin_together_are_one_mark_that_lasts_as_long_as_the_longest() -> None:
    made = alert_marks([alert("B", 60.0), alert("A", 0.0, 90.0), alert("C", 500.0, 600.0)])
    assert [(one.label, one.at, one.end) for one in made] == [
        ("alert A and 1 more", 0.0, float("inf")),
        ("alert C", 500.0, 600.0),
    ]


async def test_marks_are_of_the_service_that_was_asked_for(world: World) -> None:
    await world.break_something("bad-release")
    now = world.clock.now()
    found = await marks_of(world.tools.sources, "rag-api", "production", Span(now - 1800, now, "x"))
    assert {one.kind for one in found} == {"deployment", "alert"}
    assert await marks_of(world.tools.sources, "billing", "dev", Span(now - 60, now, "x")) == ()


async def test_a_back_end_that_fails_leaves_the_marks_out() -> None:
    class Down:
        async def changes(self, *args: Any) -> tuple[Change, ...]:
            raise Unavailable("down")

    assert await marks_of(Sources(deployments=Down()), "a", "production", WINDOW) == ()  # type: ignore[arg-type]
    assert await marks_of(Sources(), "a", "production", WINDOW) == ()


def test_a_diagnosis_is_drawn_with_its_suspect_its_onset_and_what_is_usual() -> None:
    found = evidence(series=sick("middle", since=600.0), changes=(deployment("middle", 630.0),))
    block = sick_chart(found, diagnose(found, AT), "UTC", AT)
    assert block is not None
    for words in ("deployed 2.0 at", "worse from here at", "usual: "):
        assert words in block["summary"]
    assert "middle" in block["title"]


def test_health_is_not_drawn() -> None:
    assert sick_chart(QUIET, diagnose(QUIET, AT), "UTC", AT) is None


async def test_a_slow_back_end_is_not_waited_for() -> None:
    class Slow:
        async def past(self, *args: Any) -> tuple[Alert, ...]:
            await asyncio.Event().wait()
            return ()

    sources = Sources(alerts=Slow())  # type: ignore[arg-type]
    assert await marks_of(sources, "a", "production", WINDOW, deadline=0.01) == ()
