"""The chat: conversations, what was said in one, and saying something in it, with or without a script."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bot.console.cards import Question, Work, brief, checked, question, work
from bot.console.route import Answer, Goto, Page, Sent, Shown, Visit
from bot.desk import Incoming
from bot.http.auth import Speaker
from bot.http.idempotency import event_name
from config.errors import BadRequest, Busy, CopilotError, NotFound
from insight.facts import Alert
from store import inbox, outbox, sessions, turns
from store.records import Outgoing, Session, Turn, new_id

#: seconds that a form waits for its answer before it shows the conversation as it is
PATIENCE = 3.0
#: seconds that the alerts of the first page may take
DEADLINE = 2.0
MOST = 4_000
SHOWN = 100
#: how far before the last thing seen is looked again, seconds: rows commit in another order than they were made in
OVERLAP = 10.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a conversation: what a person said and the answer to it, or what the bot said by itself.

    `at` is when the answer was stored. `questions` and `runs` are what the blocks name, by id.
    """

    key: str
    at: float
    turn: Turn | None
    body: Mapping[str, Any]
    questions: Mapping[str, Question]
    runs: Mapping[str, Work]

    @property
    def slot(self) -> str | None:
        """The run that is asked for here, shown below its approval once it may go."""
        asked = [one.view["run_id"] for one in self.questions.values() if one.view["run_id"] in self.runs]
        drawn = [one["run_id"] for one in self.body["blocks"] if one["type"] == "progress"]
        return next((run for run in asked if run not in drawn), None)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something said that is still thought about."""

    id: str
    person: str
    text: str


async def home(visit: Visit) -> Answer:
    """A new conversation: what fires, what waits, what one could ask."""
    alerts = await _firing(visit)
    data = {**await _past(visit), "alerts": alerts, "suggestions": _suggestions(visit, alerts)}
    data |= {"session": None, "entries": [], "thinking": [], "cursor": 0.0}
    return Shown("chat.html", "Chat", data | {"once": new_id("form", visit.look.now)})


async def show(visit: Visit, notice: str = "", status: int = 200) -> Answer:
    session_id = visit.path["session_id"]
    await visit.tools.owners.check(session_id, visit.person.id)

    def read(conn: Connection) -> tuple[list[Entry], list[Waiting]]:
        rows = outbox.latest(conn, f"rest:{session_id}", SHOWN)
        return entries(conn, rows, visit), _thinking(conn, session_id)

    found, thinking = await visit.services.database.read(read)
    data = {**await _past(visit), "session": session_id, "entries": found, "thinking": thinking, "alerts": ()}
    data |= {"once": new_id("form", visit.look.now), "cursor": found[-1].at if found else 0.0}
    return Shown("chat.html", "Chat", data | _helpers(visit), status=status, notice=notice)


async def since(visit: Visit) -> Answer:
    """What came after an instant, for the script; a little of what it has already is among it, by the same keys."""
    session_id = visit.path["session_id"]
    await visit.tools.owners.check(session_id, visit.person.id)
    after = _instant(visit.query.get("after", "0")) - OVERLAP

    def read(conn: Connection) -> tuple[list[Entry], list[Waiting]]:
        rows = outbox.since(conn, f"rest:{session_id}", after, SHOWN)
        return entries(conn, rows, visit), _thinking(conn, session_id)

    found, thinking = await visit.services.database.read(read)
    data = {"entries": found, "thinking": thinking, "session": session_id}
    return Shown("chat_entries.html", "Chat", data | _helpers(visit))


async def say(visit: Visit) -> Answer:
    """Say something in a conversation, or begin one with it."""
    text = visit.form.get("text", "").strip()
    if not text:
        return Goto(f"/chat/{visit.path['session_id']}" if "session_id" in visit.path else "/")
    if len(text) > MOST:
        raise BadRequest(f"That has {len(text)} characters; {MOST} is the most. Say it shorter.")
    session_id = visit.path.get("session_id") or await begin(visit)
    await visit.tools.owners.check(session_id, visit.person.id)
    once = visit.form.get("once") or new_id("say", visit.services.wall.now())
    desk = visit.services.desk
    got = await desk.submit(incoming(visit.visitor.speaker, session_id, text, once))
    with contextlib.suppress(Busy):  # it is stored, and the conversation shows that it is still thought about
        await desk.answer(got, PATIENCE)
    return Goto(f"/chat/{session_id}#latest")


async def chart(visit: Visit) -> Answer:
    """A chart of an answer as it was stored, drawn for a theme. Raises NotFound, NoPicture, Busy."""
    session_id, path = visit.path["session_id"], visit.path
    await visit.tools.owners.check(session_id, visit.person.id)
    row = await visit.services.database.read(lambda conn: outbox.get(conn, path["key"], f"rest:{session_id}"))
    blocks = row.body.get("blocks", ()) if row is not None else ()
    number = int(path["number"][:4])
    if number >= len(blocks) or blocks[number]["type"] != "chart":
        raise NotFound("There is no chart here. Load the conversation again.")
    shown = visit.services.redact.tree(blocks[number])
    drawn = await visit.services.charts.svg(shown, "dark" if path["theme"] == "dark" else "light")
    return Sent(drawn.encode(), "image/svg+xml")


async def start(visit: Visit) -> Answer:
    """An empty conversation, for the script: its id."""
    return Shown("session.html", "Chat", {"session": await begin(visit)})


async def forget(visit: Visit) -> Answer:
    """Take a conversation off the list; the audit keeps what was done in it."""
    session_id = visit.path["session_id"]
    await visit.tools.owners.check(session_id, visit.person.id)
    visit.tools.owners.forget(session_id)
    await visit.services.database.write(lambda conn: sessions.delete(conn, session_id))
    return Goto("/", "ended")


async def begin(visit: Visit) -> str:
    now = visit.services.wall.now()
    session = Session(new_id("ses", now), visit.person.id, now)
    await visit.services.database.write(lambda conn: sessions.create(conn, session))
    return session.id


def incoming(speaker: Speaker, session_id: str, text: str, once: str) -> Incoming:
    """A message; the same `once` of the same person in the same conversation is the same message."""
    person = speaker.caller.person.id
    return Incoming(
        source="console",
        event_id=event_name(once, person, session_id),
        text=text,
        actor=person,
        place=f"rest:{session_id}",
        conversation=session_id,
        acting_as=speaker.caller.acting_as,
        roles=speaker.narrowed,
    )


def entries(conn: Connection, rows: Sequence[Outgoing], visit: Visit) -> list[Entry]:
    """Answers and posts as the ledger has what they name now, oldest first."""
    asked = [row.key.removeprefix("reply:") for row in rows if row.key.startswith("reply:")]
    said = turns.of_requests(conn, asked)
    return [_entry(conn, row, said.get(row.key.removeprefix("reply:")), visit) for row in rows]


def _entry(conn: Connection, row: Outgoing, turn: Turn | None, visit: Visit) -> Entry:
    body: dict[str, Any] = {"blocks": [], "text": "", **visit.services.redact.tree(row.body)}
    questions: dict[str, Question] = {}
    runs: dict[str, Work] = {}
    for kind, name in _named(body):
        try:
            if kind == "approval":
                questions[name] = question(conn, name, visit.reader)
            else:
                runs[name] = work(conn, name, visit.reader)
        except NotFound:
            continue
    blocks = [{**one, "number": number} for number, one in enumerate(body["blocks"])]
    body["blocks"] = [one for one in blocks if not _repeated(one, questions)]
    return Entry(row.key, row.created_at, turn, body, questions, runs)


def _named(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = [("approval", str(one["approval_id"])) for one in body["blocks"] if one["type"] == "approval"]
    found += [("run", str(one["run_id"])) for one in body["blocks"] if one["type"] == "progress"]
    if body.get("run"):
        found.append(("run", str(body["run"])))
    return list(dict.fromkeys(found))


def _repeated(block: Mapping[str, Any], questions: Mapping[str, Question]) -> bool:
    """Whether the approval's card, which is shown with it, says the same: what changes, how far it reaches."""
    return bool(questions) and (
        block["type"] == "diff" or (block["type"] == "facts" and not block.get("title"))
    )


def _thinking(conn: Connection, session_id: str) -> list[Waiting]:
    return [
        Waiting(one.id, str(one.payload.get("actor", "")), str(one.payload.get("text", "")))
        for one in inbox.unfinished(conn, session_id)
        if one.kind == "message"
    ]


async def _past(visit: Visit) -> dict[str, Any]:
    """The person's last conversations, newest first, by what each began with."""

    def read(conn: Connection) -> list[tuple[Session, str]]:
        found = sessions.of_person(conn, visit.person.id)
        words = turns.first_words(conn, [one.id for one in found])
        return [(one, words[one.id]) for one in found if one.id in words]

    return {"past": await visit.services.database.read(read)}


async def _firing(visit: Visit) -> Sequence[Alert]:
    port = visit.services.sources.alerts
    if port is None:
        return ()
    try:
        async with asyncio.timeout(DEADLINE):
            return (await port.firing())[:5]
    except (TimeoutError, CopilotError):
        return ()


def _suggestions(visit: Visit, alerts: Sequence[Alert]) -> list[str]:
    """Exact words that do something here and now, for who does not know what to ask."""
    catalogue = visit.services.catalogue
    faced = catalogue.user_facing or tuple(catalogue.services)
    sick = alerts[0].service if alerts else next(iter(faced), "")
    found = [f"why is {sick} slow?", f"latency of {sick} in the last hour", f"what changed in {sick} today?"]
    return [*(found if sick else []), "approvals", "status", "help"]


def _helpers(visit: Visit) -> dict[str, Any]:
    return {"brief": brief, "checked": checked, "drawable": visit.services.charts.available}


def _instant(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1e12)
    except ValueError as err:
        raise BadRequest(f"after is {text[:40]!r}, which is no instant. Load the page again.") from err


PAGES = (
    Page("GET", "/", home, "chat", roles=()),
    Page("POST", "/chat", say, "chat", roles=()),
    Page("POST", "/chat/new", start, "chat", roles=()),
    Page("GET", "/chat/{session_id}", show, "chat", roles=()),
    Page("POST", "/chat/{session_id}", say, "chat", roles=()),
    Page("GET", "/chat/{session_id}/since", since, "chat", roles=()),
    Page(
        "GET", r"/chat/{session_id}/charts/{key}/{number:[0-9]+}.{theme:light|dark}.svg", chart, "chat", roles=(),
    ),
    Page("POST", "/chat/{session_id}/end", forget, "chat", roles=()),
)  # fmt: skip
