"""The audit: searched, with the state of its chain."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from bot.console.route import Answer, Page, Shown, Visit
from store import audit
from store.audit import AuditCheck
from store.records import AuditRow

PART = 50


async def show(visit: Visit) -> Answer:
    """Newest first; with `check` the whole chain is computed again."""
    query = visit.query
    words, what, run_id = query.get("q", "")[:200], query.get("what", "")[:60], query.get("run", "")[:60]
    before = (
        int(query["before"]) if query.get("before", "").isdecimal() and len(query["before"]) < 16 else None
    )

    def read(conn: Connection) -> tuple[list[AuditRow], tuple[int, str], AuditCheck | None]:
        found = audit.search(conn, words=words, what=what, run_id=run_id or None, before=before, limit=PART)
        return found, audit.head(conn), audit.verify(conn) if "check" in query else None

    found, head, check = await visit.services.database.read(read)
    rows = [replace(one, detail=visit.services.redact.tree(one.detail)) for one in found]
    following = rows[-1].seq if len(rows) == PART else None
    data = {"rows": rows, "head": head, "check": check, "following": following}
    return Shown("audit.html", "Audit", data | {"q": words, "what": what, "run": run_id, "kinds": KINDS})


#: beginnings of what is done, for the menu
KINDS = ("approval.", "run.", "step.", "policy.", "standing.", "review.", "work.")

PAGES = (Page("GET", "/audit", show, "audit", roles=("auditor", "admin")),)
