from __future__ import annotations

import pytest

from graph.answers.alerts import silenced
from insight.facts import Alert, Monitor, Silence
from integrations.errors import Unavailable
from integrations.ports import Sources
from tests.graph.world import World

NOW = 1_760_000_000.0


class Bells:
    """So many alerts that fire, the first of rag-api; `quiet` silences that one."""

    def __init__(self, count: int = 2, quiet: bool = False, fails: bool = False) -> None:
        self.fails, self.quiet = fails, quiet
        names = ["rag-api", "billing", "checkout"]
        self.alerts = tuple(
            Alert(f"al-{one}", "HighErrorRate", names[one % 3], "production",
                  "warning" if one % 2 else "critical", f"alert {one}", NOW - 600.0 + one)
            for one in range(count)
        )  # fmt: skip

    async def firing(self) -> tuple[Alert, ...]:
        if self.fails:
            raise Unavailable("it does not answer.")
        return self.alerts

    async def past(self, start: float, end: float) -> tuple[Alert, ...]:
        return tuple(one for one in self.alerts if start <= one.started_at < end)

    async def monitors(self) -> tuple[Monitor, ...]:
        return (
            Monitor(
                "mon-1", "Errors", "billing", "production", "error_rate", "mean", True, 0.05, 60, "critical"
            ),
        )

    async def silences(self) -> tuple[Silence, ...]:
        one = Silence("sil-1", "rag-api", "production", None, NOW - 60, NOW + 600, "maria", "deploy")
        return (one,) if self.quiet else ()


def ringing(world: World, count: int = 2, quiet: bool = False, fails: bool = False) -> World:
    world.swap(sources=Sources(alerts=Bells(count, quiet, fails)))
    return world


@pytest.mark.parametrize("text", ["what alerts are firing", "is anything alerting?", "alerts"])
async def test_what_fires_is_counted_and_listed_newest_first(world: World, text: str) -> None:
    reply = (await ringing(world).say(text)).reply
    assert "2 alerts fire now (1 critical)." in reply.text
    assert [row[1] for row in reply.blocks[1]["rows"]] == ["billing", "rag-api"]
    assert reply.blocks[-1]["options"][0]["say"] == "what is wrong with rag-api in production"


async def test_a_silenced_alert_shows_and_says_until_when(world: World) -> None:
    reply = (await ringing(world, quiet=True).say("alerts on rag-api")).reply
    assert "1 alert for rag-api fires now (1 critical), 1 of them silenced." in reply.text
    assert reply.blocks[1]["rows"][0][5].startswith("silenced until")


async def test_too_many_are_cut_and_that_is_said(world: World) -> None:
    reply = (await ringing(world, 40).say("show alerts")).reply
    assert "40 alerts fire now" in reply.text
    assert "The newest 12 are shown" in reply.text


async def test_team_and_environment_narrow_it(world: World) -> None:
    assert (
        "No alert of team database fires now."
        in (await ringing(world).say("alerts for team database")).reply.text
    )
    assert "No alert in staging fires now." in (await world.say("any alerts in staging")).reply.text


async def test_the_rules_are_shown_with_their_limits(world: World) -> None:
    reply = (await ringing(world).say("show alert rules")).reply
    assert reply.blocks[1]["rows"][0][4] == "error_rate mean > 0.05 for 60 s"


async def test_no_back_end_and_one_that_is_down_are_said(world: World) -> None:
    assert (
        "I could not get the alerts: it does not answer."
        in (await ringing(world, fails=True).say("alerts")).reply.text
    )
    world.swap(sources=Sources())
    assert "no back end for alerts is configured" in (await world.say("alerts")).reply.text


async def test_it_can_be_asked_again_for_another_place(world: World) -> None:
    await ringing(world).say("alerts on rag-api")
    reply = (await world.say("and billing?")).reply
    assert (reply.reading.intent, reply.reading.entities["service"]) == ("alert.list", "billing")
    assert (await world.say("what about staging")).reply.reading.entities["environment"] == "staging"


def test_a_silence_of_one_rule_leaves_the_others_loud() -> None:
    alert = Bells(1).alerts[0]
    one = Silence("s", "rag-api", "production", "HighLatency", 0, 1, "maria", "")
    assert silenced(alert, [one]) is None
    assert (
        silenced(alert, [Silence("s", "rag-api", "production", "HighErrorRate", 0, 1, "m", "")]) is not None
    )
