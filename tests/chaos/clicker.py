"""A process in which people click, and which is a worker too: python -m tests.chaos.clicker URL OWNER LOG WANTED

It takes an order a line from stdin, says what came of it in a line on stdout, and executes runs meanwhile. WANTED is
how many must approve a write in production.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from config.clock import SystemClock
from config.errors import CopilotError
from runbooks.dispatcher import InProcessDispatcher
from runbooks.policy import Policy
from store.engine import Database, IllegalTransition
from tests.runbooks.world import PEOPLE, POLICY, Rig
from tests.support.worker import Shared

STEPS = ("a", "b")
BOOK = """
version: 1
name: two
description: Set two versions.
owner: platform
inputs:
  service: {type: service, required: true}
  environment: {type: environment, default: production}
steps:
  - {id: a, uses: version.set, with: {service: "${{ inputs.service }}", to: one}}
  - {id: b, uses: version.set, with: {service: "${{ inputs.service }}", to: two}}
"""


@dataclass(frozen=True)
class Click:
    """One press of a button."""

    approval: str
    run: str
    hash: str
    person: str
    decision: Literal["approve", "deny"]


@dataclass(frozen=True)
class Answer:
    """What the one who clicked was told: the approval's `status`, or the name of the error; and its words.

    `began` and `ended` are Unix seconds.
    """

    approval: str
    person: str
    decision: str
    status: str
    words: str
    began: float
    ended: float


def policy(wanted: int) -> Policy:
    """The shipped policy, but so many approve."""
    rules = [rule.model_dump() | {"count": wanted} for rule in POLICY.approvals[2:]]
    return Policy.model_validate(POLICY.model_dump() | {"approvals": rules})


def rigged(database: Database, owner: str, log: Path, wanted: int) -> Rig:
    """Everything on the wall clock over a world whose log is a file that all processes share."""
    world = Shared(log=log, owner=owner, slow=0.0)
    return Rig(database, SystemClock(), world=world, books=(BOOK,), policy=policy(wanted))  # type: ignore[arg-type]


async def click(rig: Rig, one: Click) -> Answer:
    """The real decision; what it raises is what the person reads."""
    began = time.time()
    try:
        after = await rig.approvals.decide(
            one.approval,
            person=PEOPLE.by_id[one.person],
            decision=one.decision,
            plan_hash=one.hash,
            via="rest",
        )
        status, words = str(after.status), ""
    except CopilotError as err:
        status, words = type(err).__name__, str(err)
    return Answer(one.approval, one.person, one.decision, status, words, began, time.time())


async def hand_in(rig: Rig, dispatcher: InProcessDispatcher, clicks: Sequence[Click]) -> int:
    """Submit what is approved, whoever approved it; how often another process had done so at the same moment."""
    refused = 0
    for approval, run in {one.approval: one.run for one in clicks}.items():
        if (await rig.approval(approval)).status == "approved":
            try:
                await dispatcher.submit(run)
            except IllegalTransition:
                refused += 1
    return refused


async def main(url: str, owner: str, log: Path, wanted: int) -> None:
    """Orders are {"at": Unix seconds, "clicks": [Click]}, answered with {"answers": [Answer], "refused": number}."""
    async with Database(url) as database:
        rig = rigged(database, owner, log, wanted)
        dispatcher = InProcessDispatcher(rig.engine, database, rig.clock, owner, rig.approvals, poll=0.2)
        await dispatcher.start()
        try:
            print("ready", flush=True)
            while line := await asyncio.to_thread(sys.stdin.readline):
                order = json.loads(line)
                clicks = [Click(**one) for one in order["clicks"]]
                await asyncio.sleep(max(0.0, order["at"] - time.time()))
                answers = await asyncio.gather(*(click(rig, one) for one in clicks))
                refused = await hand_in(rig, dispatcher, clicks)
                said = {"answers": [asdict(one) for one in answers], "refused": refused}
                print(json.dumps(said), flush=True)
        finally:
            await dispatcher.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])))
