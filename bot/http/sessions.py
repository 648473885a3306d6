"""Sessions: a conversation of one person over REST."""

from __future__ import annotations

from bot.http import shapes
from bot.http.owners import missing
from bot.http.reading import Body
from bot.http.route import Answer, Call, Route
from runbooks.views import iso
from store import sessions
from store.records import Session, new_id


class NewSession(Body):
    """Nothing is wanted."""


async def create(call: Call) -> Answer:
    now = call.services.wall.now()
    session = Session(new_id("ses", now), call.speaker.caller.person.id, now)
    await call.services.database.write(lambda conn: sessions.create(conn, session))
    return Answer(_view(session), status=201)


async def show(call: Call) -> Answer:
    session_id = call.path["session_id"]
    await call.owners.check(session_id, call.speaker.caller.person.id)
    session = await call.services.database.read(lambda conn: sessions.get(conn, session_id))
    if session is None:
        raise missing(session_id)
    return Answer(_view(session))


async def end(call: Call) -> Answer:
    session_id = call.path["session_id"]
    await call.owners.check(session_id, call.speaker.caller.person.id)
    call.owners.forget(session_id)
    await call.services.database.write(lambda conn: sessions.delete(conn, session_id))
    return Answer(None, status=204)


def _view(session: Session) -> dict[str, str | None]:
    return {"id": session.id, "created_at": iso(session.created_at)}


ROUTES = (
    Route("POST", "/sessions", "Open a session", create, shapes.Session, status=201, body=NewSession),
    Route("GET", "/sessions/{session_id}", "Your session", show, shapes.Session, refusals=(404,)),
    Route("DELETE", "/sessions/{session_id}", "End your session", end, None, status=204, refusals=(404,)),
)
