from __future__ import annotations

from dataclasses import replace

from store import feedback
from store.engine import Database
from store.records import Feedback

WORD = Feedback("req_1", "maria", "diagnose.explain", "right", None, 1_760_000_000.5)


async def test_the_last_word_of_a_person_on_an_answer_is_kept(database: Database) -> None:
    await database.write(lambda conn: feedback.put(conn, WORD))
    later = replace(WORD, verdict="wrong", words="it was the provider", at=WORD.at + 60)
    await database.write(lambda conn: feedback.put(conn, later))
    assert await database.read(feedback.newest) == [later]


async def test_everybody_has_a_word_of_their_own_and_the_newest_comes_first(database: Database) -> None:
    other = replace(WORD, person="sam", at=WORD.at + 1)
    third = replace(WORD, request_id="req_2", at=WORD.at + 2)
    for word in (WORD, other, third):
        await database.write(lambda conn, word=word: feedback.put(conn, word))  # type: ignore[misc]
    assert await database.read(feedback.newest) == [third, other, WORD]
    assert await database.read(lambda conn: feedback.newest(conn, limit=1)) == [third]
