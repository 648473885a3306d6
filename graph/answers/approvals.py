"""Deciding and what waits for a decision, from the ledger alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from rapidfuzz import process
from sqlalchemy import Connection

from config.errors import NotFound
from graph import cards
from graph.answers import asking, proposals
from graph.answers.words import length, listed
from graph.intents.model import Answer, Ask, Slots
from graph.ports import Tools
from integrations.ports import Place
from runbooks.views import approval_view, run_view
from store import approvals as rows
from store import ledger
from store.records import Approval, Decision, Run, Step

#: how many that wait are listed
_MOST = 8


class DecisionSlots(Slots):
    approval_id: str | None = None
    reason: str | None = None
    withdraw: bool = False
    service: str | None = None


class EditSlots(Slots):
    approval_id: str | None = None
    inputs: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One approval with its run; in a list of many without steps and decisions."""

    approval: Approval
    run: Run
    steps: tuple[Step, ...]
    decisions: tuple[Decision, ...]

    def view(self) -> dict[str, Any]:
        return approval_view(self.approval, self.run, self.decisions)

    def run_view(self) -> dict[str, Any]:
        return run_view(self.run, self.steps)


def find(conn: Connection, approval_id: str) -> Found | None:
    approval = rows.get(conn, approval_id)
    run = ledger.get_run(conn, approval.run_id) if approval else None
    if approval is None or run is None:
        return None
    return Found(
        approval, run, tuple(ledger.get_steps(conn, run.id)), tuple(rows.decisions(conn, approval.id))
    )


async def waiting(tools: Tools, service: str | None = None) -> list[Found]:
    """The approvals that can still be decided (of that service), oldest first, at most 8."""
    now = tools.clock.now()

    def work(conn: Connection) -> list[Found]:
        found: list[Found] = []
        for approval in rows.pending(conn, limit=2 * _MOST if service is None else 100):
            run = ledger.get_run(conn, approval.run_id) if approval.expires_at > now else None
            if run is not None and service in (None, run.inputs.get("service")):
                found.append(Found(approval, run, (), ()))
            if len(found) == _MOST:
                break
        return found

    return await tools.database.read(work)


async def approve(tools: Tools, ask: Ask) -> Answer:
    return await _decide(tools, ask, "approve")


async def deny(tools: Tools, ask: Ask) -> Answer:
    return await _decide(tools, ask, "deny")


async def _decide(tools: Tools, ask: Ask, decision: Literal["approve", "deny"]) -> Answer:
    """A decision needs the approval's id: "yes" alone never decides, it is shown what waits.

    Raises Forbidden, Conflict (runbooks/approvals.py).
    """
    slots: DecisionSlots = ask.slots
    person = ask.message.person
    assert person is not None
    if slots.approval_id is None:
        return _which(await waiting(tools, slots.service), decision)
    wanted = slots.approval_id
    found = await tools.database.read(lambda conn: find(conn, wanted))
    if found is None:
        return _wrong_id(wanted, await waiting(tools), decision)
    if slots.withdraw:
        await tools.approvals.withdraw(wanted, person, ask.message.acting_as)
    else:
        await tools.approvals.decide(
            wanted,
            person=person,
            decision=decision,
            plan_hash=found.approval.plan_hash,
            reason=slots.reason,
            via=Place.parse(ask.message.place).face,
            acting_as=ask.message.acting_as,
        )
    after = await tools.database.read(lambda conn: find(conn, wanted)) or found
    return _decided(tools, after)


async def edit(tools: Tools, ask: Ask) -> Answer:
    """Ask again with other inputs. Raises NotFound, Forbidden, Conflict, BadRequest (runbooks/service.py)."""
    slots: EditSlots = ask.slots
    person = ask.message.person
    assert person is not None
    wanted = str(slots.approval_id)
    found = await tools.database.read(lambda conn: find(conn, wanted))
    if found is None:
        return _wrong_id(wanted, await waiting(tools), "deny")
    inputs = proposals.named_inputs(tools, found.run.runbook, slots.inputs or {})
    proposal = await tools.runbooks.edit(
        wanted, inputs, person, request_id=ask.message.id, acting_as=ask.message.acting_as
    )
    answer = proposals.outcome(tools, ask, proposal)
    if proposal.run is None:
        return answer
    words = f"{wanted} is void, with the votes it had. {answer.text}"
    return replace(answer, text=words, blocks=(cards.text(words), *answer.blocks[1:]))


def _decided(tools: Tools, found: Found) -> Answer:
    approval = found.approval
    what = f"{approval.runbook} in {approval.environment}"
    if approval.status == "approved":
        words = f"Approved: {what} runs now as {approval.run_id}. `status {approval.run_id}` shows its steps."
    elif approval.status == "pending":
        others = listed(tools.approvals.who_can(approval), "or")
        words = f"Your approval of {what} is counted; it still needs another: {others or 'nobody can at present'}."
    else:
        words = f"{approval.status.capitalize()}: {what} will not run. Nothing was changed."
    return Answer(
        words, (cards.text(words), cards.approval(found.view())), approval=found.view(), run=found.run_view()
    )


def _which(fitting: list[Found], decision: str) -> Answer:
    if not fitting:
        return asking.question("Nothing waits for approval.")
    options = [
        (f"{decision} {one.approval.id}: {summary(one)}", f"{decision} {one.approval.id}")
        for one in fitting[:5]
    ]
    words = f"Which one? Say its exact command, such as `{options[0][1]}`. Nothing was decided."
    return Answer(words, (cards.text(words), cards.choices(options)))


def _wrong_id(wanted: str, open_ones: list[Found], decision: str) -> Answer:
    """Raises NotFound when nothing waits at all."""
    if not open_ones:
        raise NotFound(
            f"There is no approval {wanted!r}, and nothing waits for approval. Nothing was decided."
        )
    ids = [one.approval.id for one in open_ones]
    near = process.extract(wanted, ids, limit=3, score_cutoff=75.0)
    options = [str(hit[0]) for hit in near] or ids[:3]
    hint = f"Did you mean {listed(options, 'or')}?" if near else f"What waits: {listed(options)}."
    words = f"There is no approval '{wanted}'. {hint} Nothing was decided."
    return Answer(
        words,
        (cards.text(words), cards.choices([(f"{decision} {one}", f"{decision} {one}") for one in options])),
    )


def summary(one: Found) -> str:
    inputs = one.run.inputs
    subject = f" of {inputs['service']}" if inputs.get("service") else ""
    return f"{one.approval.runbook}{subject} in {one.approval.environment}, asked by {one.approval.requester}"


async def list_facts(tools: Tools, ask: Ask) -> list[Found]:
    slots: DecisionSlots = ask.slots
    if slots.approval_id is not None:
        wanted = slots.approval_id
        found = await tools.database.read(lambda conn: find(conn, wanted))
        return [found] if found else []
    return await waiting(tools, slots.service)


def list_answer(tools: Tools, ask: Ask, found: list[Found]) -> Answer:
    slots: DecisionSlots = ask.slots
    if slots.approval_id is not None:
        return _shown(slots.approval_id, found)
    if not found:
        words = f"Nothing waits for approval{f' for {slots.service}' if slots.service else ''}."
        return Answer(words, (cards.text(words),))
    now = tools.clock.now()
    me = ask.message.person.id if ask.message.person else ""
    mine = [one for one in found if me in tools.approvals.who_can(one.approval)]
    verb = "wait" if len(found) > 1 else "waits"
    count = f"{len(found)} or more" if len(found) == _MOST else str(len(found))
    words = f"{count} {verb} for approval, {len(mine) or 'none'} of them for you."
    table = [
        [
            one.approval.id,
            summary(one),
            listed(tools.approvals.who_can(one.approval), "or"),
            length(one.approval.expires_at - now),
        ]
        for one in found
    ]
    text = words + "".join(f"\n{row[0]}: {row[1]} (for {row[2]}, {row[3]} left)" for row in table)
    blocks = [cards.text(words), cards.table(["id", "what", "who may approve", "time left"], table)]
    if mine:
        options = [f"{verb} {one.approval.id}" for one in mine[:3] for verb in ("approve", "deny")]
        blocks.append(cards.choices([(one, one) for one in options]))
    return Answer(text, tuple(blocks))


def _shown(wanted: str, found: list[Found]) -> Answer:
    if not found:
        return asking.question(f"There is no approval '{wanted}'. `approvals` lists what waits.")
    one = found[0]
    by = listed([decision.person for decision in one.decisions])
    words = (
        f"{one.approval.id} ({summary(one)}) is {one.approval.status}{f', decided by {by}' if by else ''}."
    )
    return Answer(
        words, (cards.text(words), cards.approval(one.view())), approval=one.view(), run=one.run_view()
    )
