"""Runs by command: how they stand, stopping them, and saying what became of a step nobody knows of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from rapidfuzz import process
from sqlalchemy import Connection

from config.people import Person
from graph import cards
from graph.answers import asking
from graph.answers.words import length, listed
from graph.intents.model import Answer, Ask, Slots
from graph.ports import Tools
from runbooks.groups import explained
from runbooks.views import run_view
from store import ledger
from store.records import Run, Step

_MOST = 8
_OVER = ("succeeded", "failed", "rolled_back", "cancelled")


class RunSlots(Slots):
    run_id: str | None = None
    step: str | None = None
    answer: Literal["happened", "did-not", "abort"] = "abort"


async def status_facts(tools: Tools, ask: Ask) -> tuple[Run | None, list[Step], list[Run]]:
    """The run that was named with its steps, and recent runs."""
    wanted = ask.slots.run_id

    def work(conn: Connection) -> tuple[Run | None, list[Step], list[Run]]:
        run = ledger.get_run(conn, wanted) if wanted else None
        steps = ledger.get_steps(conn, run.id) if run else []
        run = explained(conn, run) if run else None
        return run, steps, ledger.list_runs(conn, limit=30)

    return await tools.database.read(work)


def status_answer(tools: Tools, ask: Ask, found: tuple[Run | None, list[Step], list[Run]]) -> Answer:
    run, steps, recent = found
    if ask.slots.run_id is None:
        return _recent(recent, tools.clock.now())
    if run is None:
        return _wrong_id("status", ask.slots.run_id, recent)
    return shown(run, steps, f"{words_of(run)}.")


def shown(run: Run, steps: list[Step], words: str) -> Answer:
    view = run_view(run, steps)
    done = sum(1 for step in steps if step.status in ("done", "skipped"))
    words = f"{words} {done} of {len(steps)} steps are done." if run.status not in _OVER else words
    if run.error and run.error not in words:
        words = f"{words} {run.error}"
    return Answer(words, (cards.text(words), cards.progress(view)), run=view)


def words_of(run: Run) -> str:
    subject = f" of {run.inputs['service']}" if run.inputs.get("service") else ""
    dry = " (dry run)" if run.dry_run else ""
    return f"{run.runbook}{subject} in {run.environment}{dry} ({run.id}) is {run.status.replace('_', ' ')}"


def _recent(recent: list[Run], now: float) -> Answer:
    going = [run for run in recent if run.status not in _OVER]
    listed_runs = (going or recent)[:_MOST]
    if not listed_runs:
        return asking.question("No runs yet. `runbooks` lists what can be run.")
    words = f"{len(going)} runs are going on." if going else "Nothing is going on. The last runs:"
    rows = [
        [
            run.id,
            run.runbook,
            str(run.inputs.get("service") or "-"),
            run.environment,
            run.status,
            length(now - run.created_at),
        ]
        for run in listed_runs
    ]
    text = words + "".join(f"\n{row[0]}: {row[1]} {row[2]} in {row[3]}, {row[4]}" for row in rows)
    columns = ["id", "runbook", "service", "environment", "status", "age"]
    return Answer(text, (cards.text(words), cards.table(columns, rows)))


def _wrong_id(verb: str, wanted: str, recent: list[Run]) -> Answer:
    ids = [run.id for run in recent]
    near = [str(hit[0]) for hit in process.extract(wanted, ids, limit=3, score_cutoff=75.0)]
    options = near or [run.id for run in recent if run.status not in _OVER][:3]
    hint = f" Did you mean {listed(options, 'or')}?" if options else " `status` lists the runs."
    return asking.question(f"There is no run '{wanted}'.{hint}", [(one, f"{verb} {one}") for one in options])


async def cancel(tools: Tools, ask: Ask) -> Answer:
    return await _steer(tools, ask, "cancel")


async def pause(tools: Tools, ask: Ask) -> Answer:
    return await _steer(tools, ask, "pause")


async def resume(tools: Tools, ask: Ask) -> Answer:
    return await _steer(tools, ask, "resume")


async def _steer(tools: Tools, ask: Ask, verb: Literal["cancel", "pause", "resume"]) -> Answer:
    """Raises Forbidden, Conflict (runbooks/service.py)."""
    wanted, person = str(ask.slots.run_id), _person(ask)
    run, _, recent = await status_facts(tools, ask)
    if run is None:
        return _wrong_id(verb, wanted, recent)
    match verb:
        case "cancel":
            run = await tools.runbooks.cancel(wanted, person, ask.message.acting_as)
        case "pause":
            run = await tools.runbooks.pause(wanted, person, ask.message.acting_as)
        case "resume":
            run = await tools.runbooks.resume(wanted, person, ask.message.acting_as)
    tools.dispatcher.nudge()
    steps = await tools.database.read(lambda conn: ledger.get_steps(conn, wanted))
    said: Mapping[str, str] = {
        "cancel": "Cancelled." if run.status == "cancelled" else "It stops before its next step.",
        "pause": "It holds before its next step.",
        "resume": "It goes on.",
    }
    return shown(run, steps, f"{words_of(run)}. {said[verb]}")


async def answer_unknown(tools: Tools, ask: Ask) -> Answer:
    """A person's word on a step whose outcome nobody knows. Raises NotFound, Forbidden, Conflict."""
    slots: RunSlots = ask.slots
    wanted, step = str(slots.run_id), str(slots.step)
    run, _, recent = await status_facts(tools, ask)
    if run is None:
        return _wrong_id("status", wanted, recent)
    run = await tools.runbooks.answer_unknown(wanted, step, slots.answer, _person(ask), ask.message.acting_as)
    tools.dispatcher.nudge()
    steps = await tools.database.read(lambda conn: ledger.get_steps(conn, wanted))
    said = {
        "happened": f"Noted: step {step} did happen.",
        "did-not": f"Noted: step {step} did not happen.",
        "abort": "Noted: the run is given up.",
    }
    return shown(run, steps, f"{said[slots.answer]} {words_of(run)}.")


def _person(ask: Ask) -> Person:
    assert ask.message.person is not None
    return ask.message.person
