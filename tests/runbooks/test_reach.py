from __future__ import annotations

import pytest

from config.errors import BadRequest
from integrations.actions import Context
from integrations.errors import IntegrationError, Refused, TimedOut
from runbooks.reach import Harmless, checked, did_happen, run_action
from tests.runbooks.world import World

CONTEXT = Context("run_1", "a", "run_1:a", "maria", "staging", "x:y", 0.0)
WRITE = {"service": "rag-api", "to": "v1"}


async def test_reads_and_plans_are_reached() -> None:
    world = World()
    reach = Harmless(world.actions())
    assert await reach.read("version.get", CONTEXT, {"service": "rag-api"}) == {
        "current": "v2",
        "previous": "v1",
    }
    assert (await reach.plan("version.set", CONTEXT, WRITE)).before == {"version": "v2"}
    assert world.acts == []


@pytest.mark.parametrize("name", ["version.set", "version.wipe", "note.add"])
async def test_nothing_that_changes_anything_is_reached(name: str) -> None:
    world = World()
    reach = Harmless(world.actions())
    with pytest.raises(BadRequest, match="a plan only reads"):
        await reach.read(name, CONTEXT, WRITE)
    assert not [one for one in vars(reach) if not one.startswith("_Harmless__")]
    assert (world.acts, world.notes) == ([], {})


async def test_an_action_that_is_not_set_up_is_said() -> None:
    with pytest.raises(IntegrationError, match="nope is not set up here"):
        await Harmless(World().actions()).read("nope", CONTEXT, {})


async def test_whatever_an_action_raises_is_one_of_our_kinds(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    action = world.actions().by_name["version.set"]
    given = checked(action, WRITE)
    world.scripts["version.set"] = ["break", "refuse", "hang"]
    with pytest.raises(
        IntegrationError, match=r"broke \(ZeroDivisionError\); error [0-9a-f]{8} is in the log"
    ):
        await run_action(action, CONTEXT, given, 1.0)
    with pytest.raises(Refused):
        await run_action(action, CONTEXT, given, 1.0)
    with pytest.raises(TimedOut, match=r"did not answer within 0\.01 s"):
        await run_action(action, CONTEXT, given, 0.01)


async def test_an_action_that_fails_to_say_cannot_tell() -> None:
    world = World()
    action = world.actions().by_name["version.set"]
    given = checked(action, WRITE)
    assert await did_happen(action, CONTEXT, given, {"version": "v2"}) == "no"
    world.versions.clear()
    assert await did_happen(action, CONTEXT, given, {"version": "v2"}) == "cannot tell"
    note = world.actions().by_name["note.add"]
    assert await did_happen(note, CONTEXT, checked(note, {"text": "x"}), {}) == "cannot tell"


def test_a_wrong_input_is_named() -> None:
    with pytest.raises(BadRequest, match=r"version\.set input 'to': field required"):
        checked(World().actions().by_name["version.set"], {"service": "rag-api"})
