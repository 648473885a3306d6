"""One question, one answer: of all who decide at once, one wins; the others are told."""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Connection

from config.errors import Conflict, NotFound
from store import approvals, audit
from store.approvals import IllegalTransition
from store.engine import Database
from store.records import Approval, Required
from store.transitions import APPROVAL
from tests.support.ledger import NOW, a_decision, an_approval, an_entry

HASH = "h" * 64


async def ask(database: Database, approval: Approval) -> Approval:
    return await database.write(lambda conn: approvals.open_approval(conn, approval, an_entry(), NOW))


async def lock(database: Database, plan_hash: str = HASH, now: float = NOW) -> Approval | None:
    return await database.write(lambda conn: approvals.lock_pending(conn, "apr_1", plan_hash, now))


async def end(database: Database, to: Any, id: str = "apr_1", **more: Any) -> Approval:
    work = partial(
        approvals.end_approval, approval_id=id, to=to, now=NOW + 5, entry=an_entry(f"approval.{to}"), **more
    )
    return await database.write(work)


async def test_an_approval_comes_back_as_it_was_asked(database: Database) -> None:
    asked = an_approval(required=(Required(0, 2, ("approver", "admin"), (), False), Required(1, 1)))
    assert await ask(database, asked) == asked
    assert await database.read(lambda conn: approvals.get(conn, "apr_1")) == asked
    assert await database.read(lambda conn: approvals.by_run(conn, "run_1")) == asked
    assert await database.read(lambda conn: (approvals.get(conn, "x"), approvals.by_run(conn, "x"))) == (
        None,
        None,
    )


async def test_a_request_asks_once(database: Database) -> None:
    first = await ask(database, an_approval())
    again = await ask(database, an_approval("apr_2", request_id=first.request_id, plan_hash="other"))
    assert again == first
    assert await database.read(lambda conn: approvals.get(conn, "apr_2")) is None
    assert len(await database.read(audit.rows)) == 1


async def test_only_a_pending_unexpired_approval_of_this_plan_can_be_locked(database: Database) -> None:
    assert await lock(database) is None
    await ask(database, an_approval())
    locked = await lock(database)
    assert locked is not None and (locked.status, locked.version) == ("pending", 2)
    assert await lock(database, plan_hash="another plan") is None
    assert await lock(database, now=NOW + 900) is None
    await end(database, "denied")
    assert await lock(database) is None


async def test_a_person_decides_a_stage_once(database: Database) -> None:
    await ask(database, an_approval())
    first, again, other, stage = (
        a_decision("priya", reason="looks \x00 right"),
        a_decision("priya", id="dec_2", decision="deny"),
        a_decision("sam", at=NOW + 1),
        a_decision("priya", id="dec_3", stage=1, at=NOW + 2),
    )
    done = [
        await database.write(partial(approvals.add_decision, decision=one))
        for one in (first, again, other, stage)
    ]
    assert done == [True, False, True, True]
    found = await database.read(lambda conn: approvals.decisions(conn, "apr_1"))
    assert [(one.person, one.stage, one.decision) for one in found] == [
        ("priya", 0, "approve"),
        ("sam", 0, "approve"),
        ("priya", 1, "approve"),
    ]
    assert found[0].reason == "looks \ufffd right"


async def test_an_approval_goes_only_the_ways_of_the_table(database: Database) -> None:
    for number, (before, after) in enumerate(product(APPROVAL, APPROVAL)):
        asked = await ask(database, an_approval(f"apr_{number}", status=before))
        rows = len(await database.read(audit.rows))
        if after in APPROVAL[before]:
            ended = await end(database, after, asked.id)
            assert (ended.status, ended.version, ended.ended_at) == (after, 2, NOW + 5)
            assert (await database.read(audit.rows))[-1].what == f"approval.{after}"
            continue
        with pytest.raises(IllegalTransition, match=f"is {before}; it cannot become {after}"):
            await end(database, after, asked.id)
        assert await database.read(partial(approvals.get, id=asked.id)) == asked
        assert len(await database.read(audit.rows)) == rows


async def test_what_is_not_there_is_said(database: Database) -> None:
    with pytest.raises(NotFound, match="no approval apr_1"):
        await end(database, "approved")
    with pytest.raises(NotFound, match="no approval apr_1"):
        await database.write(lambda conn: approvals.next_stage(conn, "apr_1", 1))


async def test_stages_only_go_forward_and_only_while_pending(database: Database) -> None:
    await ask(database, an_approval())
    forward = partial(approvals.next_stage, approval_id="apr_1", stage=1)
    assert (await database.write(forward)).stage == 1
    with pytest.raises(Conflict, match="pending at stage 1"):
        await database.write(forward)
    await end(database, "withdrawn")
    with pytest.raises(Conflict, match="withdrawn"):
        await database.write(partial(forward, stage=2))


async def test_pending_are_listed_oldest_first_and_due_once_their_time_is_over(database: Database) -> None:
    await ask(database, an_approval("apr_late", created_at=NOW + 1, expires_at=NOW + 50))
    await ask(database, an_approval("apr_early", created_at=NOW, expires_at=NOW + 100))
    await ask(database, an_approval("apr_over", status="denied"))

    def ids(found: list[Approval]) -> list[str]:
        return [one.id for one in found]

    assert ids(await database.read(approvals.pending)) == ["apr_early", "apr_late"]
    assert ids(await database.read(partial(approvals.pending, limit=1))) == ["apr_early"]
    assert ids(await database.read(lambda conn: approvals.due(conn, NOW + 49))) == []
    assert ids(await database.read(lambda conn: approvals.due(conn, NOW + 50))) == ["apr_late"]
    assert ids(await database.read(lambda conn: approvals.due(conn, NOW + 500))) == ["apr_late", "apr_early"]


async def test_of_a_thousand_who_decide_at_once_one_wins(database: Database) -> None:
    await ask(database, an_approval())

    def decide(conn: Connection, number: int) -> bool:
        locked = approvals.lock_pending(conn, "apr_1", HASH, NOW)
        if locked is None or not approvals.add_decision(conn, a_decision(f"person{number}")):
            return False
        to: Any = "approved" if number % 2 else "denied"
        approvals.end_approval(conn, "apr_1", to, now=NOW, entry=an_entry(f"approval.{to}", by=number))
        return True

    async with Database(database.url) as other:
        sides = (database, other)
        works = [sides[number % 2].write(partial(decide, number=number)) for number in range(1000)]
        won = [number for number, it in enumerate(await asyncio.gather(*works)) if it]
    assert len(won) == 1
    found = await database.read(lambda conn: approvals.decisions(conn, "apr_1"))
    assert [one.person for one in found] == [f"person{won[0]}"]
    rows = await database.read(audit.rows)
    assert [row.detail.get("by") for row in rows] == [None, won[0]]
    assert (await database.read(audit.verify)).ok


async def test_a_thousand_clicks_of_one_person_count_once(database: Database) -> None:
    await ask(database, an_approval(required=(Required(0, 2),)))

    def click(conn: Connection, number: int) -> bool:
        if approvals.lock_pending(conn, "apr_1", HASH, NOW) is None:
            return False
        return approvals.add_decision(conn, a_decision("priya", id=f"dec_{number}"))

    async with Database(database.url) as other:
        sides = (database, other)
        works = [sides[number % 2].write(partial(click, number=number)) for number in range(1000)]
        assert sum(await asyncio.gather(*works)) == 1


async def test_the_words_on_several_approvals_are_read_at_once(database: Database) -> None:
    for id in ("apr_1", "apr_2"):
        await ask(database, an_approval(id))
    for person, id in (("priya", "apr_1"), ("lena", "apr_1"), ("sam", "apr_2")):
        decision = a_decision(person, id)
        await database.write(partial(approvals.add_decision, decision=decision))
    found = await database.read(lambda conn: approvals.decisions_of(conn, ["apr_1", "apr_2", "apr_3"]))
    assert {id: {one.person for one in given} for id, given in found.items()} == {
        "apr_1": {"priya", "lena"},
        "apr_2": {"sam"},
    }
    assert await database.read(lambda conn: approvals.decisions_of(conn, [])) == {}
