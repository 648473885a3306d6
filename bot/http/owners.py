"""Whose session is it: asked for every message, so remembered for a few seconds."""

from __future__ import annotations

from collections import OrderedDict

from config.clock import Clock
from config.errors import NotFound
from store import sessions
from store.engine import Database

REMEMBERED = 4_096
SECONDS = 5.0


class Owners:
    """Sessions and their people. One that another process ends may be used here for `SECONDS` more."""

    def __init__(self, database: Database, wall: Clock) -> None:
        self._database, self._wall = database, wall
        self._known: OrderedDict[str, tuple[str, float]] = OrderedDict()

    async def check(self, session_id: str, person: str) -> None:
        """Raises NotFound for a session that is not there or is another person's: they look the same."""
        now = self._wall.now()
        known = self._known.get(session_id)
        if known is None or now - known[1] > SECONDS:
            session = await self._database.read(lambda conn: sessions.get(conn, session_id))
            if session is None or session.person != person:
                raise missing(session_id)
            known = (session.person, now)
            self._known[session_id] = known
            self._known.move_to_end(session_id)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        if known[0] != person:
            raise missing(session_id)

    def forget(self, session_id: str) -> None:
        self._known.pop(session_id, None)


def missing(session_id: str) -> NotFound:
    return NotFound(f"You have no session {session_id[:80]!r}. Open one with POST /api/v1/sessions.")
