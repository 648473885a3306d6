"""What goes without a question: broken glass and its reviews, approvals in advance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from config.people import Person
from graph import cards
from graph.answers import asking, proposals
from graph.answers.words import length, listed
from graph.intents.model import Answer, Ask, Slots
from graph.ports import Tools
from integrations.ports import Place
from runbooks.bounds import said
from store.policy_records import Review, Standing, Vote

_MOST = 8


class GlassSlots(proposals.RunSlots):
    reason: str = ""


class ReviewSlots(Slots):
    review_id: str | None = None
    reason: str = ""


class StandingSlots(Slots):
    standing_id: str | None = None
    runbook: str | None = None
    inputs: Mapping[str, str] | None = None
    days: int | None = None
    most: int | None = None
    reason: str = ""


async def break_glass(tools: Tools, ask: Ask) -> Answer:
    """Run at once. Raises Forbidden, BadRequest (no reason), and as a request does."""
    slots: GlassSlots = ask.slots
    request = proposals.run(tools, ask)
    if isinstance(request, Answer):
        return request
    proposal = await tools.runbooks.break_glass(request, _person(ask), slots.reason)
    answer = proposals.outcome(tools, ask, proposal)
    mine = [
        one for one in await tools.runbooks.reviews.every() if proposal.run and one.run_id == proposal.run.id
    ]
    if not mine:
        return answer
    words = (
        f"GLASS BROKEN by {_person(ask).name}. {answer.text} Everybody is told, and {mine[0].id} stays open until "
        f"somebody else closes it: `close review {mine[0].id} because …`."
    )
    return replace(answer, text=words, blocks=(cards.text(words), *answer.blocks[1:]))


async def reviews(tools: Tools, ask: Ask) -> list[Review]:
    return await tools.runbooks.reviews.every()


def reviews_answer(tools: Tools, ask: Ask, found: list[Review]) -> Answer:
    if not found:
        words = "No review of broken glass is open."
        return Answer(words, (cards.text(words),))
    now = tools.clock.now()
    rows = [
        [
            one.id,
            one.run_id,
            f"{one.runbook} in {one.environment}",
            one.person,
            one.reason,
            length(now - one.opened_at),
        ]
        for one in found[:_MOST]
    ]
    words = (
        f"{len(found)} to be reviewed. `close review ID because …` closes one: somebody else than broke it."
    )
    text = words + "".join(f"\n{row[0]}: {row[2]}, broken by {row[3]}: {row[4]}" for row in rows)
    columns = ["id", "run", "what", "by", "reason", "open for"]
    return Answer(text, (cards.text(words), cards.table(columns, rows)))


async def close_review(tools: Tools, ask: Ask) -> Answer:
    """Raises NotFound, Forbidden, BadRequest, Conflict."""
    slots: ReviewSlots = ask.slots
    done = await tools.runbooks.reviews.close(
        str(slots.review_id), person=_person(ask), outcome=slots.reason, acting_as=ask.message.acting_as
    )
    words = f"{done.id} is closed: {done.outcome}"
    return Answer(words, (cards.text(words),))


async def every(tools: Tools, ask: Ask) -> list[tuple[Standing, list[Vote]]]:
    return await tools.runbooks.standing.every()


def every_answer(tools: Tools, ask: Ask, found: list[tuple[Standing, list[Vote]]]) -> Answer:
    now = tools.clock.now()
    live = [(one, votes) for one, votes in found if one.status != "revoked" and one.expires_at > now]
    if not live:
        words = "Nothing is approved in advance."
        return Answer(words, (cards.text(words),))
    words = f"{len(live)} approvals in advance. `standing revoke ID` ends one at once."
    rows = [_row(one, votes, now) for one, votes in live[:_MOST]]
    text = words + "".join(
        f"\n{row[0]} ({row[1]}): {row[2]}; {row[3]}; agreed: {row[4]}; {row[5]} left" for row in rows
    )
    columns = ["id", "status", "what", "bounds", "agreed", "time left"]
    return Answer(text, (cards.text(words), cards.table(columns, rows)))


async def propose(tools: Tools, ask: Ask) -> Answer:
    """Raises NotFound, Forbidden, BadRequest."""
    slots: StandingSlots = ask.slots
    inputs = dict(slots.inputs or {})
    services = [one for one in (inputs.pop("services", "") or inputs.pop("service", "")).split(",") if one]
    environment = inputs.pop("environment", "") or inputs.pop("env", "")
    if not environment:
        return asking.question("For which environment? Say it with `environment=…`.")
    spelled = tools.lexicon.spellings("environment").get(environment.lower(), environment)
    one = await tools.runbooks.standing.propose(
        str(slots.runbook),
        services=services,
        environment=spelled,
        bounds=inputs,
        person=_person(ask),
        reason=slots.reason,
        place=ask.message.place,
        days=slots.days,
        most=slots.most,
        standing_id=f"std_{ask.message.id.rpartition('_')[2]}",
        acting_as=ask.message.acting_as,
    )
    who = listed(tools.runbooks.standing.who_can(one), "or")
    words = (
        f"{one.id} asks for an approval in advance. It needs {one.count} people: {who or 'nobody can at present'}. "
        f"`standing approve {one.id}`. Until then every run is asked for."
    )
    return Answer(words, (cards.text(words), _facts(one, [], tools.clock.now())))


async def approve(tools: Tools, ask: Ask) -> Answer:
    """Agree to what is stored now. Raises NotFound, Forbidden, Conflict."""
    wanted = str(ask.slots.standing_id)
    seen, _ = await tools.runbooks.standing.get(wanted)
    via = Place.parse(ask.message.place).face
    await tools.runbooks.standing.approve(
        wanted, person=_person(ask), hash=seen.hash, via=via, acting_as=ask.message.acting_as
    )
    one, votes = await tools.runbooks.standing.get(wanted)
    active = one.status == "active"
    words = (
        f"{one.id} counts from now on." if active else f"Your word is counted; {one.id} still needs another."
    )
    return Answer(words, (cards.text(words), _facts(one, votes, tools.clock.now())))


async def revoke(tools: Tools, ask: Ask) -> Answer:
    """Raises NotFound, Forbidden, Conflict."""
    slots: StandingSlots = ask.slots
    one = await tools.runbooks.standing.revoke(
        str(slots.standing_id), person=_person(ask), reason=slots.reason, acting_as=ask.message.acting_as
    )
    words = f"{one.id} is revoked: nothing starts under it any more."
    return Answer(words, (cards.text(words),))


def _facts(one: Standing, votes: list[Vote], now: float) -> dict[str, Any]:
    row = _row(one, votes, now)
    told = {"What": row[2], "Bounds": row[3], "Reason": one.reason, "Asked by": one.proposer}
    told |= {"At most": f"{one.most} runs in {length(one.per)}", "Agreed": row[4], "Time left": row[5]}
    return cards.facts(told)


def _row(one: Standing, votes: list[Vote], now: float) -> list[str]:
    bounds = ", ".join(f"{name}: {said(bound)}" for name, bound in one.bounds.items())
    agreed = listed([vote.person for vote in votes]) or "nobody yet"
    what = f"{one.runbook} of {listed(list(one.services))} in {one.environment}"
    return [one.id, one.status, what, bounds, agreed, length(one.expires_at - now)]


def _person(ask: Ask) -> Person:
    assert ask.message.person is not None
    return ask.message.person
