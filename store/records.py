"""The frozen records of the ledger, used as they are by runbooks, REST and cards. Instants are Unix seconds, UTC."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Rating = Literal["right", "wrong"]
ApprovalStatus = Literal["pending", "approved", "denied", "expired", "withdrawn", "void"]
RunStatus = Literal[
    "waiting",
    "queued",
    "running",
    "paused",
    "undoing",
    "succeeded",
    "failed",
    "rolled_back",
    "unknown",
    "cancelled",
]
StepStatus = Literal["new", "started", "done", "skipped", "failed", "unknown", "undone", "undo_failed"]
InboxKind = Literal["message", "decided", "ended", "fired"]
InboxStatus = Literal["new", "claimed", "done", "failed"]
OutboxStatus = Literal["new", "claimed", "sent", "dead"]
Json = Mapping[str, Any]

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(prefix: str, now: float) -> str:
    """An id that sorts by time: `prefix_` + 9 characters of milliseconds + 7 random ones (35 bits a millisecond)."""
    number, stamp = int(now * 1000), ""
    for _ in range(9):
        stamp = _ALPHABET[number & 31] + stamp
        number >>= 5
    return f"{prefix}_{stamp}{''.join(_ALPHABET[byte & 31] for byte in secrets.token_bytes(7))}"


@dataclass(frozen=True, slots=True)
class Inbox:
    """One thing that makes the bot think. `lane` is the conversation it waits its turn in (None: for nobody)."""

    id: str
    seq: int
    source: str
    event_id: str
    kind: InboxKind
    lane: str | None
    payload: Json
    status: InboxStatus
    owner: str | None
    lease_until: float | None
    attempts: int
    created_at: float
    ended_at: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One message as it was understood; its answer is the outbox row `reply:<request_id>`."""

    request_id: str
    conversation: str
    person: str
    text: str
    intent: str
    confidence: float
    source: str
    entities: Json
    at: float


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One post. Key and place name it; a higher revision replaces an unsent lower one.

    `unsure`: an earlier try may have been shown, nobody knows; look before it is posted again.
    """

    key: str
    place: str
    revision: int
    kind: str
    body: Json
    status: OutboxStatus
    attempts: int
    owner: str | None
    lease_until: float | None
    not_before: float
    created_at: float
    sent_at: float | None = None
    ref: str | None = None
    error: str | None = None
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a runbook, from its plan to its end. `definition` is the runbook as it was planned, pinned.

    Of the runs of one `conflict_group` one is at work at a time.
    """

    id: str
    status: RunStatus
    runbook: str
    digest: str
    definition: Json
    inputs: Json
    environment: str
    dry_run: bool
    requester: str
    acting_as: str | None
    place: str
    request_id: str
    plan: Json
    plan_hash: str
    fence: int
    owner: str | None
    lease_until: float | None
    version: int
    created_at: float
    started_at: float | None = None
    ended_at: float | None = None
    error: str | None = None
    conflict_group: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a run. `before` is what the plan said it changes from; `fence` is the claim that wrote it last."""

    run_id: str
    id: str
    position: int
    action: str
    effect: str
    status: StepStatus
    attempts: int
    inputs: Json | None = None
    before: Json | None = None
    output: Json | None = None
    error: str | None = None
    fence: int = 0
    started_at: float | None = None
    ended_at: float | None = None


@dataclass(frozen=True, slots=True)
class Required:
    """What one stage of an approval wants: `count` distinct people who hold one of `roles` and one of `groups`, are of
    one of `teams` and among `people` (empty: anybody). `name` is the stage's, for people to read."""

    stage: int
    count: int
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    not_requester: bool = True
    people: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """A question to people: may this plan run? Unique per request.

    After every `remind` seconds people are reminded, `reminded` times so far; `escalate_to` is the rota that helps.
    """

    id: str
    run_id: str
    request_id: str
    status: ApprovalStatus
    plan_hash: str
    runbook: str
    environment: str
    requester: str
    place: str
    required: tuple[Required, ...]
    stage: int
    version: int
    created_at: float
    expires_at: float
    ended_at: float | None = None
    remind: float | None = None
    escalate_to: str | None = None
    reminded: int = 0
    escalated_at: float | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One person's word on one stage. `person` is canonical: one person in all faces."""

    id: str
    approval_id: str
    stage: int
    person: str
    decision: Literal["approve", "deny"]
    reason: str | None
    via: str
    acting_as: str | None
    at: float


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What is about to be written: who (`actor`, and `acting_as` in demo mode) did `what` to which subject."""

    actor: str
    what: str
    subject: str
    subject_id: str
    run_id: str | None = None
    acting_as: str | None = None
    detail: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One link: hash = sha256(prev_hash + canonical JSON of all the other columns)."""

    seq: int
    at: float
    actor: str
    acting_as: str | None
    what: str
    subject: str
    subject_id: str
    run_id: str | None
    detail: Json
    prev_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that takes work; gone when its heartbeat is older than a lease, or, on this host, when its pid is."""

    id: str
    host: str
    pid: int
    pid_started: float
    heartbeat_at: float


@dataclass(frozen=True, slots=True)
class Session:
    """A REST conversation and the person it belongs to."""

    id: str
    person: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person said of an answer: whether it was right, and in words (None: not said) what was."""

    request_id: str
    person: str
    intent: str
    verdict: Rating
    words: str | None
    at: float
