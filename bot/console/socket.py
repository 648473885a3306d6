"""`/ws`: messages and their answers, and runs as they move. What a drop swallowed is asked for again by its instant.

In:  SendMessage {session_id, content, event_id?} · Follow {session_id, after?} · Watch {run_id}
Out: Taken {event_id, request_id} · StreamChunk {request_id, chunk, withdrawn?} · Progress {run, mark}
     · Reply {reply, at} · Post {post, at} · Error {status, title, detail, error_id, event_id?}
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import weakref
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Annotated, Any, Literal

from aiohttp import WSCloseCode, WSMsgType, web
from pydantic import Field
from sqlalchemy import Connection

from bot.console import cards
from bot.console.access import Visitor, was_given_back
from bot.console.chat import MOST, OVERLAP, incoming
from bot.console.gate import Gate, cookie_name
from bot.console.route import Tools
from bot.expand import Views, one_run
from bot.http.auth import Door, Speaker
from bot.http.reading import Body, Id, checked, parse_object
from config.errors import BadRequest, Busy, CopilotError, Forbidden
from runbooks.views import iso
from store import outbox, watching
from store.records import Outgoing, new_id
from store.transitions import RUN

log = logging.getLogger(__name__)
MOST_BYTES = 65_536
MOST_AT_ONCE = 8
MOST_WATCHED = 50
BEAT = 25.0
SIGNED_OUT = 4401
#: seconds for which a visit that is good is taken to stay so
LOOK_AGAIN = 2.0
_PART = 500


class SendMessage(Body):
    type: Literal["SendMessage"]
    session_id: Id
    content: str = Field(min_length=1, max_length=MOST)
    event_id: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,100}$")] | None = None


class Follow(Body):
    type: Literal["Follow"]
    session_id: Id
    after: float | int | None = Field(None, ge=0, le=1e12)


class Watch(Body):
    type: Literal["Watch"]
    run_id: Id


_KINDS: Mapping[str, type[SendMessage] | type[Follow] | type[Watch]] = {
    "SendMessage": SendMessage, "Follow": Follow, "Watch": Watch,
}  # fmt: skip


class Sockets:
    """Opens sockets for people of the console (cookie, our own origin) and for programs (bearer token)."""

    def __init__(self, tools: Tools, door: Door, gate: Gate) -> None:
        self._tools, self._door, self._gate = tools, door, gate
        self._open: weakref.WeakSet[web.WebSocketResponse] = weakref.WeakSet()

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/ws", self.serve)
        app.on_shutdown.append(self._close)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Raises Misdirected, Unauthorized, Forbidden."""
        self._gate.check_host(request)
        if "Origin" in request.headers:
            self._gate.check_origin(request)
        visitor = self._tools.access.visitor(request.cookies.get(cookie_name(request), ""))
        if "Authorization" in request.headers or visitor is None:
            visitor, speaker = None, self._door.speaker(request.headers.get("Authorization"))
        else:
            self._gate.check_origin(request)
            speaker = visitor.speaker
        socket = web.WebSocketResponse(heartbeat=BEAT, max_msg_size=MOST_BYTES, compress=False)
        await socket.prepare(request)
        self._open.add(socket)
        try:
            await Conversation(self._tools, speaker, visitor, socket).run()
        finally:
            self._open.discard(socket)
        return socket

    async def _close(self, app: web.Application) -> None:
        for socket in list(self._open):
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the server stops; come back")


class Conversation:
    """One open socket. What was told is remembered, so that nothing is told twice on it."""

    def __init__(
        self, tools: Tools, speaker: Speaker, visitor: Visitor | None, socket: web.WebSocketResponse
    ) -> None:
        self._tools, self._speaker, self._visitor, self._socket = tools, speaker, visitor, socket
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._told: set[str] = set()
        self._saying = 0
        self._seen = 0.0

    async def run(self) -> None:
        try:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT:
                    await self._guarded(None, self._hear(message.data))
        finally:
            tasks = list(self._tasks.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _hear(self, text: str) -> None:
        """Raises BadRequest."""
        if await self._is_over():
            return
        sent = parse_object(text.encode())
        kind = _KINDS.get(str(sent.get("type")))
        if kind is None:
            raise BadRequest(f"type is {str(sent.get('type'))[:40]!r}. Known are: {', '.join(_KINDS)}.")
        said = checked(kind, sent, "message")
        if isinstance(said, SendMessage):
            self._begin(f"say:{new_id('say', 0.0)}", said.event_id, self._say(said))
        elif isinstance(said, Follow):
            self._begin(f"follow:{said.session_id}", None, self._follow(said))
        else:
            self._begin(f"watch:{said.run_id}", None, self._watch(said.run_id))

    def _begin(self, name: str, event_id: str | None, work: Coroutine[Any, Any, None]) -> None:
        """Beside what goes on already; the same thing again takes its place."""
        old = self._tasks.pop(name, None)
        if old is not None:
            old.cancel()
        if len(self._tasks) >= MOST_WATCHED:
            work.close()
            raise Busy(f"{MOST_WATCHED} things are followed on this socket. Open another.")
        task = asyncio.create_task(self._guarded(event_id, work), name=name)
        self._tasks[name] = task
        task.add_done_callback(lambda done: self._tasks.pop(name) if self._tasks.get(name) is done else None)

    async def _guarded(self, event_id: str | None, work: Awaitable[None]) -> None:
        try:
            await work
        except CopilotError as err:
            error_id = f"err_{secrets.token_hex(4)}"
            log.info("socket refused with %d, error id %s: %s", err.status, error_id, err)
            problem = {"status": err.status, "title": err.title, "detail": str(err), "error_id": error_id}
            await self._tell({"type": "Error", **problem, "event_id": event_id})

    async def _say(self, said: SendMessage) -> None:
        """Raises NotFound, Busy."""
        await self._tools.owners.check(said.session_id, self._speaker.caller.person.id)
        if self._saying >= MOST_AT_ONCE:
            raise Busy(f"{MOST_AT_ONCE} messages are thought about for this socket. Wait for an answer.")
        self._saying += 1
        try:
            desk, now = self._tools.services.desk, self._tools.services.wall.now()
            once = said.event_id or new_id("say", now)
            got = await desk.submit(incoming(self._speaker, said.session_id, said.content, once))
            answer = asyncio.create_task(desk.answer(got), name=f"answer {got.id}")
            aloud = asyncio.create_task(self._aloud(got.id), name=f"aloud {got.id}")
            try:
                await self._tell({"type": "Taken", "event_id": said.event_id, "request_id": got.id})
                body = await answer
            finally:
                answer.cancel()
                aloud.cancel()
            await self._reply(f"reply:{got.id}", body, self._tools.services.wall.now())
        finally:
            self._saying -= 1

    async def _aloud(self, request_id: str) -> None:
        """What a language model says of it while it is thought about; the reply that follows is the truth."""
        if not self._tools.services.settings.llm.on:
            return
        async for piece in self._tools.services.stream(request_id):
            withdrawn = {"withdrawn": True} if piece.kind == "withdrawn" else {}
            chunk = {"type": "StreamChunk", "request_id": request_id, "chunk": piece.words, **withdrawn}
            await self._tell(chunk)

    async def _reply(self, key: str, body: Mapping[str, Any], at: float) -> None:
        if key in self._told:
            return
        self._told.add(key)
        reply = await self._read(lambda conn: Views(conn).reply(body))
        await self._tell({"type": "Reply", "reply": reply, "at": at})
        if reply["run"] is not None and not _is_over(reply["run"]["status"]):
            run_id = reply["run"]["id"]
            if f"watch:{run_id}" not in self._tasks:
                self._begin(f"watch:{run_id}", None, self._watch(run_id))

    async def _follow(self, said: Follow) -> None:
        """Raises NotFound."""
        place, session_id = f"rest:{said.session_id}", said.session_id
        await self._tools.owners.check(session_id, self._speaker.caller.person.id)
        cursor = self._tools.services.wall.now() if said.after is None else float(said.after)
        overlap = 0.0 if said.after is None else OVERLAP
        async for _ in self._tools.services.live.watch(place):
            if await self._is_over():
                return
            for row in await self._since(place, cursor - overlap):
                cursor, overlap = max(cursor, row.created_at), OVERLAP
                await self._told_of(row)

    async def _since(self, place: str, start: float) -> list[Outgoing]:
        found: list[Outgoing] = await self._read(lambda conn: outbox.since(conn, place, start, _PART))
        return found

    async def _told_of(self, row: Outgoing) -> None:
        if row.key.startswith("reply:"):
            await self._reply(row.key, row.body, row.created_at)
        elif row.key not in self._told:
            self._told.add(row.key)
            body = await self._read(lambda conn: Views(conn).reply({"blocks": [], **row.body}))
            await self._tell({"type": "Post", "post": {"id": row.key, "at": iso(row.created_at), **body}})

    async def _watch(self, run_id: str) -> None:
        """Tell every change of a run until it is over. Raises Forbidden, NotFound."""
        if not self._speaker.caller.person.may("viewer"):
            raise Forbidden("Seeing runs wants the role viewer. An admin gives roles in people.yaml.")
        last: watching.Mark | None = None
        async for _ in self._tools.services.live.watch(run_id):
            if await self._is_over():
                return
            mark = await self._read(lambda conn: watching.mark(conn, run_id))
            if mark is None or mark != last:
                view = await self._read(lambda conn: one_run(conn, run_id))
                seen = cards.mark(mark.version, mark.approval) if mark else ""
                await self._tell({"type": "Progress", "run": view, "mark": seen})
                last = mark
            if mark is None or _is_over(mark.status):
                return

    async def _is_over(self) -> bool:
        """A visit that ended (signed out, too old) ends the socket."""
        visitor, now = self._visitor, self._tools.services.wall.now()
        if visitor is None or self._socket.closed or now - self._seen < LOOK_AGAIN:
            return self._socket.closed
        self._seen = now
        late = now >= visitor.ticket.expires
        if late or await self._read(lambda conn: was_given_back(conn, visitor.ticket)):
            await self._socket.close(code=SIGNED_OUT, message=b"signed out")
            return True
        return False

    async def _read(self, work: Callable[[Connection], Any]) -> Any:
        return await self._tools.services.database.read(work)

    async def _tell(self, message: Mapping[str, Any]) -> None:
        if not self._socket.closed:
            shown = self._tools.services.redact.tree(message)
            await self._socket.send_str(json.dumps(shown, separators=(",", ":")))


def _is_over(status: str) -> bool:
    return not RUN[status]
