"""runbooks/ on a fresh database for scenes in one process, and a look at its whole history at the end."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from random import Random
from typing import Any

from config.errors import CopilotError
from config.people import Person
from store import approvals
from store.engine import Database
from store.migrate import upgrade
from store.records import Approval
from tests.bench.served import place
from tests.chaos.clicker import BOOK
from tests.chaos.history import Calls, history
from tests.chaos.scenes import Tally
from tests.runbooks.world import PEOPLE, Rig
from tests.support.clock import ManualClock

APPROVERS = tuple(PEOPLE.by_id[name] for name in ("priya", "sam", "lena", "tomas"))


@contextlib.asynccontextmanager
async def rig_at(kind: str, **more: Any) -> AsyncIterator[Rig]:
    """On a clock set by hand, over a world in memory; its runbook `two` sets two versions."""
    with place(kind) as (_, url):
        clock = ManualClock()
        async with Database(url, clock) as database:
            await upgrade(database)
            yield Rig(database, clock, **({"books": (BOOK,)} | more))


async def ask(rig: Rig, runbook: str = "two", **inputs: Any) -> Approval:
    proposal = await rig.propose(runbook, environment="production", **inputs)
    if proposal.approval is None:
        raise AssertionError(f"no approval was asked for: {proposal.verdict}")
    return proposal.approval


async def told(rig: Rig, click: dict[str, Any]) -> str:
    """What the one who clicked reads: the approval's status, or the name of the error."""
    try:
        return str((await rig.approvals.decide(**click)).status)
    except CopilotError as err:
        return type(err).__name__


async def weight(rig: Rig, approval_id: str) -> tuple[Any, ...]:
    """All that a click could change about an approval."""
    now = await rig.approval(approval_id)
    said = await rig.database.read(lambda conn: approvals.decisions(conn, approval_id))
    return now.status, now.stage, now.version, [(one.person, one.decision, one.stage) for one in said]


def two(draw: Random) -> Sequence[Person]:
    """Two who may approve."""
    return draw.sample(APPROVERS, 2)


async def execute(rig: Rig, approval: Approval) -> None:
    """Hand in what was approved and work until nothing is left."""
    if (await rig.approval(approval.id)).status == "approved":
        await rig.submit(approval.run_id)
    await rig.work()


async def look(rig: Rig, tally: Tally) -> None:
    """The whole history at rest."""
    done = Counter(key for key, _, _ in rig.world.acts)
    found = await rig.database.read(lambda conn: history(conn, Calls(done)))
    tally.wrong += found.wrong
    tally.counts.update(found.counts)
