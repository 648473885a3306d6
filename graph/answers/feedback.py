"""Was this right? A person's word on an answer, kept for learning; listed for admins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection

from graph import cards
from graph.answers import asking
from graph.answers.recording import speaker
from graph.answers.words import listed, moment
from graph.intents.model import Answer, Ask, Facts, Slots
from graph.message import Block
from graph.ports import Tools
from store import feedback, turns
from store.records import Feedback, Rating, Turn

#: turns of the conversation that are looked back on, and words that are listed
_BACK, _MOST = 12, 20
RIGHT, WRONG = "that was right", "that was wrong"


class WordSlots(Slots):
    request_id: str | None = None
    verdict: Rating = "right"
    note: str | None = None


def question(request_id: str) -> Block:
    """The two choices under an answer. They name it, so that an old button never speaks of a newer one."""
    options = [(RIGHT, f"{RIGHT} {request_id}"), (WRONG, f"{WRONG} {request_id}")]
    return cards.choices(options, "Was this right?", numbered=False)


def make_give(rated: Collection[str]) -> Any:
    """`rated` are the intents whose answers people are asked about."""

    async def give(tools: Tools, ask: Ask) -> Answer:
        slots: WordSlots = ask.slots
        conversation, now = ask.message.conversation, tools.clock.now()
        person = speaker(ask).id

        def work(conn: Connection) -> Turn | None:
            about = _meant(turns.last(conn, conversation, _BACK), slots.request_id, rated)
            if about is not None:
                feedback.put(
                    conn, Feedback(about.request_id, person, about.intent, slots.verdict, slots.note, now)
                )
            return about

        about = await tools.database.write(work)
        if about is None:
            return asking.question(
                "I do not know which answer you mean: there is no diagnosis or report in this conversation lately. "
                "Nothing was kept."
            )
        kept = f"Thank you. I kept that my answer to '{_short(about.text)}' was {slots.verdict}."
        if slots.verdict == "wrong" and not slots.note:
            kept += f" What was it? Say `{WRONG} because …`."
        return Answer(kept, (cards.text(kept),))

    return give


def _meant(last: list[Turn], request_id: str | None, rated: Collection[str]) -> Turn | None:
    """The named answer, else the newest that is rated."""
    for turn in reversed(last):
        if turn.intent in rated and request_id in (None, turn.request_id):
            return turn
    return None


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


async def _facts(tools: Tools, ask: Ask) -> list[Feedback]:
    return await tools.database.read(feedback.newest)


facts: Facts = _facts


def answer(tools: Tools, ask: Ask, found: list[Feedback]) -> Answer:
    if not found:
        words = "Nobody has said yet whether an answer was right."
        return Answer(words, (cards.text(words),))
    counts = Counter((one.intent, one.verdict) for one in found)
    intents = sorted({one.intent for one in found})
    shares = [f"{name}: {counts[name, 'right']} right, {counts[name, 'wrong']} wrong" for name in intents]
    words = f"The newest {len(found)} words on answers. {listed(shares)}."
    now = tools.clock.now()
    rows = [
        [moment(one.at, ask.zone, now), one.person, one.intent, one.verdict, one.words or "-", one.request_id]
        for one in found[:_MOST]
    ]
    columns = ["when", "who", "answer", "was", "words", "request"]
    return Answer(words, (cards.text(words), cards.table(columns, rows)))
