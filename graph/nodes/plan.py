"""A change becomes a plan that policy judges: refused, started, or asked for. A word on the ledger is carried out."""

from __future__ import annotations

from typing import Any

from config.errors import CopilotError
from config.people import Person
from graph.answers import asking, proposals
from graph.intents import BY_NAME
from graph.intents.model import Answer, Ask, Intent
from graph.ports import Tools
from graph.state import State
from runbooks.plan import RunRequest
from store.errors import StoreError


class Plan:
    """Proposing is keyed by the request: planned again after a crash, the same run and approval come back."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def __call__(self, state: State) -> dict[str, Any]:
        ask = state["ask"]
        intent = BY_NAME[ask.reading.intent]
        try:
            return {"answer": await self._answer(intent, ask)}
        except StoreError:
            raise
        except CopilotError as err:
            return {"answer": asking.refused(err)}

    async def _answer(self, intent: Intent, ask: Ask) -> Answer:
        if intent.act is not None:
            request = await intent.act(self._tools, ask)
        else:
            assert intent.request is not None
            request = intent.request(self._tools, ask)
        return request if isinstance(request, Answer) else await propose(self._tools, ask, request)


async def propose(tools: Tools, ask: Ask, request: RunRequest) -> Answer:
    """Raises CopilotError (inputs, rights, a back end that could not plan)."""
    requester = ask.message.person
    assert isinstance(requester, Person)
    proposal = await tools.runbooks.propose(request, requester)
    return proposals.outcome(tools, ask, proposal)
