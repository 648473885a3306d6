"""The facts that the intent's answer is made of: ports in parallel, each with a deadline, gaps named."""

from __future__ import annotations

from typing import Any

from config.errors import CopilotError
from graph.answers import asking
from graph.intents import BY_NAME
from graph.ports import Tools
from graph.state import State
from store.errors import StoreError


class Gather:
    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def __call__(self, state: State) -> dict[str, Any]:
        ask = state["ask"]
        facts = BY_NAME[ask.reading.intent].facts
        assert facts is not None
        try:
            return {"facts": await facts(self._tools, ask)}
        except StoreError:
            raise
        except CopilotError as err:
            return {"answer": asking.refused(err)}
