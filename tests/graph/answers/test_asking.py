from __future__ import annotations

import pytest

from config.errors import Conflict
from graph.answers import asking
from tests.graph.world import World, lexicon


async def test_a_misspelt_service_is_asked_about_and_yes_repeats_the_sentence(world: World) -> None:
    asked = await world.say("error rate of chekout last hour")
    assert "Did you mean checkout?" in asked.reply.text
    done = await world.say("yes")
    assert "Error rate of checkout in production" in done.reply.text
    assert "over the last hour" in done.reply.text


async def test_a_misspelt_service_never_starts_a_change(world: World) -> None:
    outcome = await world.say("roll back raag-api in production")
    assert "I do not know a service called 'raag-api'. Did you mean rag-api?" in outcome.reply.text
    assert not outcome.ask


@pytest.mark.parametrize(
    "text",
    [
        "why is foo-svc slow",
        "error rate of foo",
        "roll back zebra in staging",
        "what version of foo-api is live",
    ],
)
async def test_an_unknown_service_is_said_with_those_there_are(world: World, text: str) -> None:
    outcome = await world.say(text)
    assert "I do not know a service called" in outcome.reply.text
    assert "payments-api, checkout" in outcome.reply.text
    assert not outcome.ask


async def test_a_region_is_never_the_whole_environment(world: World) -> None:
    outcome = await world.say("roll back rag-api in prod-eu")
    assert "EU is a region" in outcome.reply.text
    assert not outcome.ask
    assert (await world.say("1")).ask


async def test_a_region_is_asked_about_for_reads_too(world: World) -> None:
    assert "US is a region" in (await world.say("latency of rag-api in prod-us")).reply.text


async def test_two_services_in_one_change_are_taken_one_at_a_time(world: World) -> None:
    outcome = await world.say("roll back rag-api and checkout in staging")
    assert "One change at a time" in outcome.reply.text
    done = await world.say("2")
    assert done.reply.approval is not None
    assert done.reply.approval["inputs"]["service"] == "checkout"


async def test_a_person_without_the_role_is_told_who_has_it(world: World) -> None:
    reply = (await world.say("roll back rag-api in production", as_="jonas")).reply
    assert "you need the role operator" in reply.text
    assert "Priya Nair" in reply.text


async def test_another_language_gets_the_exact_commands(world: World) -> None:
    reply = (await world.say("warum ist rag-api so langsam")).reply
    assert [one["say"] for one in reply.blocks[1]["options"]] == [
        "what is wrong with rag-api in production",
        "run rollback-service service=rag-api environment=production",
    ]


def test_a_question_with_options_can_be_answered_by_number() -> None:
    answer = asking.question("Which?", [("a", "say a"), ("b", "say b")])
    assert answer.pending == {"missing": "choice", "options": ["say a", "say b"]}
    assert asking.question("No options.").pending is None


def test_the_near_name_replaces_the_wrong_one_in_the_sentence() -> None:
    from graph.understanding.entities import Unknown

    answer = asking.unknown_names(
        [Unknown("service", "chekout", ("checkout",))], lexicon(), "Restart chekout now"
    )
    assert answer.blocks[1]["options"][0]["say"] == "Restart checkout now"


def test_an_error_keeps_its_own_words() -> None:
    answer = asking.refused(Conflict("It is over."))
    assert answer.text == "It has changed meanwhile: It is over."
    assert answer.blocks[0]["type"] == "error"
