"""Shows an answer while it is being made: whole lines, so that a prompt on the same screen is not torn apart."""

from __future__ import annotations

import asyncio
import contextlib
import textwrap
from collections.abc import AsyncIterator

from bot.clean import one_line
from bot.services import Services
from bot.terminal.jobs.screen import Screen

_WIDE = 88
#: seconds that the last words may be behind the answer
_LAST_WORDS = 0.5


@contextlib.asynccontextmanager
async def shown_live(services: Services, screen: Screen, request_id: str) -> AsyncIterator[None]:
    """While the block lasts, what a language model says of this request is on the screen."""
    if not services.settings.llm.on:
        yield
        return
    task = asyncio.create_task(follow(services, screen, request_id), name=f"live {request_id}")
    try:
        yield
        await asyncio.wait([task], timeout=_LAST_WORDS)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def follow(services: Services, screen: Screen, request_id: str) -> None:
    """Each line once it is full; what was withdrawn is said to be."""
    held, said = "", False
    async for chunk in services.stream(request_id):
        if chunk.kind == "withdrawn":
            if said or held:
                screen.say("… (that was no part of the answer)", "dim")
            held, said = "", False
            continue
        held += chunk.words
        lines = textwrap.wrap(one_line(held), _WIDE)
        for line in lines[:-1]:
            screen.say(f"… {line}", "dim")
            said = True
        held = lines[-1] + " " * held.endswith(" ") if lines else ""
    if held:
        screen.say(f"… {held}", "dim")
