"""The words and cards of the answer, from facts and ledger."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from config.errors import NotFound
from graph import cards
from graph.answers import approvals, feedback, results
from graph.answers.work import footer as stopped
from graph.intents import BY_NAME
from graph.intents.model import Answer
from graph.llm.refine import refine
from graph.ports import Tools
from graph.state import State
from runbooks.halt import Halt
from store import ledger

_FOOTERS = {
    "demo": "DEMO: an invented company.",
    "observe": "Mode observe: I only read; nothing can be changed.",
    "propose": "Mode propose: changes are planned and approved, but not executed.",
}


class Reply:
    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def __call__(self, state: State) -> dict[str, Any]:
        return {"answer": state.get("answer") or await self._make(state)}

    async def _make(self, state: State) -> Answer:
        if state["kind"] == "ended":
            return await self._ended(state["run_id"])
        if state["kind"] == "closed":
            return await self._closed(state["approval_id"])
        ask = state["ask"]
        intent = BY_NAME[ask.reading.intent]
        assert intent.answer is not None
        answer = intent.answer(self._tools, ask, state.get("facts"))
        if self._tools.model is not None:
            answer = await refine(self._tools, ask, state.get("facts"), answer)
        if intent.rated and ask.message.person is not None:
            answer = replace(answer, blocks=(*answer.blocks, feedback.question(ask.message.id)))
        if not ask.notes:
            return answer
        note = " ".join(ask.notes)
        return replace(answer, text=f"{answer.text} ({note})", blocks=(*answer.blocks, cards.text(note)))

    async def _ended(self, run_id: str) -> Answer:
        run, steps = await self._tools.database.read(
            lambda conn: (ledger.get_run(conn, run_id), ledger.get_steps(conn, run_id))
        )
        if run is None:
            raise NotFound(f"There is no run {run_id!r} in the ledger any more.")
        return results.ended(run, steps)

    async def _closed(self, approval_id: str) -> Answer:
        found = await self._tools.database.read(lambda conn: approvals.find(conn, approval_id))
        if found is None:
            raise NotFound(f"There is no approval {approval_id!r} in the ledger any more.")
        return results.closed(found)


def with_footer(answer: Answer, mode: str, halt: Halt | None = None) -> Answer:
    """The mode, said once, whenever it is not act; and that everything is stopped, while it is."""
    said = [_FOOTERS.get(mode), stopped(halt) if halt else None]
    footer = "\n".join(one for one in said if one is not None and one not in answer.text)
    if not footer:
        return answer
    blocks, text = list(answer.blocks), f"{answer.text}\n{footer}"
    if blocks and blocks[0]["type"] == "text":
        blocks[0] = cards.text(f"{blocks[0]['text']}\n{footer}")
    else:
        blocks.append(cards.text(footer))
    return replace(answer, text=text, blocks=tuple(blocks))
