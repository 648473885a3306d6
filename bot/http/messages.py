"""Messages: what is said in a session, and what was answered."""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic import Field
from sqlalchemy import Connection

from bot.desk import Incoming
from bot.expand import Views, needs_ledger
from bot.http import shapes
from bot.http.reading import Body, Id, Page
from bot.http.route import Answer, Call, Route
from config.errors import CopilotError
from runbooks.views import iso
from store import turns


class NewMessage(Body):
    """What you say, in the session you say it in."""

    session_id: Id
    text: str = Field(min_length=1)


async def say(call: Call) -> Answer:
    message: NewMessage = call.body
    await call.owners.check(message.session_id, call.speaker.caller.person.id)
    body = await _asked(call, _incoming(call, message))
    if needs_ledger(body):
        return Answer(await call.services.database.read(lambda conn: Views(conn).reply(body)))
    return Answer(body)


async def page(call: Call) -> Answer:
    session_id, query = call.path["session_id"], call.query
    await call.owners.check(session_id, call.speaker.caller.person.id)
    found = await call.services.database.read(
        lambda conn: _turns(conn, session_id, query.limit, query.cursor)
    )
    return Answer(found, following=found[-1]["request_id"] if len(found) == query.limit else None)


def _incoming(call: Call, message: NewMessage) -> Incoming:
    return Incoming(
        source="rest",
        event_id=call.once,
        text=message.text,
        actor=call.speaker.caller.person.id,
        place=f"rest:{message.session_id}",
        conversation=message.session_id,
        roles=call.speaker.narrowed,
    )


async def _asked(call: Call, incoming: Incoming) -> dict[str, Any]:
    """The stored answer, counted by intent and outcome."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        body = dict(await call.services.desk.ask(incoming))
    except CopilotError:
        call.meters.message("none", "busy", loop.time() - began)
        raise
    intent = str(body["intent"]["id"])
    outcome = "error" if intent == "error" else "asked" if body["approval"] else "answered"
    call.meters.message(intent, outcome, loop.time() - began)
    return body


def _turns(conn: Connection, session_id: str, limit: int, after: str | None) -> list[dict[str, Any]]:
    views = Views(conn)
    return [
        {
            "request_id": turn.request_id,
            "person": turn.person,
            "text": turn.text,
            "intent": {
                "id": turn.intent,
                "confidence": round(turn.confidence, 3),
                "source": turn.source,
                "entities": dict(turn.entities),
            },
            "at": iso(turn.at),
            "reply": None if body is None else views.reply(body),
        }
        for turn, body in turns.page(conn, session_id, limit, after)
    ]


ROUTES = (
    Route("POST", "/messages", "Say something, get the answer", say, shapes.Reply, body=NewMessage, refusals=(404,)),
    Route(
        "GET", "/messages/{session_id}", "The turns, oldest first", page, shapes.Turn, many=True, query=Page,
        refusals=(404,),
    ),
)  # fmt: skip
