"""A thinker of a few lines, for tests of the desk and of faces."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graph.message import Before, Message, Outcome, Reading, Reply
from store.records import Turn


@dataclass
class Echo:
    """Answers what was said; `gate` holds it back, `fail` is raised."""

    gate: asyncio.Event | None = None
    fail: Exception | None = None
    heard: list[str] = field(default_factory=list)

    async def message(self, request_id: str, message: Message, before: Before | None = None) -> Outcome:
        self.heard.append(message.text)
        if self.gate is not None:
            await self.gate.wait()
        if self.fail is not None:
            raise self.fail
        reading = Reading("smalltalk", 1.0, "command")
        reply = Reply(request_id, message.conversation, f"heard {message.text}", (), reading)
        turn = Turn(
            request_id,
            message.conversation,
            message.actor,
            message.text,
            "smalltalk",
            1.0,
            "command",
            {},
            message.at,
        )
        return Outcome(reply, turn)

    async def fired(self, request_id: str, firing: Mapping[str, Any]) -> Outcome:
        said = Message(
            request_id, firing["words"], firing["owner"], None, firing["place"], firing["conversation"], 0.0
        )
        return await self.message(request_id, said)

    async def wait(self, request_id: str, run_id: str, approval_id: str) -> None:
        self.heard.append(f"wait {approval_id}")

    async def decided(self, request_id: str, approval_id: str) -> Reply | None:
        self.heard.append(f"decided {approval_id}")
        return None

    async def ended(self, run_id: str, replan: bool = False) -> Reply:
        self.heard.append(f"ended {run_id}")
        return Reply(f"ended:{run_id}", "c1", f"{run_id} ended", (), Reading("run", 1.0, "command"))
