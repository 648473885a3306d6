"""The checker finds what it is there for: a sound database, then each kind of damage, one at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, text

from store import approvals, inbox, ledger, outbox, turns
from store.records import AuditEntry, Turn
from store.tables import demo_events
from store.tables import outbox as rows
from tests.chaos.checker import check, settled
from tests.chaos.story import Acknowledged, Told
from tests.support.ledger import NOW, a_decision, a_run, a_step, an_approval, an_entry

SESSION = "ses_1"


@pytest.fixture
def conn(sqlite_url: str) -> Iterator[Connection]:
    engine = create_engine(sqlite_url)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def message(conn: Connection, number: int) -> Acknowledged:
    """One message, taken, answered and done."""
    said, answer = f"text {number}", f"answer {number}"
    got = inbox.receive(
        conn, source="rest", event_id=f"event{number}", kind="message", lane=SESSION,
        payload={"text": said}, now=NOW + number, owner="worker-7-a",
    )  # fmt: skip
    inbox.finish(conn, got.id, "worker-7-a", NOW + number)
    turns.append(conn, Turn(got.id, SESSION, "maria", said, "help", 1.0, "command", {}, NOW + number))
    body = {"text": answer}
    place = f"rest:{SESSION}"
    outbox.put(conn, key=f"reply:{got.id}", place=place, kind="reply", body=body, now=NOW, read_there=True)
    return Acknowledged(SESSION, f"key{number}", said, got.id, answer)


def an_ended_run(conn: Connection) -> None:
    """A rollback that was done once, and whose end was handled and said."""
    ledger.create_run(conn, a_run(status="waiting"), [a_step()], an_entry(), NOW)
    asked = approvals.open_approval(conn, an_approval(), an_entry("approval.opened"), NOW)
    approvals.add_decision(conn, a_decision())
    approvals.end_approval(conn, asked.id, "approved", now=NOW, entry=an_entry("approval.approved"))
    decided = inbox.receive(
        conn, source="ledger", event_id=f"decided:{asked.id}", kind="decided", lane=None,
        payload={"approval_id": asked.id, "run_id": "run_1"}, now=NOW, owner="worker-7-a",
    )  # fmt: skip
    inbox.finish(conn, decided.id, "worker-7-a", NOW)
    ledger.move_run(conn, "run_1", "queued", now=NOW, entry=an_entry("run.queued"))
    run = ledger.claim_run(conn, owner="worker-7-a", now=NOW)
    assert run is not None
    begun = AuditEntry("copilot", "step.started", "step", "one", run.id, detail={"fence": 1})
    ledger.move_step(conn, run.id, "one", "started", now=NOW, fence=1, entry=begun)
    conn.execute(demo_events.insert().values(kind="deployment", at=NOW, data={"key": "run_1:one"}))
    ledger.move_step(conn, run.id, "one", "done", now=NOW, fence=1)
    ledger.move_run(conn, run.id, "succeeded", now=NOW, entry=an_entry("run.succeeded"), fence=1)
    got = inbox.receive(
        conn, source="ledger", event_id="ended:run_1:5", kind="ended", lane=None,
        payload={"run_id": "run_1"}, now=NOW, owner="worker-7-a",
    )  # fmt: skip
    inbox.finish(conn, got.id, "worker-7-a", NOW)
    outbox.put(conn, key="ended:run_1:5", place=f"rest:{SESSION}", kind="reply", body={}, now=NOW)


def sound(conn: Connection) -> Told:
    told = Told(messages=[message(conn, 1), message(conn, 2)], runs={"run_1": "succeeded"})
    an_ended_run(conn)
    return told


def test_a_sound_database_has_no_findings(conn: Connection) -> None:
    found = check(conn, sound(conn))
    assert found.wrong == []
    assert found.counts["messages acknowledged"] == 2
    assert found.counts["acts"] == 1
    assert settled(conn) is None


DAMAGE = {
    "DELETE FROM inbox WHERE event_id = 'event1'": "is not in the inbox",
    "UPDATE inbox SET status = 'failed' WHERE event_id = 'event1'": "is failed",
    "DELETE FROM turns WHERE text = 'text 2'": "lost ['req_",
    "UPDATE turns SET seq = 9 WHERE text = 'text 1'": "order was",
    "UPDATE inbox SET kind = 'message', payload = '{\"text\":\"x\"}' WHERE kind = 'ended'": "once more than",
    "UPDATE inbox SET status = 'failed' WHERE kind = 'ended'": "is failed after",
    "DELETE FROM outbox WHERE key = 'ended:run_1:5'": "was said 0 times",
    "DELETE FROM inbox WHERE kind = 'ended'": "was told 0 times",
    "UPDATE runs SET status = 'running'": "is stuck: running",
    "UPDATE steps SET status = 'started'": "with steps one started",
    "INSERT INTO demo_events (kind, at, data) SELECT kind, at, data FROM demo_events": "acted 2 times",
    "UPDATE demo_events SET kind = 'repeated', data = '{\"key\":\"a\",\"kind\":\"deployment\"}'": "asked for twice",
    "DELETE FROM demo_events": "is done and acted 0 times",
    "UPDATE demo_events SET data = '{\"key\":\"run_9:x\"}'": "belongs to no step",
    "UPDATE audit SET what = 'step.seen' WHERE what = 'step.started'": "marked as started 0 times",
    "UPDATE audit SET detail = '{\"fence\": 0}' WHERE what = 'step.started'": "is of fence 0, after 1",
    "UPDATE audit SET what = 'work.stopped', at = at - 9 WHERE what = 'run.claimed'": "after the switch",
    "UPDATE audit SET what = 'run.seen' WHERE what = 'run.succeeded'": "stopped 0 times and that was told 1",
    "DELETE FROM decisions": "is approved by 0, wanted were 1",
    "UPDATE approvals SET status = 'denied'": "nobody approved it",
    "UPDATE approvals SET plan_hash = 'x'": "under an approval of another plan",
    "DELETE FROM inbox WHERE kind = 'decided'": "woke the graph 0 times",
    "UPDATE audit SET actor = 'nobody' WHERE seq = 2": "chain is broken at 2",
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found(conn: Connection, damage: str) -> None:
    told = sound(conn)
    conn.execute(text(damage))
    wrong = check(conn, told).wrong
    assert any(DAMAGE[damage] in words for words in wrong), wrong


def test_an_answer_that_is_stored_in_other_words_is_found(conn: Connection) -> None:
    told = sound(conn)
    conn.execute(rows.update().where(rows.c.kind == "reply").values(body={"text": "other"}))
    assert any("stored is 'other'" in words for words in check(conn, told).wrong)


def test_an_approval_that_nobody_left_open_is_found(conn: Connection) -> None:
    told = sound(conn)
    ledger.create_run(conn, a_run("run_2", status="waiting"), [], an_entry(run_id="run_2"), NOW)
    assert any("run_2 waits for an approval that is over" in one for one in check(conn, told).wrong)
    columns = an_approval("apr_2", run_id="run_2", status="pending")
    approvals.open_approval(conn, columns, an_entry("approval.opened", "run_2"), NOW)
    assert any("still pending" in one for one in check(conn, told).wrong)
    assert check(conn, told, waiting=frozenset({columns.id})).wrong == []


def test_what_still_moves_is_said(conn: Connection) -> None:
    sound(conn)
    conn.execute(text("UPDATE inbox SET status = 'claimed' WHERE event_id = 'event2'"))
    assert "claimed" in (settled(conn) or "")
