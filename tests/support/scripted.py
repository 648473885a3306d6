"""A client of a language model without a network: the same scripts as tests/support/llm_server.py."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from graph.llm.said import Call, Declared, Line, Said, Usage
from tests.support.llm_server import Json, Script, Tool


class Scripted:
    def __init__(self, script: Script) -> None:
        self._script = script
        self.asked: list[Json] = []

    async def stream(
        self, lines: Sequence[Line], tools: Sequence[Declared], most_out: int
    ) -> AsyncIterator[str | Said]:
        said = self._script(self._body(lines, [dict(one) for one in tools]))
        for piece in said.pieces:
            yield piece
        calls = tuple(_call(one, number) for number, one in enumerate(said.tools))
        yield Said("".join(said.pieces), calls, Usage(*(said.usage or (0, 0)), counted=True))

    async def choose(
        self, lines: Sequence[Line], schema: Mapping[str, Any], most_out: int
    ) -> tuple[Mapping[str, Any], Usage]:
        said = self._script(self._body(lines, [{"function": {"name": "choose"}}]))
        arguments = said.tools[0].arguments
        assert isinstance(arguments, dict)
        return arguments, Usage(10, 5, counted=True)

    async def models(self) -> tuple[str, ...]:
        return ("scripted",)

    async def close(self) -> None:
        return None

    def _body(self, lines: Sequence[Line], tools: list[Json]) -> Json:
        body = {"messages": [{"role": one.role, "content": one.text} for one in lines], "tools": tools}
        self.asked.append(body)
        return body


def _call(tool: Tool, number: int) -> Call:
    given = tool.arguments
    if isinstance(given, str):
        return Call(f"c{number}", tool.name, {}, "its arguments are no JSON object")
    return Call(f"c{number}", tool.name, json.loads(json.dumps(given)))
