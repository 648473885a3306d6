"""The real SDK against an endpoint that misbehaves in every way we know of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from config.settings import Llm
from graph.llm.client import OpenAiClient
from graph.llm.errors import ModelBusy, ModelFailed, ModelLate, ModelNonsense
from graph.llm.said import Line, Said, Usage
from tests.support.llm_server import LlmServer, Says, Tool

ASK = [Line("system", "rules"), Line("user", "question")]
CHOOSE = {
    "title": "choose",
    "description": "Pick one.",
    "type": "object",
    "properties": {"request": {"type": "string", "enum": ["a", "none"]}},
    "required": ["request"],
}
LOOK = {
    "type": "function",
    "function": {"name": "look", "description": "Look.", "parameters": {"type": "object"}},
}


@pytest.fixture
async def client(endpoint: LlmServer) -> AsyncIterator[OpenAiClient]:
    made = OpenAiClient(Llm(base_url=endpoint.url, model="scripted", timeout=20))
    yield made
    await made.close()


async def said(client: OpenAiClient, *tools: dict[str, Any]) -> tuple[list[str], Said]:
    words, whole = [], Said()
    async for piece in client.stream(ASK, tools, 200):
        if isinstance(piece, Said):
            whole = piece
        else:
            words.append(piece)
    return words, whole


async def test_words_come_piece_by_piece_and_whole_at_the_end(
    client: OpenAiClient, endpoint: LlmServer
) -> None:
    endpoint.says(Says(["One ", "two ", "three."], usage=(11, 7)))
    words, whole = await said(client)
    assert words == ["One ", "two ", "three."]
    assert (whole.text, whole.usage) == ("One two three.", Usage(11, 7, counted=True))
    assert (
        endpoint.asked[0][
            "max_completion_tokens" if "max_completion_tokens" in endpoint.asked[0] else "max_tokens"
        ]
        == 200
    )
    assert endpoint.asked[0]["temperature"] == 0


async def test_tools_are_declared_and_their_calls_come_back(
    client: OpenAiClient, endpoint: LlmServer
) -> None:
    endpoint.says(Says(tools=[Tool("look", {"a": 1}), Tool("look", {"b": 2})]))
    _, whole = await said(client, LOOK)
    assert [(one.name, one.arguments) for one in whole.calls] == [("look", {"a": 1}), ("look", {"b": 2})]
    assert endpoint.asked[0]["tools"][0]["function"]["name"] == "look"


async def test_arguments_that_are_no_json_are_said_to_be_wrong(
    client: OpenAiClient, endpoint: LlmServer
) -> None:
    endpoint.says(Says(tools=[Tool("look", "{not json")]))
    _, whole = await said(client, LOOK)
    assert [(one.name, bool(one.wrong)) for one in whole.calls] == [("look", True)]


async def test_the_calls_and_results_of_a_talk_go_back_as_the_endpoint_wants_them(
    client: OpenAiClient, endpoint: LlmServer
) -> None:
    endpoint.says(Says(tools=[Tool("look", {"a": 1})]), Says(["Done."]))
    _, first = await said(client, LOOK)
    lines = [*ASK, Line("assistant", "", first.calls), Line("tool", "seen", of=first.calls[0].id)]
    async for _ in client.stream(lines, [LOOK], 200):
        pass
    roles = [one["role"] for one in endpoint.asked[1]["messages"]]
    assert roles == ["system", "user", "assistant", "tool"]
    assert endpoint.asked[1]["messages"][3]["tool_call_id"] == first.calls[0].id


async def test_where_nobody_counts_tokens_the_usage_is_not_counted(
    client: OpenAiClient, endpoint: LlmServer
) -> None:
    endpoint.says(Says(["Words."], usage=None))
    _, whole = await said(client)
    assert not whole.usage.counted


@pytest.mark.parametrize("after", ["7", "soon", "-3", "nan", "99999999"])
async def test_a_429_says_when_to_come_back_and_is_not_repeated(
    client: OpenAiClient, endpoint: LlmServer, after: str
) -> None:
    endpoint.says(Says(status=429, headers={"Retry-After": after}))
    with pytest.raises(ModelBusy) as caught:
        await said(client)
    assert (
        caught.value.retry_after
        == {"7": 7.0, "soon": 30.0, "-3": 0.0, "nan": 30.0, "99999999": 3600.0}[after]
    )
    assert len(endpoint.asked) == 1


@pytest.mark.parametrize("status", [400, 404, 422, 500, 502, 503])
async def test_a_refusal_names_its_status(client: OpenAiClient, endpoint: LlmServer, status: int) -> None:
    endpoint.says(Says(status=status))
    with pytest.raises(ModelFailed, match=str(status)):
        await said(client)
    assert len(endpoint.asked) == 1


@pytest.mark.parametrize("status", [401, 403])
async def test_a_wrong_key_is_told_as_such(client: OpenAiClient, endpoint: LlmServer, status: int) -> None:
    endpoint.says(Says(status=status))
    with pytest.raises(ModelFailed, match="COPILOT_LLM__API_KEY"):
        await said(client)


async def test_silence_ends_at_the_timeout(endpoint: LlmServer) -> None:
    client = OpenAiClient(Llm(base_url=endpoint.url, model="scripted", timeout=0.3))
    endpoint.says(Says(["late"], delay=30.0))
    async with asyncio.timeout(20):
        with pytest.raises(ModelLate):
            await said(client)
    await client.close()


async def test_a_stream_that_is_cut_is_a_failure(client: OpenAiClient, endpoint: LlmServer) -> None:
    endpoint.says(Says(["Half of ", "a sen"], cut=True))
    with pytest.raises(ModelFailed):
        await said(client)


async def test_a_stream_that_ends_without_saying_so_is_a_failure(
    client: OpenAiClient, endpoint: LlmServer
) -> None:
    choice = b'{"index":0,"delta":{"content":"Half"},"finish_reason":null}'
    envelope = b'"id":"c","object":"chat.completion.chunk","created":1,"model":"m"'
    endpoint.says(Says(raw=b'data: {%s,"choices":[%s]}\n\n' % (envelope, choice)))
    with pytest.raises(ModelFailed, match="broke off"):
        await said(client)


GARBAGE = [
    b"",
    b"null",
    b"<html>gateway</html>",
    b"data: [DONE]\n\n",
    b"data: null\n\n",
    b"data: {}\n\n",
    b"data: [1,2]\n\n",
    b'data: {"choices": null}\n\n',
    b'data: {"choices": [null]}\n\n',
    b'data: {"choices": [{"delta": null}]}\n\n',
    b'data: {"choices": [{"delta": {"content": 7}}]}\n\n',
    b'data: {"choices": [{"delta": {"tool_calls": [null]}}]}\n\n',
    b'data: {"error": {"message": "overloaded"}}\n\n',
    b"data: {broken\n\n",
    b"\xff\xfe\xfd",
    b'data: {"choices": "many"}\n\n',
]


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # the SDK's, of what it was given
@pytest.mark.parametrize("body", GARBAGE, ids=range(len(GARBAGE)))
async def test_garbage_in_a_stream_is_a_failure_of_ours(
    client: OpenAiClient, endpoint: LlmServer, body: bytes
) -> None:
    endpoint.says(Says(raw=body))
    with pytest.raises(ModelFailed):
        await said(client)


@pytest.mark.parametrize("body", [*GARBAGE, b'{"choices": []}', b'{"choices": [{"message": null}]}', b"{}"])
async def test_garbage_instead_of_a_choice_is_a_failure_of_ours(
    client: OpenAiClient, endpoint: LlmServer, body: bytes
) -> None:
    endpoint.says(Says(raw=body))
    with pytest.raises(ModelFailed):
        await client.choose(ASK, CHOOSE, 100)


async def test_a_choice_comes_as_the_object_that_was_asked_for(
    client: OpenAiClient, endpoint: LlmServer
) -> None:
    endpoint.says(Says(tools=[Tool("choose", {"request": "a"})], usage=(9, 3)))
    assert await client.choose(ASK, CHOOSE, 100) == ({"request": "a"}, Usage(9, 3, counted=True))


@pytest.mark.parametrize(
    "answer",
    [
        Says(["I would rather chat."]),
        Says(),
        Says(tools=[Tool("choose", "{nonsense")]),
        Says(tools=[Tool("choose", "[1]")]),
        Says(tools=[Tool("choose", "null")]),
    ],
)
async def test_no_choice_is_nonsense_and_never_none(
    client: OpenAiClient, endpoint: LlmServer, answer: Says
) -> None:
    endpoint.says(answer)
    with pytest.raises(ModelNonsense):
        await client.choose(ASK, CHOOSE, 100)


async def test_an_answer_without_end_is_stopped(client: OpenAiClient, endpoint: LlmServer) -> None:
    endpoint.says(Says(["x" * 9_000] * 10))
    with pytest.raises(ModelNonsense, match="far more"):
        await said(client)


async def test_arguments_without_end_are_stopped(client: OpenAiClient, endpoint: LlmServer) -> None:
    endpoint.says(Says(tools=[Tool("look", "[" * 100_000)]))
    with pytest.raises(ModelNonsense):
        await said(client, LOOK)
    endpoint.says(Says(tools=[Tool("look", '{"a": ' * 3_000)]))
    with pytest.raises(ModelNonsense):
        await said(client, LOOK)


async def test_nobody_there_is_a_failure() -> None:
    client = OpenAiClient(Llm(base_url="http://127.0.0.1:9/v1", model="scripted", timeout=1))
    with pytest.raises(ModelFailed, match="cannot be reached"):
        await said(client)
    with pytest.raises(ModelFailed):
        await client.models()
    await client.close()


async def test_the_endpoint_says_what_models_it_has(client: OpenAiClient, endpoint: LlmServer) -> None:
    endpoint.names = ("scripted", "other")
    assert await client.models() == ("scripted", "other")


async def test_without_a_key_none_of_the_environment_is_sent(
    endpoint: LlmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-somebody-elses")
    client = OpenAiClient(Llm(base_url=endpoint.url, model="scripted"))
    endpoint.says(Says(["Hello."]))
    await said(client)
    await client.close()
    assert endpoint.keys == ["Bearer none"]
