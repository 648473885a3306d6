from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from graph.answers.spending import month_of
from graph.understanding.times import resolve
from insight.cost import DAY, parts, total
from insight.facts import Spend
from integrations.errors import Unavailable
from integrations.ports import Sources
from tests.graph.world import World

ZONE = "Europe/Madrid"


async def spent(world: World, symbol: str = "this_month", **only: str) -> list[Spend]:
    """What the company's costs say of that time for somebody in Madrid."""
    window = resolve(symbol, world.clock.now(), ZONE)
    assert world.tools.sources.costs is not None
    found = await world.tools.sources.costs.spend(window.start, window.end, DAY)
    return [one for one in found if all(getattr(one, key) == value for key, value in only.items())]


def usd(text: str) -> float:
    """The first sum of money in a text."""
    words = text.split()
    return float(words[words.index("USD") - 1].replace(",", ""))


def block(reply: Any, kind: str) -> dict[str, Any]:
    return next(one for one in reply.blocks if one["type"] == kind)


@pytest.mark.parametrize(
    "text", ["how much do we spend on gpt-4o", "what's gpt-4o costing us", "gpt-4o spend this month pls"]
)
async def test_a_model_costs_what_its_services_paid_for_it(world: World, text: str) -> None:
    reply = (await world.say(text)).reply
    truth = await spent(world, item="gpt-4o")
    assert reply.reading.intent == "cost.query"
    assert usd(reply.text) == pytest.approx(total(truth), rel=0.001)
    assert [row[0] for row in block(reply, "table")["rows"]] == [
        one.name for one in parts(truth, lambda one: one.service)
    ]


@pytest.mark.parametrize(
    "text", ["show me llm costs by team last month", "spend per team last month", "last month's bill by team"]
)
async def test_costs_are_grouped_as_asked(world: World, text: str) -> None:
    reply = (await world.say(text)).reply
    truth = parts(await spent(world, "last_month"), lambda one: one.team)
    assert [row[0] for row in block(reply, "table")["rows"]] == [one.name for one in truth]
    assert block(reply, "chart")["kind"] == "stacked"
    assert "[" in block(reply, "facts")["facts"][0][1]


async def test_costs_by_person_are_said_not_to_be_known(world: World) -> None:
    reply = (await world.say("show token spend by user today")).reply
    assert "I know no spend by person" in reply.text


@pytest.mark.parametrize(
    "text", ["what is our budget status", "are we over budget", "how is our budget doing"]
)
async def test_every_budget_is_shown_with_where_it_ends(world: World, text: str) -> None:
    reply = (await world.say(text)).reply
    assert world.tools.sources.costs is not None
    budgets = await world.tools.sources.costs.budgets()
    rows = block(reply, "table")["rows"]
    assert sorted(row[0] for row in rows) == sorted(f"{one.kind} {one.scope}" for one in budgets)
    states = {row[4] for row in rows}
    assert ("budgets will hold" in reply.text) == (states == {"within"})


async def test_a_teams_budget_says_what_is_spent_of_it(world: World) -> None:
    reply = (await world.say("budget of team ml-platform")).reply
    first, _ = month_of(world.clock.now())
    assert world.tools.sources.costs is not None
    truth = await world.tools.sources.costs.spend(first, world.clock.now(), DAY)
    mine = total(one for one in truth if one.team == "ml-platform")
    assert usd(reply.text) == pytest.approx(mine, rel=0.001)
    assert "Team ml-platform has spent" in reply.text


async def test_a_scope_without_a_budget_is_said(world: World) -> None:
    assert "There is no budget for billing" in (await world.say("what is the budget of billing")).reply.text


@pytest.mark.parametrize(
    "text",
    ["forecast the bill for this month", "what will we pay this month", "projected spend by month end"],
)
async def test_the_month_is_projected_from_what_is_spent(world: World, text: str) -> None:
    reply = (await world.say(text)).reply
    spent_so_far = total(await spent(world))
    assert usd(reply.text) > spent_so_far
    assert "between" in reply.text
    assert "so far" in reply.text


@pytest.mark.parametrize("text", ["cost per request of rag-api", "what does a request to rag-api cost"])
async def test_a_thousand_requests_have_a_price(world: World, text: str) -> None:
    reply = (await world.say(text)).reply
    truth = total(await spent(world, service="rag-api"))
    price = usd(reply.text.partition("cost ")[2])
    assert 0 < price < truth
    assert reply.text.startswith("1,000 requests to rag-api cost")


async def test_a_thousand_tokens_of_a_model_have_a_price(world: World) -> None:
    reply = (await world.say("cost per 1k tokens of gpt-4o this month")).reply
    truth = await spent(world, item="gpt-4o")
    price = 1000 * total(truth) / sum(one.tokens for one in truth)
    assert usd(reply.text.partition("cost ")[2]) == pytest.approx(price, abs=0.00005)


@pytest.mark.parametrize("text", ["where can we save money", "any savings ideas", "where do we waste money?"])
async def test_savings_are_ideas_with_figures(world: World, text: str) -> None:
    reply = (await world.say(text)).reply
    rows = block(reply, "table")["rows"]
    sums = [float(row[1].split()[0].replace(",", "")) for row in rows]
    assert sums == sorted(sums, reverse=True)
    assert sums[0] > 0
    assert all(row[2] for row in rows)


async def test_a_follow_up_keeps_the_question_and_changes_the_names(world: World) -> None:
    await world.say("cost of rag-api")
    reply = (await world.say("and summarizer?")).reply
    assert usd(reply.text) == pytest.approx(total(await spent(world, service="summarizer")), rel=0.001)
    again = (await world.say("and last month?")).reply
    truth = total(await spent(world, "last_month", service="summarizer"))
    assert usd(again.text) == pytest.approx(truth, rel=0.001)


async def test_figures_that_begin_later_than_asked_for_are_said_to(world: World) -> None:
    assert "no further than" in (await world.say("costs this year")).reply.text
    assert "no further than" not in (await world.say("costs last week", conversation="new")).reply.text


async def test_the_top_three_are_three(world: World) -> None:
    reply = (await world.say("top 3 cost drivers last week")).reply
    assert len(block(reply, "table")["rows"]) == 3


async def test_gpus_are_what_machines_with_one_cost(world: World) -> None:
    reply = (await world.say("gpu costs this month")).reply
    assert usd(reply.text) == pytest.approx(total(await spent(world, item="gpu")), rel=0.001)


async def test_an_unknown_service_is_asked_about(world: World) -> None:
    assert (
        "I do not know a service called 'foo-api'" in (await world.say("what does foo-api cost")).reply.text
    )


async def test_no_back_end_is_said(world: World) -> None:
    world.swap(sources=Sources())
    assert "no back end for costs is configured" in (await world.say("what did we pay last week")).reply.text


class Down:
    async def spend(self, *_: object) -> tuple[Spend, ...]:
        raise Unavailable("the billing export cannot be reached.")

    async def budgets(self) -> tuple[Any, ...]:
        raise Unavailable("the billing export cannot be reached.")


@pytest.mark.parametrize(
    "text",
    ["what did we pay last week", "are we over budget", "where can we save money", "unit cost of rag-api"],
)
async def test_a_back_end_that_is_down_is_said(world: World, text: str) -> None:
    world.swap(sources=replace(world.tools.sources, costs=Down()))
    reply = (await world.say(text)).reply
    assert "the billing export cannot be reached." in reply.text
    assert not any(char.isdigit() for char in reply.text.partition("DEMO")[0])


async def test_without_capacity_other_savings_are_still_found(world: World) -> None:
    world.swap(sources=replace(world.tools.sources, capacities=None))
    reply = (await world.say("where can we save money")).reply
    assert "I could not get capacity" in reply.text
    assert block(reply, "table")["rows"]
