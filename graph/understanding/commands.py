"""Exact commands, read before anything is guessed: what people paste, script and press as a choice."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz import fuzz, process

from graph.understanding import feedback_commands, incident_commands, rule_commands, schedule_commands
from graph.understanding.hygiene import visible

_CONSIDERED = 1_000
_ID = r"[a-z]{2,6}[_-][0-9a-z][0-9a-z_-]*"
_STEP = r"[\w.\[\]-]{1,80}"
_END = r"\s*[.!]?\s*$"

_DECIDE = re.compile(
    rf"^(approve|deny|reject)\s+(?:request\s+)?({_ID})(?:\s+(?:because\s+|reason[:=]?\s*)?(.+))?$", re.I
)
_RUN_VERB = re.compile(
    rf"^(status|show|cancel|pause|resume|withdraw)\s+(?:run\s+|request\s+)?({_ID}){_END}", re.I
)
_ANSWER = re.compile(rf"^(happened|did-not|didnt|abort)\s+({_ID})\s+({_STEP}){_END}", re.I)
_START = re.compile(
    r"^(run|plan)\s+([a-z0-9][\w-]*)((?:\s+[a-z_][\w-]*=(?:\"[^\"]*\"|'[^']*'|\S+))*)\s*$", re.I
)
_STOP = re.compile(r"^stop\s+(?:everything|all)(?:\s+(?:because\s+|reason[:=]?\s*)(.+))?$", re.I)
_WORDS: Mapping[str, str] = {
    "resume everything": "work.resume",
    "resume all": "work.resume",
    "help": "help",
    "?": "help",
    "commands": "help",
    "approvals": "approval.list",
    "pending": "approval.list",
    "list approvals": "approval.list",
    "approvals list": "approval.list",
    "runbooks": "runbook.list",
    "list runbooks": "runbook.list",
    "show runbooks": "runbook.list",
    "status": "run.status",
    "runs": "run.status",
    "list runs": "run.status",
}
_SHOWN = ("apr", "run")
_VERBS = {
    "status": "run.status",
    "show": "run.status",
    "cancel": "run.cancel",
    "pause": "run.pause",
    "resume": "run.resume",
}
_ANSWERS = {"happened": "happened", "did-not": "did-not", "didnt": "did-not", "abort": "abort"}
_URGENT = frozenset(
    {
        "approval.approve",
        "approval.deny",
        "run.cancel",
        "run.pause",
        "run.resume",
        "run.answer",
        "work.stop",
        "work.resume",
        "glass.break",
        "standing.revoke",
    }
)

_OTHERS = (rule_commands, incident_commands, feedback_commands, schedule_commands)

#: the table of commands for help and the docs
TABLE: tuple[tuple[str, str], ...] = (
    ("help", "what you can ask"),
    ("approvals", "what waits for a decision"),
    ("approve ID", "say yes to a plan"),
    ("deny ID [reason]", "say no to a plan"),
    ("withdraw ID", "take your own question back"),
    ("edit ID name=value …", "ask again with other inputs; the old approval is void"),
    ("runbooks", "what can be run, with its inputs"),
    ("plan RUNBOOK name=value …", "what a run would change, without changing it"),
    ("run RUNBOOK name=value …", "plan a run and start it, or ask for its approval"),
    ("status [RUN]", "runs that are going on, or one run"),
    ("cancel RUN · pause RUN · resume RUN", "stop before the next step, hold, go on"),
    ("stop everything [because REASON]", "no run starts another step, in any process"),
    ("resume everything", "let work go on"),
    ("happened RUN STEP · did-not RUN STEP · abort RUN STEP", "say what became of a step nobody knows of"),
    ("break glass RUNBOOK name=value … because REASON", "run at once without approval; opens a review"),
    ("reviews · close review ID because OUTCOME", "runs that broke glass; say what came of looking back"),
    ("alerts · alert rules", "what fires; what is watched"),
    ("incidents · show INC-1", "open incidents; one with its timeline"),
    ("ack INC-1 · resolve INC-1 [because …]", "take an incident; close it"),
    ("note INC-1: WORDS · escalate INC-1 [to TEAM]", "write on its timeline; hand it on"),
    ("on-call", "who is on call"),
    ("that was right · that was wrong [because …]", "say whether my last diagnosis or report was right"),
    ("feedback", "what people said of answers"),
    ("standing approvals", "what was approved in advance"),
    (
        "standing propose RUNBOOK services=a,b environment=E name=bound … for 30d because REASON",
        "ask people to approve in advance",
    ),
    ("standing approve ID · standing revoke ID", "agree in advance; end it at once"),
    *schedule_commands.TABLE,
)


@dataclass(frozen=True, slots=True)
class Command:
    """The intent a command stands for and what it names."""

    intent: str
    entities: Mapping[str, Any] = field(default_factory=dict)


def parse(text: str, runbooks: Collection[str] = ()) -> Command | None:
    """The command that `text` is, or None. `runbooks` are the known ids: `run ragas` is a sentence, not a command,
    unless ragas is a runbook or has name=value behind it."""
    text = text.strip().strip("`").lstrip("/").strip()
    if intent := _WORDS.get(text.lower().rstrip(".!")):
        return Command(intent)
    if match := _STOP.match(text.rstrip(" .!")):
        return Command("work.stop", {"reason": match[1].strip(" \"'")[:300]} if match[1] else {})
    if found := next((found for one in _OTHERS if (found := one.parse(text))), None):
        return Command(*found)
    if match := _DECIDE.match(text):
        verb = "approval.approve" if match[1].lower() == "approve" else "approval.deny"
        return _decision(verb, match)
    if (match := _RUN_VERB.match(text)) and not (
        match[1].lower() == "show" and not match[2].lower().startswith(_SHOWN)
    ):
        return _run_verb(match[1].lower(), match[2].lower())
    if match := _ANSWER.match(text):
        answer = _ANSWERS[match[1].lower()]
        return Command("run.answer", {"run_id": match[2].lower(), "step": match[3], "answer": answer})
    if match := _START.match(text):
        return _start(match, runbooks)
    return None


def is_urgent(text: str) -> bool:
    """Whether this must never wait behind a conversation: decisions, stops and answers about a stuck step."""
    command = parse(visible(text[:_CONSIDERED]))
    return command is not None and command.intent in _URGENT


def _decision(intent: str, match: re.Match[str]) -> Command | None:
    reason = (match[3] or "").strip(" .!\"'")
    if intent == "approval.approve" and reason and reason.lower() not in ("please", "now", "thanks"):
        return None
    entities: dict[str, Any] = {"approval_id": match[2].lower()}
    if intent == "approval.deny" and reason:
        entities["reason"] = reason[:300]
    return Command(intent, entities)


def _run_verb(verb: str, named: str) -> Command:
    if verb == "withdraw" or (verb == "cancel" and named.startswith("apr")):
        return Command("approval.deny", {"approval_id": named, "withdraw": True})
    if verb in ("show", "status") and named.startswith("apr"):
        return Command("approval.list", {"approval_id": named})
    return Command(_VERBS[verb], {"run_id": named})


def _start(match: re.Match[str], runbooks: Collection[str]) -> Command | None:
    named, pairs = match[2].lower(), rule_commands.pairs(match[3])
    if named not in runbooks:
        near = process.extractOne(named, runbooks, scorer=fuzz.ratio, score_cutoff=80) if runbooks else None
        if pairs is None or (not pairs and near is None):
            return None
    if pairs is None:
        return None
    return Command("runbook.run", {"runbook": named, "inputs": pairs, "dry_run": match[1].lower() == "plan"})
