from __future__ import annotations

from store import feedback
from store.records import Feedback
from tests.graph.world import World


async def kept(world: World) -> list[Feedback]:
    return await world.database.read(feedback.newest)


async def test_a_diagnosis_asks_whether_it_was_right_and_keeps_the_word(world: World) -> None:
    reply = (await world.say("why is rag-api slow?")).reply
    options = reply.blocks[-1]["options"]
    assert [one["label"] for one in options] == ["that was right", "that was wrong"]
    said = (await world.say(options[1]["say"])).reply
    assert "'why is rag-api slow?' was wrong" in said.text
    assert "Say `that was wrong because …`" in said.text
    await world.say("that was wrong because it was the index")
    (word,) = await kept(world)
    assert (word.request_id, word.person, word.intent) == (reply.request_id, "maria", "diagnose.explain")
    assert (word.verdict, word.words) == ("wrong", "it was the index")


async def test_an_old_button_speaks_of_its_own_answer(world: World) -> None:
    first = (await world.say("why is rag-api slow?")).reply
    await world.say("why is billing slow?")
    await world.say(f"that was right {first.request_id}")
    assert [one.request_id for one in await kept(world)] == [first.request_id]


async def test_without_an_answer_nothing_is_kept(world: World) -> None:
    assert "I do not know which answer you mean" in (await world.say("that was right")).reply.text
    assert await kept(world) == []


async def test_admins_see_what_people_said_and_others_do_not(world: World) -> None:
    assert "Nobody has said yet" in (await world.say("feedback", as_="amara")).reply.text
    await world.say("why is rag-api slow?")
    await world.say("that was right")
    reply = (await world.say("feedback", as_="amara", conversation="a")).reply
    assert "diagnose.explain: 1 right, 0 wrong" in reply.text
    assert "you need the role admin" in (await world.say("feedback", as_="maria")).reply.text


async def test_a_number_picks_what_is_offered_never_the_word_on_the_answer(world: World) -> None:
    await world.break_something("bad-release")
    await world.say("why is rag-api slow?")
    assert (await world.say("1")).ask
    assert await kept(world) == []
