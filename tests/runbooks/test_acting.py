from __future__ import annotations

import pytest

from integrations.actions import Context
from runbooks.acting import Call, OnUnknown, act, find_out
from runbooks.reach import checked
from tests.runbooks.world import Script, World
from tests.support.clock import ManualClock

CONTEXT = Context("run_1", "a", "run_1:a", "maria", "staging", "x:y", 0.0)


def call(
    world: World, name: str = "version.set", *, idempotent: bool = False, on_unknown: OnUnknown = "probe"
) -> Call:
    action = world.actions(idempotent=idempotent).by_name[name]
    inputs = {"text": "x"} if name == "note.add" else {"service": "rag-api", "to": "v1"}
    inputs = {"service": "rag-api"} if name == "version.get" else inputs
    return Call(action, CONTEXT, checked(action, inputs), {"version": "v2"}, 20.0, on_unknown)


@pytest.mark.parametrize(
    ("script", "happened", "acts"),
    [
        ("ok", "yes", 1),
        ("refuse", "no", 0),
        ("down", "no", 0),
        ("lose the answer", "yes", 1),
        ("lose the call", "no", 0),
        ("break", "no", 0),
    ],
)
async def test_what_is_known_after_a_call(script: Script, happened: str, acts: int) -> None:
    world = World(scripts={"version.set": [script]})
    result = await act(call(world), ManualClock())
    assert (result.happened, len(world.acts)) == (happened, acts)


@pytest.mark.parametrize("script", ["lose the answer", "lose the call"])
async def test_where_the_action_cannot_tell_nobody_pretends(script: Script) -> None:
    world = World(scripts={"version.set": [script]}, tells=False)
    assert (await act(call(world), ManualClock())).happened == "cannot tell"


async def test_a_change_that_is_not_there_yet_is_waited_for_while_its_time_runs() -> None:
    world, clock = World(), ManualClock()
    began = clock.now()
    assert (await find_out(call(world), began, clock, "lost")).happened == "no"
    assert clock.now() == began + 20
    assert world.asked == 11


async def test_a_call_whose_time_is_over_is_asked_about_once() -> None:
    world, clock = World(), ManualClock()
    assert (await find_out(call(world), clock.now() - 60, clock, "lost")).happened == "no"
    assert world.asked == 1


async def test_where_repeating_is_harmless_nothing_is_waited_for() -> None:
    world, clock = World(), ManualClock()
    assert (await find_out(call(world, idempotent=True), clock.now(), clock, "lost")).happened == "no"
    assert world.asked == 1


@pytest.mark.parametrize(("on_unknown", "happened"), [("ask", "cannot tell"), ("repeat", "no")])
async def test_the_runbook_may_say_not_to_probe(on_unknown: OnUnknown, happened: str) -> None:
    world = World()
    result = await find_out(call(world, idempotent=True, on_unknown=on_unknown), 0.0, ManualClock(), "lost")
    assert (result.happened, world.asked) == (happened, 0)


@pytest.mark.parametrize("name", ["version.get", "note.add"])
async def test_what_is_harmless_to_repeat_and_cannot_be_asked_counts_as_not_done(name: str) -> None:
    world = World(scripts={name: ["lose the answer"]})
    assert (await act(call(world, name), ManualClock())).happened == "no"
