"""What a message is read against."""

from __future__ import annotations

from functools import partial

from config.people import Person
from graph.lookback import REMEMBERED, look_back
from runbooks.halt import stop_everything
from store import turns
from store.engine import Database
from store.records import Turn

MARIA = Person(id="maria", name="Maria", roles=frozenset({"operator"}))


def turn(number: int) -> Turn:
    return Turn(f"req_{number}", "c1", "maria", f"m{number}", "help", 1.0, "command", {}, float(number))


async def test_the_last_turns_come_oldest_first_and_the_switch_with_them(database: Database) -> None:
    for number in range(REMEMBERED + 2):
        one = turn(number)
        await database.write(partial(turns.append, turn=one))
    before = await database.read(lambda conn: look_back(conn, "c1"))
    assert [one.text for one in before.turns] == ["m2", "m3", "m4", "m5"]
    assert before.halt is None
    await database.write(lambda conn: stop_everything(conn, MARIA, None, 9.0, "fire"))
    before = await database.read(lambda conn: look_back(conn, "c2"))
    assert before.turns == ()
    assert before.halt is not None
    assert before.halt.why == "fire"
