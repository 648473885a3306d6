"""An OpenAI-compatible endpoint on loopback that says what a test's script tells it to.

python -m tests.support.llm_server PORT DELAY is one in a process of its own: it says the same sentence after DELAY s.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Json = dict[str, Any]


@dataclass(frozen=True)
class Tool:
    """One tool call. `arguments` is sent as it stands when it is text, garbage too."""

    name: str
    arguments: Json | str
    id: str = "call_1"

    def body(self, index: int) -> Json:
        given = self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments)
        function = {"name": self.name, "arguments": given}
        return {"index": index, "id": f"{self.id}_{index}", "type": "function", "function": function}


@dataclass(frozen=True)
class Says:
    """One answer. `pieces` are streamed `gap` seconds apart after `delay`; `cut`: the connection ends in the middle;
    `raw`: this body instead of all else; `usage` None: no token counts are told."""

    pieces: Sequence[str] = ()
    tools: Sequence[Tool] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    gap: float = 0.0
    cut: bool = False
    raw: bytes | None = None
    usage: tuple[int, int] | None = (100, 20)


Script = Callable[[Json], Says]


@dataclass
class LlmServer:
    """`asked` are the bodies of all requests; `first_words` when the first piece of each left, time.perf_counter()."""

    script: Script = lambda body: Says(["Nothing to say."])
    asked: list[Json] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    first_words: list[float] = field(default_factory=list)
    began: list[float] = field(default_factory=list)
    names: tuple[str, ...] = ("scripted",)
    url: str = ""

    def app(self) -> web.Application:
        made = web.Application()
        made.router.add_post("/v1/chat/completions", self.complete)
        made.router.add_get("/v1/models", self.models)
        made.router.add_get("/told", self.told)
        return made

    def says(self, *answers: Says) -> None:
        """These, one after the other; the last again and again."""
        left = list(answers)
        self.script = lambda body: left.pop(0) if len(left) > 1 else left[0]

    def prompts(self) -> str:
        """Every word that was ever sent here."""
        return json.dumps(self.asked, ensure_ascii=False)

    async def complete(self, request: web.Request) -> web.StreamResponse:
        self.began.append(time.perf_counter())
        body = await request.json()
        self.asked.append(body)
        self.keys.append(request.headers.get("Authorization", ""))
        said = self.script(body)
        if said.delay:
            await asyncio.sleep(said.delay)
        if said.raw is not None:
            kind = "text/event-stream" if body.get("stream") else "application/json"
            return web.Response(status=said.status, body=said.raw, content_type=kind, headers=said.headers)
        if said.status != 200:
            error = {"error": {"message": "scripted", "type": "scripted", "code": "scripted"}}
            return web.json_response(error, status=said.status, headers=said.headers)
        return await self._stream(request, body, said) if body.get("stream") else self._whole(body, said)

    def _whole(self, body: Json, said: Says) -> web.Response:
        message: Json = {"role": "assistant", "content": "".join(said.pieces) or None}
        if said.tools:
            message["tool_calls"] = [one.body(n) for n, one in enumerate(said.tools)]
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if said.tools else "stop"}
        return web.json_response(self._envelope("chat.completion", [choice]) | self._usage(said))

    async def _stream(self, request: web.Request, body: Json, said: Says) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)

        async def send(delta: Json, finish: str | None = None) -> None:
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            event = self._envelope("chat.completion.chunk", [choice])
            await response.write(f"data: {json.dumps(event)}\n\n".encode())

        for number, piece in enumerate(said.pieces):
            if number == 0:
                self.first_words.append(time.perf_counter())
            elif said.gap:
                await asyncio.sleep(said.gap)
            await send({"role": "assistant", "content": piece})
        if said.cut:
            assert request.transport is not None
            request.transport.abort()
            return response
        for number, tool in enumerate(said.tools):
            await send({"tool_calls": [tool.body(number)]})
        await send({}, "tool_calls" if said.tools else "stop")
        if body.get("stream_options", {}).get("include_usage") and said.usage:
            event = self._envelope("chat.completion.chunk", []) | self._usage(said)
            await response.write(f"data: {json.dumps(event)}\n\n".encode())
        await response.write(b"data: [DONE]\n\n")
        return response

    def _envelope(self, kind: str, choices: list[Json]) -> Json:
        return {"id": "c1", "object": kind, "created": 1, "model": "scripted", "choices": choices}

    def _usage(self, said: Says) -> Json:
        if said.usage is None:
            return {}
        into, out = said.usage
        return {"usage": {"prompt_tokens": into, "completion_tokens": out, "total_tokens": into + out}}

    async def told(self, request: web.Request) -> web.Response:
        """When requests came and when their first words left, on the machine's monotonic clock."""
        return web.json_response({"began": self.began, "first_words": self.first_words})

    async def models(self, request: web.Request) -> web.Response:
        self.keys.append(request.headers.get("Authorization", ""))
        found = [{"id": one, "object": "model", "created": 1, "owned_by": "us"} for one in self.names]
        return web.json_response({"object": "list", "data": found})


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[LlmServer]:
    """Listening on a free port of loopback; `url` is the base URL that a client wants."""
    server = LlmServer()
    runner = web.AppRunner(server.app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield server
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    words = ["The", "newest", "release", "is", "the", "first", "thing", "to", "look", "at", ""]
    alone = LlmServer()
    alone.says(Says([f"{one} " for one in words], delay=float(sys.argv[2]), gap=0.005))
    web.run_app(alone.app(), host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
