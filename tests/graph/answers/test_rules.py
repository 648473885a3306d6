"""Editing, broken glass, reviews and approvals in advance, through the graph on the demo company."""

from __future__ import annotations

from typing import Any

from store import approvals, ledger
from tests.graph.answers.test_approvals import asked, status
from tests.graph.world import World

GLASS = "break glass rollback-service service=rag-api env=prod because checkout is down for everybody"
PROPOSE = (
    "standing propose rollback-service services=rag-api environment=prod for 30d at most 2 "
    "because nobody must wake up"
)


async def agreed(world: World) -> str:
    reply = (await world.say(PROPOSE)).reply
    standing_id = reply.text.split()[0]
    for person in ("priya", "sam"):
        reply = (await world.say(f"standing approve {standing_id}", as_=person)).reply
    assert "counts from now on" in reply.text
    return standing_id


async def test_edited_inputs_are_asked_for_anew_and_wait(world: World) -> None:
    first = await asked(world)
    outcome = await world.say(f"edit {first} env=staging")
    assert outcome.ask
    assert outcome.reply.text.startswith(
        f"{first} is void, with the votes it had. Plan of rollback-service in staging"
    )
    assert await status(world, first) == "void"
    assert outcome.reply.approval is not None
    assert await status(world, outcome.reply.approval["id"]) == "pending"


async def test_somebody_else_cannot_edit_and_an_unknown_id_is_said(world: World) -> None:
    first = await asked(world)
    assert "Only maria" in (await world.say(f"edit {first} env=staging", as_="priya")).reply.text
    assert first in (await world.say("edit apr_zzz env=staging")).reply.text
    assert await status(world, first) == "pending"


async def test_withdrawing_is_for_who_asked(world: World) -> None:
    first = await asked(world)
    assert (
        "Only maria or an admin can withdraw" in (await world.say(f"withdraw {first}", as_="sam")).reply.text
    )
    assert await status(world, first) == "pending"


async def test_glass_is_broken_by_an_incident_commander_and_reviewed_by_another(world: World) -> None:
    reply = (await world.say(GLASS, as_="lena")).reply
    assert reply.text.startswith("GLASS BROKEN by Lena Vogt. Started rollback-service in production as run_")
    assert reply.run is not None and reply.run["status"] == "queued"
    assert world.dispatcher.nudges > 0
    listed = (await world.say("reviews", as_="sam")).reply.text
    review = next(word.rstrip(":") for word in listed.split() if word.startswith("rev_"))
    assert "checkout is down for everybody" in listed
    close = f"close review {review} because it was right"
    assert "somebody else must close" in (await world.say(close, as_="lena")).reply.text
    assert (await world.say(close, as_="sam")).reply.text.startswith(f"{review} is closed: it was right")
    assert "No review of broken glass is open" in (await world.say("reviews", as_="sam")).reply.text


async def test_who_may_not_break_glass_is_told_and_nothing_runs(world: World) -> None:
    assert "may not break glass" in (await world.say(GLASS, as_="priya")).reply.text
    assert "Say why" in (await world.say(GLASS.partition(" because")[0], as_="lena")).reply.text
    assert await world.database.read(ledger.list_runs) == []


async def test_a_runbook_without_its_inputs_is_asked_back_and_breaks_nothing(world: World) -> None:
    text = "break glass rollback-service because checkout is down for everybody"
    assert "Which service" in (await world.say(text, as_="lena")).reply.text
    assert await world.database.read(ledger.list_runs) == []


async def test_what_two_agreed_to_goes_without_asking_until_it_is_revoked(world: World) -> None:
    standing_id = await agreed(world)
    reply = (await world.say("roll back rag-api in production")).reply
    assert f"Nobody was asked: approved in advance: {standing_id}" in reply.text
    assert reply.run is not None and reply.run["status"] == "queued"
    assert standing_id in (await world.say("standing approvals")).reply.text
    assert (
        "is revoked" in (await world.say(f"revoke {standing_id} because it is noisy", as_="sam")).reply.text
    )
    assert "Nothing is approved in advance" in (await world.say("standing approvals")).reply.text
    again = (await world.say("roll back rag-api in production")).reply
    assert again.approval is not None and again.approval["status"] == "pending"
    assert len(await world.database.read(approvals.pending)) == 1


async def test_a_proposal_that_lacks_something_says_what(world: World) -> None:
    words: dict[str, Any] = {
        "standing propose rollback-service services=rag-api because of the nights": "For which environment",
        PROPOSE.replace("services=rag-api ", ""): "Name the services",
        PROPOSE.replace("for 30d", "for 91d"): "at most 90 days",
        PROPOSE.replace("rollback-service", "nothing"): "nothing",
    }
    for text, said in words.items():
        assert said in (await world.say(text)).reply.text, text
