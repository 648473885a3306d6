"""The only caller of the model's SDK: one client object, every failure mapped to our few kinds.

Loaded when it is first wanted (app.py): importing it costs 0.7 s of CPU.
"""

from __future__ import annotations

import json
import math
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import httpx2
import openai
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_openai import ChatOpenAI
from langsmith import tracing_context
from pydantic import SecretStr

from config.settings import Llm
from graph.llm.errors import ModelBusy, ModelFailed, ModelLate, ModelNonsense
from graph.llm.said import Call, Declared, Line, Said, Usage

#: what garbage in an answer makes of the SDK's own code, beside ValueError (JSON, validation, parsing)
_GARBAGE = (ValueError, TypeError, KeyError, AttributeError, IndexError, RuntimeError)
_LONGEST = 60_000


class OpenAiClient:
    """Any OpenAI-compatible endpoint. Retries nothing: who asks knows how much time is left."""

    def __init__(self, settings: Llm) -> None:
        with _mapped():
            self._open(settings)

    def _open(self, settings: Llm) -> None:
        assert settings.model is not None
        # of our own, for the SDK shares its clients between objects: closing one would close all
        self._http = httpx2.AsyncClient(timeout=settings.timeout, follow_redirects=False)
        self._sync = httpx2.Client()
        self._model = ChatOpenAI(
            http_async_client=self._http,
            http_client=self._sync,
            model=settings.model,
            base_url=settings.base_url,
            api_key=settings.api_key or SecretStr("none"),
            timeout=settings.timeout,
            max_retries=0,
            stream_usage=True,
            temperature=0,
            use_responses_api=False,
        )

    async def stream(
        self, lines: Sequence[Line], tools: Sequence[Declared], most_out: int
    ) -> AsyncIterator[str | Said]:
        whole: AIMessageChunk | None = None
        size = 0
        bound: dict[str, Any] = {"max_tokens": most_out}
        if tools:
            # beside the SDK's own argument, which takes 4 ms of CPU to walk through the declarations again each time
            bound["extra_body"] = {"tools": list(tools)}
        with _mapped():
            async for chunk in self._model.astream(_messages(lines), **bound):
                whole = chunk if whole is None else whole + chunk
                words = _text(chunk)
                size += len(words) + sum(len(one["args"] or "") for one in chunk.tool_call_chunks)
                if size > _LONGEST:
                    raise ModelNonsense("said far more than was asked for")
                if words:
                    yield words
            if whole is None:
                raise ModelNonsense("said nothing")
            said = Said(_text(whole), _calls(whole), _usage(whole))
        if not said.text.strip() and not said.calls:
            raise ModelNonsense("said nothing")
        if not _ended(whole):
            raise ModelFailed("broke off in the middle")
        yield said

    async def choose(
        self, lines: Sequence[Line], schema: Mapping[str, Any], most_out: int
    ) -> tuple[Mapping[str, Any], Usage]:
        with _mapped():
            asked = self._model.with_structured_output(
                dict(schema), method="function_calling", include_raw=True
            )
            got = await asked.ainvoke(_messages(lines), max_tokens=most_out)
        if not isinstance(got, dict) or not isinstance(got.get("parsed"), dict):
            raise ModelNonsense("gave no choice that can be read")
        if not set(schema.get("required", ())) <= set(got["parsed"]):
            raise ModelNonsense("gave a choice without what was asked for")
        raw = got.get("raw")
        return got["parsed"], _usage(raw) if isinstance(raw, AIMessage) else Usage()

    async def models(self) -> tuple[str, ...]:
        try:
            with _mapped():
                page = await self._model.root_async_client.models.list()
                return tuple(str(one.id) for one in page.data or ())
        except ModelNonsense:
            return ()

    async def close(self) -> None:
        await self._http.aclose()
        self._sync.close()


@contextmanager
def _mapped() -> Iterator[None]:
    """The SDK's errors as ours. Nothing of a prompt goes to a tracing service, whatever the environment says."""
    try:
        with tracing_context(enabled=False):
            yield
    except ModelFailed:
        raise
    except (openai.APITimeoutError, TimeoutError) as err:
        raise ModelLate("did not answer in time") from err
    except openai.RateLimitError as err:
        raise ModelBusy("takes no more questions at present (429)", _retry_after(err)) from err
    except (openai.AuthenticationError, openai.PermissionDeniedError) as err:
        raise ModelFailed("refused the key in COPILOT_LLM__API_KEY") from err
    except openai.APIStatusError as err:
        raise ModelFailed(f"answered with HTTP {err.status_code}") from err
    except openai.APIConnectionError as err:
        raise ModelFailed("cannot be reached, or broke off") from err
    except openai.OpenAIError as err:
        raise ModelFailed("broke off with an error of its own") from err
    except _GARBAGE as err:
        raise ModelNonsense("said something that cannot be read") from err
    except (httpx2.HTTPError, httpx2.StreamError) as err:
        raise ModelFailed("broke off in the middle") from err


def _retry_after(err: openai.APIStatusError) -> float:
    """Seconds; 30 where the header is missing or unreadable."""
    try:
        seconds = float(err.response.headers.get("retry-after", "30"))
    except ValueError:
        return 30.0
    return min(3600.0, max(0.0, seconds)) if math.isfinite(seconds) else 30.0


def _messages(lines: Sequence[Line]) -> list[BaseMessage]:
    made: list[BaseMessage] = []
    for line in lines:
        match line.role:
            case "system":
                made.append(SystemMessage(line.text))
            case "user":
                made.append(HumanMessage(line.text))
            case "tool":
                made.append(ToolMessage(line.text, tool_call_id=line.of))
            case "assistant":
                calls = [
                    {"id": one.id, "name": one.name, "args": dict(one.arguments), "type": "tool_call"}
                    for one in line.calls
                ]
                made.append(AIMessage(line.text, tool_calls=calls))
    return made


def _text(message: AIMessage) -> str:
    content = message.content
    if isinstance(content, str):
        return content
    parts = [one if isinstance(one, str) else str(one.get("text") or "") for one in content]
    return "".join(parts)


def _calls(message: AIMessageChunk) -> tuple[Call, ...]:
    """Arguments are read strictly: the SDK mends what is broken, and nobody knows into what."""
    return tuple(
        _call(str(one["id"] or f"call_{number}"), str(one["name"] or ""), one["args"] or "{}")
        for number, one in enumerate(message.tool_call_chunks)
    )


def _call(id: str, name: str, arguments: str) -> Call:
    try:
        read = json.loads(arguments)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        return Call(id, name, {}, "its arguments are no JSON object")
    return Call(id, name, read)


def _usage(message: AIMessage) -> Usage:
    told = message.usage_metadata
    if not told:
        return Usage()
    return Usage(int(told["input_tokens"]), int(told["output_tokens"]), counted=True)


def _ended(message: AIMessage) -> bool:
    return bool(message.response_metadata.get("finish_reason"))
