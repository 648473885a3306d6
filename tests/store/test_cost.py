"""What a message costs the store: CPU, bytes, and that neither grows with the conversation."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from itertools import pairwise

import pytest
from sqlalchemy import Connection

from store import inbox, ledger, outbox, turns
from store.engine import Database
from store.records import Turn, new_id
from tests.support.ledger import NOW, a_run, a_step, an_entry

TEXT = "why is rag-api slow in production since this morning?"
ANSWER = {
    "text": "p95 latency of rag-api rose from 410 ms to 2.1 s at 09:14 UTC, four minutes after release 1.8.2. "
    * 2,
    "blocks": [{"type": "facts", "facts": [["latency p95", "2.1 s"], ["error rate", "3.1 %"]]}] * 3,
    "intent": {
        "id": "diagnose.explain",
        "confidence": 0.93,
        "source": "classifier",
        "entities": {"service": "rag-api"},
    },
}


async def one_message(database: Database, number: int, conversation: str) -> None:
    now = NOW + number
    got = await database.write(
        partial(
            inbox.receive,
            source="rest",
            event_id=new_id("evt", now),
            kind="message",
            lane=conversation,
            payload={"text": TEXT, "actor": "maria", "place": f"rest:{conversation}"},
            now=now,
            owner="wkr_1",
        )
    )
    turn = Turn(
        got.id,
        conversation,
        "maria",
        TEXT,
        "diagnose.explain",
        0.93,
        "classifier",
        {"service": "rag-api"},
        now,
    )

    def end(conn: Connection) -> None:
        turns.append(conn, turn)
        outbox.put(
            conn, key=f"reply:{got.id}", place=f"rest:{conversation}", kind="reply", body=ANSWER, now=now
        )
        inbox.finish(conn, got.id, "wkr_1", now)

    await database.write(end)


async def cpu(database: Database, works: int, at_once: bool, first: int = 0) -> float:
    """Milliseconds of CPU of this process for each message."""
    names = [f"ses_{number % 64:02}" if at_once else "ses_1" for number in range(first, first + works)]
    start = time.process_time()
    if at_once:
        for part in range(0, works, 64):
            await asyncio.gather(
                *(one_message(database, first + n, names[n]) for n in range(part, min(part + 64, works)))
            )
    else:
        for number in range(works):
            await one_message(database, first + number, names[number])
    return (time.process_time() - start) / works * 1000


async def test_a_message_costs_little_cpu_and_less_in_company(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    await cpu(database, 64, True)
    alone = await cpu(database, 150, False, 1_000)
    before = database.writes_stats()
    together = await cpu(database, 640, True, 2_000)
    after = database.writes_stats()
    with capsys.disabled():
        print(
            f"\n{database.dialect}: a message (2 transactions, 5 statements) alone {alone:.2f} ms CPU,"
            f" 64 at once {together:.2f} ms CPU;"
            f" {(after.transactions - before.transactions) / (after.commits - before.commits):.0f} works a commit"
        )
    assert together < alone < 15
    assert after.commits - before.commits < (after.transactions - before.transactions) / 4


async def test_a_run_step_costs_little_cpu(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    steps = [a_step(f"step_{number}", position=number) for number in range(100)]
    await database.write(lambda conn: ledger.create_run(conn, a_run(), steps, an_entry(), NOW))
    await database.write(lambda conn: ledger.claim_run(conn, owner="a", now=NOW))
    start = time.process_time()
    for step in steps:
        for to in ("started", "done"):
            work = partial(
                ledger.move_step, run_id="run_1", step_id=step.id, now=NOW, fence=1, entry=an_entry()
            )
            await database.write(partial(work, to=to))
    each = (time.process_time() - start) / 200 * 1000
    with capsys.disabled():
        print(f"\n{database.dialect}: a step's transition with its audit row, alone {each:.2f} ms CPU")
    assert each < 15


async def test_bytes_of_a_message_stay_below_2_kb_and_constant(
    sqlite_database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    def size(conn: Connection) -> int:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        free = conn.exec_driver_sql("PRAGMA freelist_count").scalar_one()
        return int(pages - free) * int(conn.exec_driver_sql("PRAGMA page_size").scalar_one())

    sizes = [await sqlite_database.read(size)]
    for part in range(2):
        for number in range(0, 500, 50):
            first = part * 500 + number
            await asyncio.gather(*(one_message(sqlite_database, first + n, "ses_1") for n in range(50)))
        sizes.append(await sqlite_database.read(size))
    early, late = ((after - before) / 500 for before, after in pairwise(sizes))
    with capsys.disabled():
        print(f"\nsqlite: {early:.0f} bytes a message in the first 500, {late:.0f} in the second")
    assert early < 2048 and late < 2048
    assert abs(early - late) < 0.1 * early
