from __future__ import annotations

from sqlalchemy import Connection, select

from config.redaction import Redactor
from store import approvals, audit, inbox, ledger, outbox, sessions, turns
from store.engine import Database
from store.hide import hidden, hidden_in, redactor
from store.records import AuditEntry, Turn
from store.tables import idempotency, steps
from store.tables import inbox as inbox_table
from tests.support.ledger import NOW, a_decision, a_run, a_step, an_approval, an_entry

TOKEN = f"ghp_{'a1B2' * 9}"
OWN = "own-secret-0123"
SAID = f"has {TOKEN} and {OWN}"


async def test_a_database_hides_shapes_and_with_a_redactor_own_secrets_too(database: Database) -> None:
    assert await database.write(lambda conn: hidden(conn, SAID)) == f"has [hidden: GitHub token] and {OWN}"
    async with Database(database.url, redact=Redactor([OWN])) as knowing:
        expected = "has [hidden: GitHub token] and [hidden: own secret]"
        assert await knowing.write(lambda conn: hidden(conn, SAID)) == expected
        assert await knowing.read(lambda conn: hidden_in(conn, {"a": [SAID]})) == {"a": [expected]}
        assert await knowing.read(lambda conn: redactor(conn).kinds(SAID)) == ("own secret", "GitHub token")


async def test_no_table_that_holds_words_holds_a_secret(database: Database) -> None:
    def work(conn: Connection) -> None:
        payload = {"text": SAID, "actor": "maria"}
        inbox.receive(conn, source="t", event_id="e", kind="message", lane="c", payload=payload, now=NOW)
        turns.append(conn, Turn("req_1", "c", "maria", SAID, "help", 1.0, "command", {"reason": SAID}, NOW))
        outbox.put(
            conn, key="k", place="rest:c", kind="reply", body={"text": SAID, "blocks": [SAID]}, now=NOW
        )
        sessions.remember(conn, "key", "maria", "/p", "h", 200, {"body": SAID}, NOW)
        ledger.create_run(conn, a_run(status="running", fence=1), [a_step()], an_entry(reason=SAID), NOW)
        approvals.open_approval(conn, an_approval(), an_entry(), NOW)
        approvals.add_decision(conn, a_decision(reason=SAID))
        ledger.move_step(conn, "run_1", "one", "started", now=NOW, fence=1)
        ledger.move_step(conn, "run_1", "one", "failed", now=NOW, fence=1, output={"out": SAID}, error=SAID)
        ledger.move_run(conn, "run_1", "failed", now=NOW, entry=an_entry(), fence=1, error=SAID)
        audit.append(conn, AuditEntry("maria", "said", SAID, "x", detail={"why": [SAID]}), NOW)

    def kept(conn: Connection) -> str:
        rows: list[object] = [*conn.execute(select(inbox_table)), *conn.execute(select(idempotency))]
        rows += [*conn.execute(select(steps)), *turns.last(conn, "c", 9), outbox.get(conn, "k")]
        rows += [ledger.get_run(conn, "run_1"), *approvals.decisions(conn, "apr_1"), *audit.rows(conn)]
        return repr(rows)

    async with Database(database.url, redact=Redactor([OWN])) as knowing:
        await knowing.write(work)
        said = await knowing.read(kept)
        assert (await knowing.read(audit.verify)).ok
    assert TOKEN not in said and OWN not in said
    assert said.count("[hidden: own secret]") >= 12
