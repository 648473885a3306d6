from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from config.redaction import Redactor
from config.settings import Llm
from graph.intents.model import Answer
from graph.llm.client import OpenAiClient
from graph.llm.model import LanguageModel
from graph.message import Outcome, Reading
from graph.understanding.entities import Extracted
from graph.understanding.model import noted
from graph.understanding.reader import Understanding
from store import approvals, ledger, model_calls
from store.engine import Database
from tests.graph.world import World, build_world, classifier
from tests.support.clock import ManualClock
from tests.support.llm_server import LlmServer, Says, Tool, serving
from tests.support.undecided import Scores

UNSURE = "could you take a peek at how rag-api has been coping lately"


@pytest.fixture
async def endpoint() -> AsyncIterator[LlmServer]:
    async with serving() as server:
        yield server


@pytest.fixture
async def asking(endpoint: LlmServer, sqlite_database: Database, clock: ManualClock) -> AsyncIterator[World]:
    settings = Llm(base_url=endpoint.url, model="scripted", timeout=4.0)
    model = LanguageModel(settings, sqlite_database, clock, Redactor(), OpenAiClient)
    yield build_world(sqlite_database, clock, model=model, classifier=Scores(classifier()))
    await model.aclose()


def chooses(request: str, **named: Any) -> Says:
    return Says(tools=[Tool("choose", {"request": request, **named})])


async def nothing_happened(world: World, outcome: Outcome) -> None:
    assert not outcome.ask and outcome.reply.approval is None and outcome.reply.run is None
    assert await world.database.read(lambda conn: ledger.list_runs(conn)) == []
    assert await world.database.read(lambda conn: approvals.pending(conn)) == []


async def test_without_a_model_an_unsure_text_is_asked_back(world: World) -> None:
    world.swap(classifier=Scores(classifier()))
    assert "I am not sure" in (await world.say(UNSURE)).reply.text


async def test_a_read_that_the_model_chose_is_carried_out(asking: World, endpoint: LlmServer) -> None:
    endpoint.says(chooses("metrics.query", service="rag-api", metric="latency"))
    reply = (await asking.say(UNSURE)).reply
    assert (reply.reading.intent, reply.reading.source) == ("metrics.query", "llm")
    assert reply.text.startswith("Latency p95 of rag-api")


@pytest.mark.parametrize(
    ("scores", "asked"),
    [
        ([("oos", 0.6), ("metrics.query", 0.3)], True),
        ([("oos", 0.9), ("metrics.query", 0.05)], False),
        ([("oos.cost.query", 0.6), ("metrics.query", 0.3)], False),
        ([("metrics.query", 0.9), ("oos", 0.05)], False),
    ],
)
async def test_it_is_asked_where_the_local_reading_has_little_reason(
    asking: World, endpoint: LlmServer, scores: list[tuple[str, float]], asked: bool
) -> None:
    endpoint.says(chooses("none"))
    asking.swap(classifier=Scores(classifier(), scores))
    await asking.say(UNSURE)
    assert bool(endpoint.asked) == asked


async def test_a_clear_text_costs_no_call(asking: World, endpoint: LlmServer) -> None:
    asking.swap(classifier=classifier())
    await asking.say("p99 latency of rag-api in staging")
    await asking.say("approvals")
    assert endpoint.asked == []


async def test_names_that_nobody_knows_are_left_out(asking: World, endpoint: LlmServer) -> None:
    endpoint.says(chooses("metrics.query", service="evil-service", metric="latency", environment="mars"))
    reply = (await asking.say(UNSURE)).reply
    assert "evil" not in reply.text and reply.reading.entities["service"] == "rag-api"
    assert "mars" not in str(reply.reading.entities)


async def test_a_change_is_said_back_with_the_persons_own_names_alone(
    asking: World, endpoint: LlmServer
) -> None:
    endpoint.says(chooses("deploy.rollback", service="payments-api", environment="production", version="v0"))
    outcome = await asking.say("the thing we put on rag-api in staging feels off, sort that out somehow")
    assert "payments" not in outcome.reply.text
    assert "Nothing is done until you say yes" in outcome.reply.text
    assert "roll back rag-api in staging" in outcome.reply.text
    await nothing_happened(asking, outcome)


@pytest.mark.parametrize(
    "request_",
    ["approval.approve", "approval.deny", "work.stop", "glass.break", "run.cancel", "standing.approve"],
)
async def test_what_decides_can_never_be_chosen(asking: World, endpoint: LlmServer, request_: str) -> None:
    endpoint.says(chooses(request_, service="rag-api"))
    outcome = await asking.say(UNSURE)
    assert request_ not in str(endpoint.asked[0]["tools"])
    assert outcome.reply.reading.source != "llm"
    await nothing_happened(asking, outcome)


async def test_a_role_that_is_not_held_offers_no_change(asking: World, endpoint: LlmServer) -> None:
    endpoint.says(chooses("deploy.rollback"))
    outcome = await asking.say(UNSURE, as_="jonas")
    assert "deploy.rollback" not in str(endpoint.asked[0]["tools"])
    await nothing_happened(asking, outcome)


async def test_somebody_unknown_costs_nothing(asking: World, endpoint: LlmServer) -> None:
    await asking.say(UNSURE, as_=None)
    assert endpoint.asked == []


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Says(status=429, headers={"Retry-After": "9"}), "takes no more questions at present (429)"),
        (Says(["no"], delay=30.0), "did not answer within 4 s"),
        (Says(raw=b"null"), "said something that cannot be read"),
        (Says(["Let me think."]), "gave no choice that can be read"),
        (Says(status=500), "answered with HTTP 500"),
    ],
)
async def test_when_the_model_fails_the_local_reading_stands_and_says_so(
    asking: World, endpoint: LlmServer, answer: Says, why: str
) -> None:
    endpoint.says(answer)
    reply = (await asking.say(UNSURE)).reply
    assert "I am not sure" in reply.text
    assert f"The language model {why}; this is my own reading." in reply.text


async def test_none_of_them_leaves_the_question_to_the_person(asking: World, endpoint: LlmServer) -> None:
    endpoint.says(chooses("none"))
    reply = (await asking.say(UNSURE)).reply
    assert "I am not sure" in reply.text and "language model" not in reply.text


async def test_a_reading_is_kept_with_its_request(asking: World, endpoint: LlmServer) -> None:
    endpoint.says(chooses("none"))
    reply = (await asking.say(UNSURE)).reply
    (call,) = await asking.database.read(lambda conn: model_calls.of_request(conn, reply.request_id))
    assert (call.purpose, call.person) == ("read", "maria")


async def test_the_model_is_told_no_secret_and_nobodys_address(asking: World, endpoint: LlmServer) -> None:
    endpoint.says(chooses("none"))
    await asking.say(f"{UNSURE}, says ana@corp.example with ghp_{'a1B2' * 9}")
    assert "ana@corp.example" not in endpoint.prompts() and "ghp_a1B2" not in endpoint.prompts()
    assert "rag-api" in endpoint.prompts()


def test_only_a_question_back_carries_the_notes_of_its_reading() -> None:
    reading = Reading("metrics.query", 0.3, "classifier")
    unsure = Understanding(reading, "x", Extracted({}), "unsure", notes=("It failed.",))
    assert noted(Answer("Which?"), unsure).text == "Which? (It failed.)"
    sure = Understanding(reading, "x", Extracted({}), "", notes=("Taken from before.",))
    assert noted(Answer("Which?"), sure).text == "Which?"
