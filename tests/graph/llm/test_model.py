from __future__ import annotations

import asyncio

import pytest

from config.redaction import Redactor
from config.settings import Llm
from graph.llm.client import OpenAiClient
from graph.llm.errors import ModelBusy, ModelFailed, ModelLate, ModelNonsense, ModelSpent
from graph.llm.model import LanguageModel
from graph.llm.said import Line
from store import model_calls
from store.engine import Database
from tests.graph.llm.conftest import MakeModel
from tests.support.clock import ManualClock
from tests.support.llm_server import LlmServer, Says, Tool

ASK = [Line("user", "why is it slow?")]
CHOOSE = {
    "title": "choose",
    "description": "",
    "type": "object",
    "properties": {"request": {"type": "string"}},
}


def silent(words: str) -> None:
    return None


async def test_a_call_is_kept_with_tokens_cost_model_time_and_outcome(
    make_model: MakeModel, endpoint: LlmServer, sqlite_database: Database, clock: ManualClock
) -> None:
    endpoint.says(Says(["Because."], usage=(1000, 500)))
    talk = make_model().talk("req_1", "maria")
    assert (await talk.speak("investigate", ASK, (), 300, silent)).text == "Because."
    (call,) = await sqlite_database.read(lambda conn: model_calls.of_request(conn, "req_1"))
    assert (call.person, call.purpose, call.model, call.outcome) == ("maria", "investigate", "scripted", "ok")
    assert (call.tokens_in, call.tokens_out, call.at) == (1000, 500, clock.now())
    assert call.usd == pytest.approx((1000 * 1.0 + 500 * 4.0) / 1e6)
    assert 0 < call.seconds < 5
    assert talk.tokens == 1500 and talk.usd == pytest.approx(call.usd)


async def test_uncounted_tokens_are_estimated_and_never_free(
    make_model: MakeModel, endpoint: LlmServer, sqlite_database: Database
) -> None:
    endpoint.says(Says(["A whole sentence of words."], usage=None))
    await make_model().talk("req_1", "maria").speak("phrase", ASK, (), 300, silent)
    (call,) = await sqlite_database.read(lambda conn: model_calls.of_request(conn, "req_1"))
    assert call.tokens_in >= len(ASK[0].text) / 3 and call.tokens_out == 9 and call.usd > 0


@pytest.mark.parametrize(
    ("answer", "error", "outcome"),
    [
        (Says(status=429, headers={"Retry-After": "5"}), ModelBusy, "busy"),
        (Says(status=500), ModelFailed, "failed"),
        (Says(["late"], delay=30.0), ModelLate, "late"),
        (Says(), ModelNonsense, "nonsense"),
        (Says(["half"], cut=True), ModelFailed, "failed"),
    ],
)
async def test_a_failed_call_is_kept_with_what_became_of_it(
    make_model: MakeModel,
    endpoint: LlmServer,
    sqlite_database: Database,
    answer: Says,
    error: type[ModelFailed],
    outcome: str,
) -> None:
    endpoint.says(answer)
    with pytest.raises(error):
        patience = 0.5 if outcome == "late" else 20.0
        await make_model(timeout=patience).talk("req_1", "maria").speak("investigate", ASK, (), 300, silent)
    (call,) = await sqlite_database.read(lambda conn: model_calls.of_request(conn, "req_1"))
    assert call.outcome == outcome


async def test_after_a_429_it_is_left_alone_until_it_wants_to_be_asked_again(
    make_model: MakeModel, endpoint: LlmServer, clock: ManualClock
) -> None:
    model = make_model()
    endpoint.says(Says(status=429, headers={"Retry-After": "40"}), Says(["Yes."]))
    with pytest.raises(ModelBusy):
        await model.talk("req_1", "maria").speak("investigate", ASK, (), 300, silent)
    with pytest.raises(ModelBusy, match="another 40 s"):
        await model.talk("req_2", "priya").speak("investigate", ASK, (), 300, silent)
    assert len(endpoint.asked) == 1
    clock.advance(41)
    assert (await model.talk("req_3", "maria").speak("investigate", ASK, (), 300, silent)).text == "Yes."


async def test_three_failures_in_a_row_are_a_pause_for_all(
    make_model: MakeModel, endpoint: LlmServer, clock: ManualClock
) -> None:
    model = make_model()
    endpoint.says(*[Says(status=500)] * 3, Says(["Yes."]))
    for number in range(4):
        with pytest.raises(ModelFailed):
            await model.talk(f"req_{number}", "maria").speak("investigate", ASK, (), 300, silent)
    assert len(endpoint.asked) == 3
    clock.advance(31)
    await model.talk("req_5", "maria").speak("investigate", ASK, (), 300, silent)


async def test_one_message_may_not_take_more_tokens_or_money_than_it_may(
    make_model: MakeModel, endpoint: LlmServer
) -> None:
    endpoint.says(Says(["Words."], usage=(400, 100)))
    talk = make_model(max_tokens=900).talk("req_1", "maria")
    await talk.speak("investigate", ASK, (), 300, silent)
    with pytest.raises(ModelSpent, match="900 tokens"):
        await talk.speak("investigate", [Line("user", "x" * 1200)], (), 300, silent)
    dear = make_model(max_usd=0.001, price_out=10.0).talk("req_2", "maria")
    with pytest.raises(ModelSpent, match=r"0\.001 USD"):
        await dear.speak("investigate", ASK, (), 300, silent)
    assert len(endpoint.asked) == 1


async def test_a_persons_day_ends_the_asking_and_begins_anew_at_midnight_utc(
    make_model: MakeModel, endpoint: LlmServer, clock: ManualClock
) -> None:
    endpoint.says(Says(["Words."], usage=(1000, 500)))
    model = make_model(daily_tokens=2_000)
    await model.talk("req_1", "maria").speak("investigate", ASK, (), 300, silent)
    with pytest.raises(ModelSpent, match="today"):
        await model.talk("req_2", "maria").speak("investigate", ASK, (), 600, silent)
    await model.talk("req_3", "priya").speak("investigate", ASK, (), 300, silent)
    assert len(endpoint.asked) == 2
    clock.advance(86_400)
    await model.talk("req_4", "maria").speak("investigate", ASK, (), 300, silent)


async def test_what_is_asked_at_once_cannot_outrun_the_days_money(
    make_model: MakeModel, endpoint: LlmServer, sqlite_database: Database
) -> None:
    endpoint.says(Says(["Words."], delay=0.05, usage=(10, 10)))
    model = make_model(daily_usd=0.005, price_in=0.0, price_out=10.0)

    async def one(number: int) -> bool:
        try:
            await model.talk(f"req_{number}", "maria").speak("investigate", ASK, (), 100, silent)
        except ModelSpent:
            return False
        return True

    went = await asyncio.gather(*(one(number) for number in range(20)))
    assert sum(went) == 5, "each may come to 0.001 USD, and five of them to the whole day"
    assert len(endpoint.asked) == 5


async def test_a_choice_that_is_no_choice_fails(make_model: MakeModel, endpoint: LlmServer) -> None:
    endpoint.says(Says(["No tool for me."]), Says(tools=[Tool("choose", {"request": "help"})]))
    model = make_model()
    with pytest.raises(ModelNonsense):
        await model.talk("req_1", "maria").choose("read", ASK, CHOOSE, 100)
    assert await model.talk("req_2", "maria").choose("read", ASK, CHOOSE, 100) == {"request": "help"}


async def test_an_sdk_that_is_not_installed_is_said_and_hurts_nobody(
    sqlite_database: Database, clock: ManualClock
) -> None:
    def missing(settings: Llm) -> None:
        raise ModuleNotFoundError("langchain_openai")

    settings = Llm(base_url="http://127.0.0.1:9/v1", model="scripted")
    model = LanguageModel(settings, sqlite_database, clock, Redactor(), missing)  # type: ignore[arg-type]
    with pytest.raises(ModelFailed, match="install the extra `llm`"):
        await model.talk("req_1", "maria").speak("investigate", ASK, (), 300, silent)
    assert not (await model.check()).ok
    await model.aclose()


async def test_a_client_that_cannot_be_made_is_tried_again(
    sqlite_database: Database, clock: ManualClock, endpoint: LlmServer
) -> None:
    tries = []

    def flaky(settings: Llm) -> OpenAiClient:
        tries.append(1)
        if len(tries) == 1:
            raise FileNotFoundError(2, "No such file or directory")
        return OpenAiClient(settings)

    endpoint.says(Says(["Yes."]))
    settings = Llm(base_url=endpoint.url, model="scripted")
    model = LanguageModel(settings, sqlite_database, clock, Redactor(), flaky)
    with pytest.raises(ModelFailed, match="No such file"):
        await model.talk("req_1", "maria").speak("investigate", ASK, (), 300, silent)
    assert (await model.talk("req_2", "maria").speak("investigate", ASK, (), 300, silent)).text == "Yes."
    await model.aclose()


async def test_the_check_reads_what_models_there_are(make_model: MakeModel, endpoint: LlmServer) -> None:
    model = make_model()
    assert (await model.check()).ok
    assert endpoint.asked == []
    endpoint.names = ("llama", "mistral")
    found = await model.check()
    assert not found.ok and "has no model 'scripted'. It has: llama, mistral" in found.words


async def test_the_check_says_that_nobody_is_there(make_model: MakeModel) -> None:
    found = await make_model(base_url="http://127.0.0.1:9/v1").check()
    assert not found.ok and "cannot be reached" in found.words and "all else works without" in found.words


async def test_closing_before_the_client_is_loaded_leaves_nothing_behind(make_model: MakeModel) -> None:
    model = make_model()
    model.start()
    await model.aclose()
    await model.aclose()
