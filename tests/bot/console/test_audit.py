from __future__ import annotations

from store import audit
from store.engine import Database
from store.records import AuditEntry
from tests.bot.console.conftest import Tab
from tests.support.clock import ManualClock


async def test_rows_are_found_by_words_kind_and_run_newest_first(maria: Tab) -> None:
    approval = await maria.proposed()
    await maria.post(f"/approvals/{approval}/withdraw")
    await maria.enter("jonas")
    text = (await maria.get("/audit")).text
    assert text.index("approval.withdrawn") < text.index("approval.opened")
    found = (await maria.get(f"/audit?q={approval}+WITHDRAWN&what=approval.")).text
    assert found.count("<tr>") == 2 and "approval.withdrawn" in found
    assert "No row has that" in (await maria.get("/audit?q=nothing+at+all")).text
    assert "No row has that" in (await maria.get("/audit?q=%25")).text


async def test_the_chain_is_computed_again_when_asked(maria: Tab) -> None:
    await maria.proposed()
    await maria.enter("amara")
    assert "unbroken" in (await maria.get("/audit?check=1")).text

    def forge(conn: object) -> None:
        conn.exec_driver_sql("UPDATE audit SET actor = 'nobody' WHERE seq = 1")  # type: ignore[attr-defined]

    await maria.services.database.write(forge)
    assert "broken" in (await maria.get("/audit?check=1")).text
    assert "<form" in (await maria.get("/audit?before=x&run=%00")).text


async def test_the_search_pages_backwards_on_both_databases(database: Database, clock: ManualClock) -> None:
    def fill(conn: object) -> None:
        for number in range(7):
            entry = AuditEntry(
                "maria", "run.test", "run", f"run_{number}", f"run_{number}", detail={"why": "100% <Ü>"}
            )
            audit.append(conn, entry, clock.now())  # type: ignore[arg-type]

    await database.write(fill)
    first = await database.read(lambda conn: audit.search(conn, limit=4))
    rest = await database.read(lambda conn: audit.search(conn, limit=4, before=first[-1].seq))
    assert [one.seq for one in first + rest] == [7, 6, 5, 4, 3, 2, 1]
    for words, count in (
        ("100%", 7),
        ("RUN_3", 1),
        ("maria run_3", 1),
        ("maria nobody", 0),
        ("_", 7),
        ("%x", 0),
    ):
        found = await database.read(lambda conn, words=words: audit.search(conn, words=words))  # type: ignore[misc]
        assert len(found) == count, words
    assert len(await database.read(lambda conn: audit.search(conn, run_id="run_2"))) == 1
    assert (await database.read(audit.head))[0] == 7
