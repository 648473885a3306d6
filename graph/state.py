"""What a pass of the graph carries from node to node. A waiting thread keeps only ids: the ledger has the rest."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from graph.intents.model import Answer, Ask
from graph.message import Message
from graph.understanding.reader import Understanding
from store.records import Turn

Kind = Literal["message", "waiting", "decided", "ended", "closed"]


class State(TypedDict, total=False):
    """`kind` says where to start. A message pass fills `understanding`, `ask`, `facts` and `answer` in turn;
    a waiting thread holds the three ids, and `outcome` once a decision was carried out."""

    kind: Kind
    request_id: str
    run_id: str
    approval_id: str
    outcome: str
    message: Message
    turns: list[Turn]
    understanding: Understanding
    ask: Ask
    facts: Any
    answer: Answer
