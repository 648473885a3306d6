from __future__ import annotations

from dataclasses import replace

from graph.answers.diagnosis import offer
from graph.message import Reply
from insight.evidence import Remedy
from integrations.ports import Sources
from runbooks.loader import Library
from tests.graph.world import World


def offers(reply: Reply) -> list[str]:
    """What is offered to be done, beside the question whether the answer was right."""
    choices = [one for one in reply.blocks if one["type"] == "choices" and one.get("numbered", True)]
    return [one["say"] for block in choices for one in block["options"]]


async def test_a_bad_release_is_found_and_its_rollback_offered_in_exact_words(world: World) -> None:
    await world.break_something("bad-release")
    reply = (await world.say("why is rag-api slow?")).reply
    assert "Most likely cause:" in reply.text
    choices = next(block for block in reply.blocks if block["type"] == "choices")
    assert choices["options"][0]["say"] == "roll back rag-api in production"
    weighed = next(block for block in reply.blocks if block["type"] == "facts")
    assert weighed["facts"][0][0] == "For"
    assert "How I know" in [
        pair[0] for block in reply.blocks if block["type"] == "facts" for pair in block["facts"]
    ]


async def test_the_sick_figure_is_drawn_with_the_suspected_release(world: World) -> None:
    await world.break_something("bad-release")
    reply = (await world.say("why is rag-api slow?")).reply
    picture = next(block for block in reply.blocks if block["type"] == "chart")
    assert "rag-api in production" in picture["title"]
    assert "deployed " in picture["summary"] and "worse from here" in picture["summary"]


async def test_the_offer_is_taken_by_yes_and_asks_for_approval(world: World) -> None:
    await world.break_something("bad-release")
    await world.say("why is rag-api slow?")
    outcome = await world.say("1")
    assert outcome.ask
    assert outcome.reply.approval is not None
    assert outcome.reply.approval["inputs"]["service"] == "rag-api"


async def test_what_was_diagnosed_is_what_it_means_after(world: World) -> None:
    await world.break_something("bad-release")
    await world.say("why are users getting errors")
    outcome = await world.say("roll it back")
    assert outcome.ask
    assert outcome.reply.approval is not None
    assert outcome.reply.approval["environment"] == "production"


async def test_a_provider_outage_offers_the_failover_command(world: World) -> None:
    await world.break_something("provider-outage")
    reply = (await world.say("what is wrong with llm-gateway in production")).reply
    said = offers(reply)
    assert said
    assert said[0].startswith("run provider-failover service=llm-gateway environment=production to=")


async def test_a_healthy_service_is_called_healthy_and_nothing_is_offered(world: World) -> None:
    reply = (await world.say("what is wrong with billing in staging")).reply
    assert "looks healthy" in reply.text
    assert offers(reply) == []


async def test_a_remedy_without_its_runbook_is_not_offered(world: World) -> None:
    await world.break_something("bad-release")
    world.swap(library=Library({}))
    reply = (await world.say("why is rag-api slow?")).reply
    assert offers(reply) == []


async def test_with_nothing_to_look_at_it_says_that_it_cannot_tell(world: World) -> None:
    world.swap(sources=Sources())
    reply = (await world.say("why is rag-api slow?")).reply
    assert "I cannot tell how rag-api in production is" in reply.text
    assert "no metrics back end is configured" in reply.text


async def test_two_things_wrong_at_once_are_both_told(world: World) -> None:
    await world.break_something("provider-outage")
    await world.break_something("expired-certificate")
    reply = (await world.say("what is wrong?")).reply
    assert "2 things seem to be wrong at once:" in reply.text
    assert "openai" in reply.text and "the certificate of payments-api has expired" in reply.text


async def test_what_is_new_in_the_logs_is_told_when_nothing_explains_the_trouble(world: World) -> None:
    await world.break_something("bad-release")
    world.swap(sources=replace(world.tools.sources, deployments=None))
    reply = (await world.say("why is rag-api slow?")).reply
    assert "I do not know why" in reply.text
    (new,) = [one for one in reply.blocks if str(one.get("title") or "").startswith("New in the logs")]
    assert any("rag-api" in name and "KeyError" in words for name, words in new["facts"])


def test_an_offer_is_a_whole_command() -> None:
    plain = Remedy("rollback-service", {"service": "a", "environment": "b"})
    assert offer(plain) == "roll back a in b"
    other = Remedy("provider-failover", {"service": "a", "environment": "b", "to": "c d"})
    assert offer(other) == "run provider-failover service=a environment=b to='c d'"
