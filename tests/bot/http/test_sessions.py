from __future__ import annotations

from bot.http.shapes import Session
from store import sessions
from tests.bot.http.conftest import Stage


async def test_a_session_is_opened_seen_and_ended(stage: Stage) -> None:
    status, body = await stage.call("POST", "/sessions", json={})
    assert status == 201
    opened = Session.model_validate(body)
    assert await stage.call("GET", f"/sessions/{opened.id}") == (200, body)
    assert await stage.call("DELETE", f"/sessions/{opened.id}") == (204, None)
    status, problem = await stage.call("GET", f"/sessions/{opened.id}")
    assert status == 404
    assert "POST /api/v1/sessions" in problem["detail"]


async def test_a_session_is_opened_without_a_body_too(stage: Stage) -> None:
    assert (await stage.call("POST", "/sessions"))[0] == 201


async def test_another_persons_session_looks_as_if_it_were_not_there(stage: Stage) -> None:
    session = await stage.session("maria")
    own = await stage.call("GET", f"/sessions/{session}", "maria")
    assert own[0] == 200
    for method, path in (("GET", "/sessions/"), ("DELETE", "/sessions/"), ("GET", "/messages/")):
        status, problem = await stage.call(method, path + session, "priya")
        other, unknown = await stage.call(method, path + "ses_unknown", "priya")
        assert (status, other) == (404, 404)
        assert problem["detail"].replace(session, "X") == unknown["detail"].replace("ses_unknown", "X")
    assert (await stage.say(session, "hello", "priya"))[0] == 404
    kept = await stage.services.database.read(lambda conn: sessions.get(conn, session))
    assert kept is not None and kept.person == "maria"


async def test_nothing_is_said_in_an_ended_session(stage: Stage) -> None:
    session = await stage.session()
    assert (await stage.say(session, "hello"))[0] == 200
    await stage.call("DELETE", f"/sessions/{session}")
    assert (await stage.say(session, "hello"))[0] == 404
