"""The graph and the only file with edges: one builder, compiled without a saver for a message's first pass, and with
one for the threads that wait for people."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command

from config.errors import CopilotError
from graph.fired import Fired, fired
from graph.intents import BY_NAME
from graph.intents.model import Answer, Ask, NoSlots
from graph.lookback import look_back
from graph.message import Before, Message, Outcome, Reading, Reply
from graph.nodes.approve import approve
from graph.nodes.classify import Classify
from graph.nodes.execute import Execute
from graph.nodes.gather import Gather
from graph.nodes.plan import Plan, propose
from graph.nodes.reply import Reply as ReplyNode
from graph.nodes.reply import with_footer
from graph.ports import Tools
from graph.state import State
from runbooks.halt import halted
from runbooks.plan import RunRequest
from store import ledger
from store.errors import StoreError
from store.records import Run, Turn

log = logging.getLogger(__name__)
#: intents that throw or lift the switch: their answers say how it stands after them
_SWITCHING = frozenset({"work.stop", "work.resume"})
_MOST_REPLANS = 3
_STARTS = {
    "message": "classify",
    "waiting": "approve",
    "decided": "execute",
    "ended": "reply",
    "closed": "reply",
}

Compiled = CompiledStateGraph[State, None, State, State]


def _builder(tools: Tools) -> StateGraph[State, None, State, State]:
    builder: StateGraph[State, None, State, State] = StateGraph(State)
    classify = Classify(tools)

    async def classify_and_go(state: State) -> Command[str]:
        update = await classify(state)
        return Command(update=update, goto=_after_classify(update))

    # a node that says where to go itself costs 0.1 ms CPU less than a conditional edge
    builder.add_node("classify", classify_and_go, destinations=("gather", "plan", "reply", END))
    builder.add_node("gather", Gather(tools))
    builder.add_node("plan", Plan(tools))
    builder.add_node("approve", approve)
    builder.add_node("execute", Execute(tools))
    builder.add_node("reply", ReplyNode(tools))
    # routers are coroutines: langgraph runs plain functions in a thread, at 0.2 ms CPU each
    builder.add_conditional_edges(START, _start, ["classify", "approve", "execute", "reply"])
    builder.add_edge("gather", "reply")
    builder.add_edge("plan", END)
    builder.add_edge("approve", "execute")
    builder.add_edge("execute", END)
    builder.add_edge("reply", END)
    return builder


async def _start(state: State) -> str:
    return _STARTS[state["kind"]]


def _after_classify(update: Mapping[str, Any]) -> str:
    """A question back is the answer; reads gather facts, talk needs none, changes are planned."""
    if "answer" in update:
        return END
    intent = BY_NAME[update["ask"].reading.intent]
    if intent.answer is None:
        return "plan"
    return "reply" if intent.facts is None else "gather"


def build_thinker(
    tools: Tools, saver: BaseCheckpointSaver[str], broken: tuple[type[Exception], ...] = (sqlite3.Error,)
) -> Thinker:
    """`broken` are what the saver raises when its file or server fails: no reason to stop, the ledger has it all."""
    builder = _builder(tools)
    return Thinker(tools, saver, builder.compile(), builder.compile(checkpointer=saver), broken)


class Thinker:
    """The graph as the desk uses it. Everything that must survive is in the ledger, never in a thread."""

    def __init__(
        self,
        tools: Tools,
        saver: BaseCheckpointSaver[str],
        first: Compiled,
        waiting: Compiled,
        broken: tuple[type[Exception], ...],
    ) -> None:
        self._tools, self._saver, self._first, self._waiting = tools, saver, first, waiting
        self._broken = broken
        self._unusable: tuple[type[Exception], ...] = (
            *broken,
            KeyError,
            ValueError,
            TypeError,
            AttributeError,
        )

    async def warm(self) -> None:
        """Do beforehand what the first message would pay for in one go: imports, patterns, the model, the fleet."""
        person = next(iter(self._tools.people.by_id.values()), None)
        for text in ("help", "p95 latency of everything in production since 9:00"):
            message = Message("warm", text, "warm", person, "none:warm", "warm", self._tools.clock.now())
            await self.message("warm", message, Before())

    async def fired(self, request_id: str, firing: Mapping[str, Any]) -> Outcome:
        """A schedule's time has come (graph/fired.py). Raises as `message`."""
        return await fired(self, self._tools, request_id, Fired.of(firing))

    async def message(self, request_id: str, message: Message, before: Before | None = None) -> Outcome:
        """The first pass. With `ask` the reply's approval waits for people: `wait` keeps its thread.

        `before` was read when the message was stored; None: it is read now.
        Raises CopilotError with words for the person.
        """
        conversation = message.conversation
        if before is None:
            before = await self._tools.database.read(lambda conn: look_back(conn, conversation))
        state: State = {
            "kind": "message",
            "request_id": request_id,
            "message": message,
            "turns": list(before.turns),
        }
        done = await self._first.ainvoke(state)
        reading = done["understanding"].reading
        if reading.intent in _SWITCHING:
            answer = await self._signed(done["answer"])
        else:
            answer = with_footer(done["answer"], self._tools.mode, before.halt)
        reply = _reply(request_id, conversation, reading, answer)
        return Outcome(
            reply, _turn(request_id, message, done["understanding"].text, reply, answer), _asks(answer)
        )

    async def wait(self, request_id: str, run_id: str, approval_id: str) -> None:
        """Start the thread that waits for the decision; nothing when it waits already."""
        config = _thread(request_id)
        state: State = {
            "kind": "waiting",
            "request_id": request_id,
            "run_id": run_id,
            "approval_id": approval_id,
        }
        try:
            if (await self._waiting.aget_state(config)).created_at is None:
                await self._waiting.ainvoke(state, config, durability="sync")
        except self._broken as err:
            log.warning("no thread waits for %s (%s); its decision will follow the ledger", request_id, err)

    async def decided(self, request_id: str, approval_id: str) -> Reply | None:
        """Go on after a decision: an approved run is submitted (None); else a reply that says what became of it."""
        outcome = await self._resume(request_id, approval_id)
        if outcome is None:
            state: State = {"kind": "decided", "request_id": request_id, "approval_id": approval_id}
            outcome = (await self._first.ainvoke(state))["outcome"]
        if outcome in ("approved", "pending", "gone"):
            return None
        closed = await self._first.ainvoke(
            {"kind": "closed", "request_id": request_id, "approval_id": approval_id}
        )
        return await self._told(request_id, closed["answer"])

    async def _resume(self, request_id: str, approval_id: str) -> str | None:
        """What the waiting thread did; None when it is lost, old or past its interrupt: the ledger is then followed."""
        config = _thread(request_id)
        try:
            snapshot = await self._waiting.aget_state(config)
            mine = [one for one in snapshot.interrupts if one.value.get("approval_id") == approval_id]
            if not mine:
                return None
            done = await self._waiting.ainvoke(Command(resume={mine[0].id: True}), config, durability="sync")
            await self._saver.adelete_thread(request_id)
        except self._unusable as err:
            log.warning(
                "the waiting thread of %s could not be resumed (%s); following the ledger", request_id, err
            )
            return None
        outcome: str | None = done.get("outcome")
        return outcome

    async def ended(self, run_id: str, replan: bool = False) -> Reply:
        """What a run came to; where it stopped because the world had changed since its plan, the plan as it is now.

        `replan` is what the inbox row says of that; the ledger's steps say it too.
        """
        run, steps = await self._tools.database.read(
            lambda conn: (ledger.get_run(conn, run_id), ledger.get_steps(conn, run_id))
        )
        changed = replan or any((step.output or {}).get("replan") for step in steps)
        if run is not None and run.status == "failed" and changed:
            again = await self._again(run)
            if again is not None:
                return again
        done = await self._first.ainvoke({"kind": "ended", "run_id": run_id})
        return await self._told(run.request_id if run else run_id, done["answer"])

    async def _again(self, run: Run) -> Reply | None:
        """The same request under a new id `<request>.r<n>`; None after too many, or when it cannot be planned."""
        base, _, count = run.request_id.partition(".r")
        number = int(count or 0) + 1
        requester = self._tools.people.get(run.requester)
        if number > _MOST_REPLANS or requester is None:
            return None
        request_id, conversation = f"{base}.r{number}", run.place.partition(":")[2]
        now = self._tools.clock.now()
        message = Message(
            request_id, "", run.requester, requester, run.place, conversation, now, run.acting_as
        )
        reading = Reading("runbook.run", 1.0, "command", {"runbook": run.runbook})
        request = RunRequest(
            run.runbook, run.inputs, run.requester, run.place, request_id, run.acting_as, run.dry_run
        )
        try:
            answer = await propose(self._tools, Ask(message, reading, NoSlots()), request)
        except StoreError:
            raise
        except CopilotError as err:
            log.warning("run %s cannot be planned anew: %s", run.id, err)
            return None
        lead = (
            f"{run.error or 'The world changed since the plan was approved.'} This is the plan as it is now. "
        )
        answer = await self._signed(replace(answer, text=lead + answer.text))
        return _reply(request_id, conversation, reading, answer)

    async def _told(self, request_id: str, answer: Answer) -> Reply:
        answer, view = await self._signed(answer), answer.run or {}
        conversation = str(view.get("place", "")).partition(":")[2]
        entities = {"runbook": view["runbook"]} if view else {}
        return _reply(request_id, conversation, Reading("runbook.run", 1.0, "command", entities), answer)

    async def _signed(self, answer: Answer) -> Answer:
        """The answer with what must be said under each: the mode, and that everything is stopped."""
        return with_footer(answer, self._tools.mode, await self._tools.database.read(halted))

    def draw(self) -> str:
        """The compiled graph as a mermaid picture."""
        return self._waiting.get_graph().draw_mermaid()


def _thread(request_id: str) -> RunnableConfig:
    return {"configurable": {"thread_id": request_id}}


def _asks(answer: Answer) -> bool:
    return answer.approval is not None and answer.run is not None and answer.run["status"] == "waiting"


def _reply(request_id: str, conversation: str, reading: Reading, answer: Answer) -> Reply:
    return Reply(request_id, conversation, answer.text, answer.blocks, reading, answer.approval, answer.run)


def _turn(request_id: str, message: Message, text: str, reply: Reply, answer: Answer) -> Turn:
    entities: dict[str, Any] = {**reply.reading.entities, **answer.entities}
    if answer.pending is not None:
        entities["pending"] = answer.pending
    return Turn(
        request_id=request_id,
        conversation=message.conversation,
        person=message.person.id if message.person else message.actor,
        text=text,
        intent=reply.reading.intent,
        confidence=round(reply.reading.confidence, 3),
        source=reply.reading.source,
        entities=entities,
        at=message.at,
    )
