"""The switch that stops everything."""

from __future__ import annotations

from bot.console.route import Answer, Goto, Page, Shown, Visit
from runbooks.halt import lift, stop_everything

LONGEST = 300


async def show(visit: Visit) -> Answer:
    return Shown("switch.html", "Stop everything")


async def stop(visit: Visit) -> Answer:
    """Raises Forbidden."""
    person, now, why = visit.person, visit.look.now, visit.form.get("reason", "").strip()[:LONGEST]
    await visit.services.database.write(
        lambda conn: stop_everything(conn, person, visit.acting_as, now, why), durable=True
    )
    return Goto("/switch", "stopped")


async def go_on(visit: Visit) -> Answer:
    """Raises Forbidden, Conflict."""
    person, now = visit.person, visit.look.now
    await visit.services.database.write(lambda conn: lift(conn, person, visit.acting_as, now), durable=True)
    visit.services.dispatcher.nudge()
    return Goto("/switch", "lifted")


PAGES = (
    Page("GET", "/switch", show, "switch"),
    Page("POST", "/switch/stop", stop, "switch"),
    Page("POST", "/switch/resume", go_on, "switch"),
)
