from __future__ import annotations

from typing import Any

import pytest

from integrations.actions import Action, Actions, Context
from integrations.errors import Refused, TimedOut, Unavailable
from runbooks.casefile import Case
from runbooks.stubs import Stubs
from tests.runbooks.world import SetTo, Target, Words, World

CONTEXT = Context("run_1", "a", "run_1:a", "maria", "staging", "test:case", 1.0)


def stubbed(**case: Any) -> tuple[Stubs, dict[str, Action], World]:
    world = World()
    stubs = Stubs(Case.model_validate({"name": "x", "expect": {}, **case}))
    return stubs, dict(stubs.actions(world.actions()).by_name), world


async def test_reads_answer_in_turn_and_the_last_again_and_again() -> None:
    _, actions, _ = stubbed(reads={"health.get": [{"value": 0.5}, {"value": 0.1}]})
    got = [await actions["health.get"].run(CONTEXT, Target(service="rag-api")) for _ in range(3)]
    assert [one.value for one in got] == [0.5, 0.1, 0.1]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("reads", "words"),
    [
        ({}, "no answer under `reads`"),
        ({"health.get": {"valu": 1}}, "gives no 'valu'; it gives value"),
        ({"health.get": {"value": "many"}}, "does not answer so"),
    ],
)
async def test_what_was_not_recorded_or_cannot_be_is_a_problem(reads: dict[str, Any], words: str) -> None:
    stubs, actions, _ = stubbed(reads=reads)
    with pytest.raises(Refused):
        await actions["health.get"].run(CONTEXT, Target(service="rag-api"))
    assert words in stubs.problems[0]


async def test_writes_go_as_the_case_says_and_touch_nothing() -> None:
    outcomes = ["refused", "unavailable", "unknown", "answer lost", "done"]
    write = {"before": {"v": 1}, "after": {"v": 2}, "outcomes": outcomes}
    stubs, actions, world = stubbed(writes={"version.set": write})
    action, inputs = actions["version.set"], SetTo(service="rag-api", to="v1")
    assert action.plan is not None and action.happened is not None
    change = await action.plan(CONTEXT, inputs)
    assert (change.before, change.after, change.targets) == ({"v": 1}, {"v": 2}, ("rag-api",))
    for error in (Refused, Unavailable):
        with pytest.raises(error):
            await action.run(CONTEXT, inputs)
        assert await action.happened(CONTEXT, inputs, {}) == "no"
    with pytest.raises(TimedOut):
        await action.run(CONTEXT, inputs)
    assert await action.happened(CONTEXT, inputs, {}) == "cannot tell"
    assert stubs.writes == [] and world.acts == []


async def test_a_write_whose_answer_is_lost_did_happen() -> None:
    stubs, actions, _ = stubbed(writes={"version.set": {"outcomes": ["answer lost"]}})
    action, inputs = actions["version.set"], SetTo(service="rag-api", to="v1")
    with pytest.raises(TimedOut):
        await action.run(CONTEXT, inputs)
    assert action.happened is not None
    assert await action.happened(CONTEXT, inputs, {}) == "yes"
    assert stubs.writes == ["version.set service=rag-api to=v1"]


async def test_records_are_done_without_an_effect() -> None:
    _, actions, world = stubbed()
    await actions["note.add"].run(CONTEXT, Words(text="x"))
    assert world.notes == {}


async def test_posts_are_kept() -> None:
    from integrations.chat import chat_actions

    stubs = Stubs(Case.model_validate({"name": "x", "expect": {}}))
    real = Actions({one.name: one for one in chat_actions(stubs)})
    post = stubs.actions(real).by_name["chat.post"]
    await post.run(CONTEXT, post.inputs.model_validate({"text": "hello"}))
    assert stubs.posts == ["hello"]
