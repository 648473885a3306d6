"""Silences, alert rules and swaps: shown before where they are long, made once, taken back."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.demo.watching import BRIEF, watching_actions
from integrations.errors import Absent, Refused
from tests.integrations.demo.shop import Shop, shop
from tests.support.fleet import TUESDAY


@pytest.fixture
def bench() -> Shop:
    return shop(watching_actions)


async def test_a_brief_silence_is_an_operators_word_and_a_long_one_is_not(bench: Shop) -> None:
    done = await bench.run("alerts.silence", service="rag-api", duration=BRIEF, reason="deploying")
    assert (done.id, done.environment, done.end - done.start) == ("sil-1", "production", BRIEF)
    with pytest.raises(Refused, match="needs approval: run mute-alerts, or silence it for an hour"):
        await bench.run("alerts.silence", key="l", service="rag-api", duration=BRIEF + 1)
    assert bench.actions["alerts.silence"].effect == "record"
    assert bench.actions["alerts.mute"].effect == "write"


async def test_a_silence_is_made_once_per_key_and_ends_when_it_is_taken_back(bench: Shop) -> None:
    first = await bench.run("alerts.silence", service="rag-api", duration=600)
    assert await bench.run("alerts.silence", service="rag-api", duration=600) == first
    bench.clock.advance(60)
    assert [one.id for one in await bench.alerts.silences()] == ["sil-1"]
    ended = await bench.run("alerts.unsilence", key="u", silence="SIL-1")
    assert ended.end == TUESDAY + 60
    assert (await bench.run("alerts.unsilence", key="u", silence="sil-1")).end == TUESDAY + 60
    assert await bench.alerts.silences() == ()
    with pytest.raises(Absent, match=r"no silence 'sil-1' that is on. There are: none"):
        await bench.run("alerts.unsilence", key="v", silence="sil-1")


async def test_a_long_silence_is_planned_found_and_undone(bench: Shop) -> None:
    wish: dict[str, Any] = {"service": "rag-api", "name": "HighLatency", "duration": 6 * 3600.0}
    change = await bench.plan("alerts.mute", **wish)
    assert change.summary == "HighLatency of rag-api in production pages nobody for 6 h"
    assert bench.events.log == []
    assert await bench.happened("alerts.mute", change.before, **wish) == "no"
    done = await bench.run("alerts.mute", **wish)
    assert await bench.happened("alerts.mute", change.before, **wish) == "yes"
    await bench.run("alerts.unsilence", key="u", silence=done.id)
    assert await bench.alerts.silences() == ()
    with pytest.raises(Refused, match="longer than 30 days"):
        await bench.plan("alerts.mute", service="rag-api", duration=31 * 86_400.0)


async def test_an_alert_rule_is_made_fires_and_is_deleted(bench: Shop) -> None:
    made = await bench.run("alerts.create", service="rag-api", metric="throughput", threshold=1.0)
    assert (made.id, made.name) == ("mon-1", "ThroughputAbove")
    bench.clock.advance(120)
    assert [alert.name for alert in await bench.alerts.firing()] == ["ThroughputAbove"]
    with pytest.raises(Absent, match=r"'HighLatency' is no rule that people made here. Made here: mon-1"):
        await bench.run("alerts.delete", key="d", monitor="HighLatency")
    assert (await bench.run("alerts.delete", key="e", monitor="throughputabove")).id == "mon-1"
    assert (await bench.run("alerts.delete", key="e", monitor="throughputabove")).id == "mon-1"
    assert await bench.alerts.firing() == ()


async def test_a_rule_over_what_is_not_measured_is_refused_with_what_is(bench: Shop) -> None:
    with pytest.raises(Absent, match=r"billing has no metric 'ttft'. It has: throughput"):
        await bench.run("alerts.create", service="billing", metric="ttft", threshold=1)
    with pytest.raises(Absent, match=r"latency has no statistic 'sum'. It has: p50"):
        await bench.run("alerts.create", service="billing", metric="latency", stat="sum", threshold=1)


async def test_a_swap_puts_somebody_else_on_call_until_its_end(bench: Shop) -> None:
    done = await bench.run("oncall.override", team="search", person="noor", end=TUESDAY + 3600)
    assert (done.start, done.person) == (TUESDAY, "noor")
    world = await bench.company.world()
    assert world.rota.on_call("search", TUESDAY + 60) == "noor"
    assert world.rota.on_call("search", TUESDAY + 3600) == "maria"
    with pytest.raises(Absent, match=r"no person 'bob'. There are: maria"):
        await bench.run("oncall.override", key="b", team="search", person="bob", end=TUESDAY + 1)
    with pytest.raises(Refused, match="not after its start"):
        await bench.run("oncall.override", key="c", team="search", person="noor", end=TUESDAY)
