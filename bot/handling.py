"""Having one inbox row thought about, and what is said when that fails."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from bot.identity import Identity
from config.errors import Busy, CopilotError
from graph import cards
from graph.message import Before, Message, Outcome, Reading, Reply
from store import ledger
from store.engine import Database, StoreError
from store.records import Inbox, Turn

log = logging.getLogger(__name__)
#: a worker that is killed counts as an attempt, whatever it was killed for
MOST_ATTEMPTS = 5


class Thinker(Protocol):
    """The graph, as the desk needs it (graph/build.py)."""

    async def message(self, request_id: str, message: Message, before: Before | None = None) -> Outcome: ...

    async def fired(self, request_id: str, firing: Mapping[str, Any]) -> Outcome: ...

    async def wait(self, request_id: str, run_id: str, approval_id: str) -> None: ...

    async def decided(self, request_id: str, approval_id: str) -> Reply | None: ...

    async def ended(self, run_id: str, replan: bool = False) -> Reply: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What is stored when a row is done: the post's key and place, the reply, the turn to remember."""

    key: str
    place: str
    reply: Reply | None = None
    turn: Turn | None = None


class Handler:
    """Answers rows of each kind; only StoreError escapes, for then the row must stay for later."""

    def __init__(self, database: Database, identity: Identity, thinker: Thinker) -> None:
        self._database, self._identity, self._thinker = database, identity, thinker

    async def answer(self, row: Inbox, before: Before | None = None) -> Answer:
        """`before` was read with the row; None: it is read when wanted.

        Raises StoreError when the database cannot be read: nothing was said, the row is taken again.
        """
        place, conversation = await self._where(row)
        key = f"reply:{row.id}" if row.kind == "message" else row.event_id
        try:
            reply, turn = await self._think(row, before)
        except StoreError:
            raise
        except Exception as err:  # noqa: BLE001  the desk's one catch-all: the person gets an id that is in the log
            reply, turn = _failure(row.id, conversation, err), _failed_turn(row)
        return Answer(key, place, reply, turn)

    async def _where(self, row: Inbox) -> tuple[str, str]:
        if row.kind in ("message", "fired"):
            return str(row.payload["place"]), str(row.payload["conversation"])
        run_id = str(row.payload["run_id"])
        run = await self._database.read(lambda conn: ledger.get_run(conn, run_id))
        return (run.place, run.place.partition(":")[2]) if run else ("", "")

    async def _think(self, row: Inbox, before: Before | None) -> tuple[Reply | None, Turn | None]:
        payload = row.payload
        if row.kind == "decided":
            return await self._thinker.decided(str(payload["request_id"]), str(payload["approval_id"])), None
        if row.kind == "ended":
            reply = await self._thinker.ended(str(payload["run_id"]), bool(payload.get("replan")))
            await self._wait_for(reply)
            return reply, None
        if row.attempts > MOST_ATTEMPTS:
            raise Busy(await self._given_up(row))
        if row.kind == "fired":
            outcome = await self._thinker.fired(row.id, payload)
        else:
            outcome = await self._thinker.message(row.id, self._message(row), before)
        if outcome.ask:
            await self._wait_for(outcome.reply)
        return _warned(outcome.reply, payload.get("hidden")), outcome.turn

    async def _given_up(self, row: Inbox) -> str:
        run = await self._database.read(lambda conn: ledger.by_request(conn, row.id))
        words = "Handling this broke off several times, so it is given up. "
        if run is None:
            return words + "Say it in other words."
        return (
            words
            + f"What it asked for stands: run {run.id} is {run.status}; `cancel {run.id}` takes it back."
        )

    async def _wait_for(self, reply: Reply) -> None:
        approval, run = reply.approval, reply.run
        if approval is not None and run is not None and approval["status"] == "pending":
            await self._thinker.wait(reply.request_id, run["id"], approval["id"])

    def _message(self, row: Inbox) -> Message:
        payload = row.payload
        roles = payload.get("roles")
        return Message(
            id=row.id,
            text=str(payload["text"]),
            actor=str(payload["actor"]),
            person=self._identity.person(str(payload["actor"]), None if roles is None else tuple(roles)),
            place=str(payload["place"]),
            conversation=str(payload["conversation"]),
            at=float(payload["at"]),
            acting_as=payload.get("acting_as"),
        )


def _warned(reply: Reply, hidden: Sequence[str] | None) -> Reply:
    """Who typed a secret is told so: it is not kept here, but it has been in a chat."""
    if not hidden:
        return reply
    words = (
        f"Your message held what looks like a secret ({', '.join(hidden)}). I did not keep it, but it has been in "
        "this chat: rotate it, and delete the message."
    )
    return replace(reply, text=f"{words}\n{reply.text}", blocks=(cards.text(words), *reply.blocks))


def _failed_turn(row: Inbox) -> Turn | None:
    if row.kind != "message":
        return None
    payload = row.payload
    return Turn(
        request_id=row.id,
        conversation=str(payload["conversation"]),
        person=str(payload["actor"]),
        text=str(payload["text"])[:500],
        intent="error",
        confidence=0.0,
        source="command",
        entities={},
        at=float(payload["at"]),
    )


def _failure(request_id: str, conversation: str, err: Exception) -> Reply:
    if isinstance(err, CopilotError):
        words, block = f"{err.title}: {err}", cards.error(err.title, str(err))
    else:
        error_id = f"err_{secrets.token_hex(4)}"
        log.error("request %s failed, error id %s", request_id, error_id, exc_info=err)
        words = f"Something went wrong on our side; nothing was changed by it. Error id {error_id}: it is in the log."
        block = cards.error("Something went wrong", words, error_id)
    return Reply(request_id, conversation, words, (block,), Reading("error", 0.0, "command"))
