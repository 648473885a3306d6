"""Who did what: our own audit joined with its runs, and the company's access log; each sees what is theirs to see."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from config.people import Person
from graph import cards
from graph.answers.recording import speaker
from graph.answers.within import absent, gaps, within
from graph.answers.words import listed, moment
from graph.intents.model import Answer, Ask, Slots
from graph.message import Block
from graph.ports import Tools
from graph.understanding import times
from graph.understanding.deeds import Deed
from insight.facts import AccessEvent, Missing
from store import audit, ledger
from store.records import AuditRow, Run

_DEFAULT_RANGE = "-7d"
_MOST, _READ = 15, 5000
#: what the engine does on its own, step by step, is no deed of a person
_MACHINE = ("step.", "run.claimed", "run.queued", "run.released", "record.asked", "standing.used")


class AuditSlots(Slots):
    user: str | None = None
    service: str | None = None
    environment: str | None = None
    model: str | None = None
    runbook: str | None = None
    approval_id: str | None = None
    run_id: str | None = None
    deployment_id: str | None = None
    time_range: str | None = None
    last_n: int | None = None
    deed: Deed | None = None
    kind: str | None = None
    access: tuple[str, ...] = ()
    refused: bool = False
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One deed in words; `source` is `audit` or `access log`, `ref` says where to find it there."""

    at: float
    who: str
    words: str
    source: str
    ref: str


@dataclass(frozen=True, slots=True)
class Audited:
    """Entries oldest first. `own`: the asker sees only what is theirs; `kept_back` asked for somebody else's."""

    entries: tuple[Entry, ...]
    window: times.Span
    own: bool
    kept_back: bool
    read: int
    missing: tuple[Missing, ...] = ()


def sees_all(person: Person) -> bool:
    """Auditors, admins and the security team see everybody's deeds; others their own."""
    return person.may("auditor") or person.may("admin") or "security" in person.teams


async def facts(tools: Tools, ask: Ask) -> Audited:
    slots: AuditSlots = ask.slots
    person = speaker(ask)
    window = times.resolve(slots.time_range or _DEFAULT_RANGE, tools.clock.now(), ask.zone)
    own = not sees_all(person)
    about = person.id if slots.mine else slots.user
    if own and about not in (None, person.id):
        return Audited((), window, True, True, 0)
    (found, read), accesses = await asyncio.gather(
        tools.database.read(lambda conn: _deeds(conn, window)), _accesses(tools, slots, window)
    )
    entries = [
        _entry(row, run)
        for row, run in reversed(found)
        if not slots.access
        and (not own or _is_theirs(row, run, person.id))
        and _fits(slots, row, run)
        and about in (None, row.actor, row.acting_as)
    ]
    missing = (accesses,) if isinstance(accesses, Missing) else ()
    for one in () if isinstance(accesses, Missing) else accesses:
        if about in (None, one.actor) and (not own or one.actor == person.id):
            entries.append(_access(one))
    ordered = sorted(entries, key=lambda one: one.at)
    if slots.deployment_id == "last" or slots.approval_id or slots.run_id:
        ordered = ordered[-(slots.last_n or 1) :] if slots.deployment_id == "last" else ordered
    return Audited(tuple(ordered), window, own, False, read, missing)


def _deeds(conn: Connection, window: times.Span) -> tuple[list[tuple[AuditRow, Run | None]], int]:
    """Rows of people in that time with the run they are about, newest first; and how many rows were read."""
    rows = audit.between(conn, window.start, window.end + 1.0, _READ)
    runs: dict[str, Run | None] = {}
    found: list[tuple[AuditRow, Run | None]] = []
    for row in rows:
        if row.what.startswith(_MACHINE):
            continue
        if row.run_id and row.run_id not in runs:
            runs[row.run_id] = ledger.get_run(conn, row.run_id)
        found.append((row, runs.get(row.run_id) if row.run_id else None))
    return found, len(rows)


async def _accesses(tools: Tools, slots: AuditSlots, window: times.Span) -> Sequence[AccessEvent] | Missing:
    """Of the access log what was asked for: nothing, when the question is about changes."""
    if slots.deed is not None or slots.runbook or slots.approval_id or slots.run_id or slots.deployment_id:
        return ()
    if tools.sources.access is None:
        return absent("the access log", "access")
    found = await within("the access log", tools.sources.access.accesses(window.start, window.end + 1.0))
    if isinstance(found, Missing):
        return found
    about = slots.model or slots.service
    return [
        one
        for one in found
        if (not slots.access or one.kind in slots.access)
        and (not slots.refused or not one.allowed)
        and (about is None or about in (one.actor, *one.target.split("/")))
    ]


def _is_theirs(row: AuditRow, run: Run | None, person: str) -> bool:
    return person in (row.actor, row.acting_as) or (run is not None and run.requester == person)


_DEEDS: Mapping[Deed, tuple[str, ...]] = {
    "approve": ("approval.decision", "standing.approved"),
    "deny": ("approval.decision",),
    "ask": ("run.created", "approval.opened"),
    "run": ("run.created", "run.break_glass"),
    "cancel": ("run.cancelled", "run.cancel_wanted", "approval.withdrawn", "work.stopped"),
    "refused": ("run.refused", "approval.refused", "record.refused"),
    "rollback": ("run.created", "run.break_glass"),
    "restart": ("run.created", "run.break_glass"),
    "failover": ("run.created", "run.break_glass"),
    "record": ("record.done",),
}


def _fits(slots: AuditSlots, row: AuditRow, run: Run | None) -> bool:
    inputs = run.inputs if run else row.detail.get("inputs") or {}
    wanted = _DEEDS[slots.deed] if slots.deed else ()
    return (
        (not wanted or row.what in wanted)
        and (slots.deed not in ("approve", "deny") or row.detail.get("decision", "approve") == slots.deed)
        and (
            slots.deed not in ("rollback", "restart", "failover")
            or slots.deed in (run.runbook if run else "")
        )
        and (slots.kind is None or slots.kind in (run.runbook if run else ""))
        and (not slots.refused or slots.deed is not None or row.what.endswith(".refused"))
        and slots.service in (None, inputs.get("service"))
        and slots.environment in (None, run.environment if run else inputs.get("environment"))
        and slots.runbook in (None, run.runbook if run else row.detail.get("runbook"))
        and slots.approval_id in (None, row.subject_id)
        and slots.run_id in (None, row.run_id)
        and (slots.deployment_id is None or (run is not None and _deploys(run)))
    )


def _deploys(run: Run) -> bool:
    return any(word in run.runbook for word in ("rollback", "deploy", "release", "canary"))


def _entry(row: AuditRow, run: Run | None) -> Entry:
    who = f"{row.actor} (as pressed by {row.acting_as})" if row.acting_as else row.actor
    return Entry(row.at, who, _words(row, run), "audit", f"row {row.seq}")


def _words(row: AuditRow, run: Run | None) -> str:
    about = ""
    if run is not None:
        service = f" for {run.inputs['service']}" if "service" in run.inputs else ""
        about = f" {run.runbook}{service} in {run.environment} ({run.id}, now {run.status})"
    detail = row.detail
    if row.what == "approval.decision":
        verb = "approved" if detail.get("decision") == "approve" else "denied"
        reason = f": {detail['reason']}" if detail.get("reason") else ""
        return f"{verb}{about}{reason}"
    if row.what.startswith("record."):
        inputs = ", ".join(f"{name}={value}" for name, value in (detail.get("inputs") or {}).items())
        state = "" if row.what == "record.done" else f" ({row.what.removeprefix('record.')})"
        return f"{row.subject_id} {inputs}{state}"[:200]
    why = f": {detail['why']}" if detail.get("why") else ""
    said = _SAID.get(row.what, row.what.replace(".", " ").replace("_", " "))
    return f"{said}{about or f' {row.subject_id}'}{why}"[:240]


_SAID = {
    "run.created": "asked for",
    "run.cancelled": "cancelled",
    "run.cancel_wanted": "wanted to cancel",
    "run.refused": "was refused",
    "run.break_glass": "broke glass for",
    "approval.opened": "opened the approval of",
    "approval.refused": "was not allowed to decide on",
    "approval.approved": "completed the approval of",
    "approval.denied": "ended by a denial:",
    "approval.expired": "let expire",
    "approval.withdrawn": "withdrew",
    "work.stopped": "stopped everything",
    "work.resumed": "let everything go on",
}


def _access(one: AccessEvent) -> Entry:
    refused = "" if one.allowed else "REFUSED: "
    return Entry(
        one.at, one.actor, f"{refused}{one.text}", "access log", f"{one.kind} {one.target} from {one.source}"
    )


def answer(tools: Tools, ask: Ask, found: Audited) -> Answer:
    slots: AuditSlots = ask.slots
    who = [person.name for person in tools.people.by_id.values() if sees_all(person)]
    if found.kept_back:
        words = (
            "You see your own deeds and what became of what you asked for. What others did is seen by the roles "
            f"auditor and admin and by team security: {listed(who)}."
        )
        return Answer(words, (cards.text(words),))
    when = found.window.words
    if not found.entries:
        refused = " that was refused" if slots.refused else ""
        words = " ".join(
            [f"Nothing{refused}{_of(slots)} {when}.", *_limits(found, who), *gaps(found.missing)]
        )
        return Answer(words, (cards.text(words), _how(found)))
    shown, now = found.entries[-(slots.last_n or _MOST) :], tools.clock.now()
    count = len(found.entries)
    last = shown[-1]
    refused = "refused " if slots.refused else ""
    said = [f"{count} {refused}{'entry' if count == 1 else 'entries'}{_of(slots)} {when}."]
    deed = last.words if last.source == "access log" else f"{last.who} {last.words}"
    said.append(f"The last, at {moment(last.at, ask.zone, now)}: {deed.rstrip('.')}.")
    if len(shown) < count:
        said.append(
            f"The newest {len(shown)} are shown; name a person, a service or a shorter time for fewer."
        )
    words = " ".join([*said, *_limits(found, who), *gaps(found.missing)])
    rows = [
        [moment(one.at, ask.zone, now), one.who, one.words, one.source, one.ref] for one in reversed(shown)
    ]
    table = cards.table(["when", "who", "did", "from", "where"], rows)
    return Answer(words, (cards.text(words), table, _how(found)))


def _of(slots: AuditSlots) -> str:
    kinds = [*([slots.deed] if slots.deed else []), *([slots.kind] if slots.kind else []), *slots.access]
    of = f" about {listed(kinds)}" if kinds and len(kinds) < 5 else ""
    of += f" of {slots.user}" if slots.user else ""
    of += f" with {slots.runbook}" if slots.runbook else ""
    of += f" on {slots.service}" if slots.service else ""
    return of + (f" in {slots.environment}" if slots.environment else "")


def _limits(found: Audited, who: Sequence[str]) -> list[str]:
    said = [f"You see your own; all of it: {listed(who)}."] if found.own else []
    if found.read >= _READ:
        said.append(f"Only the newest {_READ:,} rows were read; ask for a shorter time.")
    return said


def _how(found: Audited) -> Block:
    return cards.facts(
        {
            "How I know": f"{found.read} audit rows {found.window.words} (`llm-copilot audit verify` checks their "
            "chain), and the access log of the same time where it was asked about"
        }
    )
