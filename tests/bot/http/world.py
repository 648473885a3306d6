"""A small company of one service, its two actions and runbooks, and somebody who thinks without a graph."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from graph import cards
from graph.message import Before, Message, Outcome, Reading, Reply
from integrations.actions import Action, Actions, Change, Context, Happened, Inputs, Output
from runbooks.dispatcher import Dispatcher
from runbooks.plan import RunRequest
from runbooks.service import Runbooks
from runbooks.views import approval_view, run_view
from store import ledger
from store.engine import Database
from store.records import Turn

LOOK = """\
version: 1
name: look
description: Says what is deployed.
owner: search
inputs:
  service: {type: service, required: true}
  environment: {type: environment, default: staging}
steps:
  - id: now
    uses: deployments.status
    with: {service: "${{ inputs.service }}", environment: "${{ inputs.environment }}"}
"""
ROLL_BACK = """\
version: 1
name: roll-back
description: Puts a service back on its last release.
owner: search
inputs:
  service: {type: service, required: true}
  environment: {type: environment, default: production}
steps:
  - id: rollback
    uses: deployments.rollback
    with: {service: "${{ inputs.service }}", environment: "${{ inputs.environment }}"}
"""


class Which(Inputs):
    service: str
    environment: str


class Deployed(Output):
    version: str


@dataclass
class World:
    """What is deployed, and how often it was rolled back."""

    version: str = "v2"
    rollbacks: list[str] = field(default_factory=list)

    def actions(self) -> Actions:
        status = Action("deployments.status", "read", "What is deployed", Which, Deployed, self.status)
        rollback = Action(
            "deployments.rollback", "write", "Back to the last release", Which, Deployed, self.rollback,
            plan=self.plan, happened=self.happened,
        )  # fmt: skip
        return Actions({one.name: one for one in (status, rollback)})

    async def status(self, context: Context, inputs: Which) -> Deployed:
        return Deployed(version=self.version)

    async def rollback(self, context: Context, inputs: Which) -> Deployed:
        self.version = "v1"
        self.rollbacks.append(context.key)
        return Deployed(version=self.version)

    async def plan(self, context: Context, inputs: Which) -> Change:
        words = f"{inputs.service} from {self.version} to v1"
        return Change({"version": self.version}, {"version": "v1"}, (inputs.service,), words)

    async def happened(self, context: Context, inputs: Which, before: Mapping[str, Any]) -> Happened:
        answer: Literal["yes", "no"] = "yes" if self.version == "v1" else "no"
        return answer


def write_runbooks(folder: Path) -> Path:
    folder.mkdir()
    (folder / "look.yaml").write_text(LOOK, encoding="utf-8")
    (folder / "roll-back.yaml").write_text(ROLL_BACK, encoding="utf-8")
    return folder


class Parrot:
    """Repeats what was said; `roll back` proposes, `fail` fails; while the gate is shut it keeps thinking."""

    def __init__(self, database: Database, runbooks: Runbooks, dispatcher: Dispatcher) -> None:
        self._database, self._runbooks, self._dispatcher = database, runbooks, dispatcher
        self.heard: list[Message] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def message(self, request_id: str, message: Message, before: Before | None = None) -> Outcome:
        self.heard.append(message)
        await self.gate.wait()
        if message.text == "fail":
            raise ZeroDivisionError("secret words")
        if message.text == "roll back":
            reply = await self._propose(request_id, message)
        else:
            words = f"{message.actor} said {message.text}"
            reply = Reply(
                request_id, message.conversation, words, (cards.text(words),), _reading("smalltalk")
            )
        turn = Turn(
            request_id, message.conversation, message.actor, message.text, reply.reading.intent, 1.0, "command",
            {}, message.at,
        )  # fmt: skip
        return Outcome(reply, turn)

    async def _propose(self, request_id: str, message: Message) -> Reply:
        assert message.person is not None
        wanted = RunRequest("roll-back", {"service": "rag-api"}, message.actor, message.place, request_id)
        proposal = await self._runbooks.propose(wanted, message.person)
        run, approval = proposal.run, proposal.approval
        assert run is not None and approval is not None
        steps = await self._database.read(lambda conn: ledger.get_steps(conn, run.id))
        shown, asked = run_view(run, steps), approval_view(approval, run, [])
        blocks = (cards.approval(asked), cards.progress(shown))
        return Reply(
            request_id, message.conversation, "Shall I?", blocks, _reading("deploy.rollback"), asked, shown
        )

    async def fired(self, request_id: str, firing: Mapping[str, Any]) -> Outcome:
        said = Message(
            request_id, firing["words"], firing["owner"], None, firing["place"], firing["conversation"], 0.0
        )
        return await self.message(request_id, said)

    async def wait(self, request_id: str, run_id: str, approval_id: str) -> None:
        raise AssertionError("nothing of this is asked to wait")

    async def decided(self, request_id: str, approval_id: str) -> Reply | None:
        run = await self._database.read(lambda conn: ledger.by_request(conn, request_id))
        assert run is not None
        if run.status == "waiting":
            await self._dispatcher.submit(run.id)
        return None

    async def ended(self, run_id: str, replan: bool = False) -> Reply:
        run = await self._database.read(lambda conn: ledger.get_run(conn, run_id))
        assert run is not None
        words = f"{run.runbook} {run.status}"
        conversation = run.place.partition(":")[2]
        return Reply(run.request_id, conversation, words, (cards.text(words),), _reading("deploy.rollback"))


def _reading(intent: str) -> Reading:
    return Reading(intent, 1.0, "command")
