"""A graph of one node that waits, for tests of savers."""

from __future__ import annotations

from typing import Any, TypedDict

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt


class State(TypedDict, total=False):
    answer: str


def ask(state: State) -> State:
    return {"answer": interrupt("may I?")}


async def wait_and_go_on(saver: BaseCheckpointSaver[str]) -> Any:
    builder = StateGraph(State)
    builder.add_node("ask", ask)
    builder.add_edge(START, "ask")
    builder.add_edge("ask", END)
    graph = builder.compile(saver)
    thread: Any = {"configurable": {"thread_id": "req_1"}}
    waiting = await graph.ainvoke({}, thread, durability="sync")
    return await graph.ainvoke(Command(resume={waiting["__interrupt__"][0].id: "yes"}), thread)
