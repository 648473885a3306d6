"""The JSON of every answer, for /openapi.json and docs; the tests read real answers with these models."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from config.recurrence import Late
from store.records import ApprovalStatus, RunStatus, StepStatus
from store.schedule_records import ScheduleKind, ScheduleStatus

BlockType = Literal[
    "text", "facts", "table", "chart", "code", "diff", "progress", "choices", "approval", "error"
]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Problem(Shape):
    """An error (RFC 9457); error_id is in the log."""

    type: str
    title: str
    status: int
    detail: str
    error_id: str


class Session(Shape):
    """A conversation of one person."""

    id: str
    created_at: str


class Intent(Shape):
    """How a message was understood; confidence is 0 to 1."""

    id: str
    confidence: float = Field(ge=0, le=1)
    source: Literal["command", "classifier", "llm", "dialogue"]
    entities: dict[str, Any]


class Block(BaseModel):
    """One card; the other keys depend on its type."""

    model_config = ConfigDict(extra="allow")
    type: BlockType


class Required(Shape):
    """One stage of an approval: `count` distinct people who hold one of `roles` and one of `groups`, are of one of
    `teams` and among `people`; what is empty asks nothing."""

    stage: int
    name: str
    count: int
    roles: list[str]
    groups: list[str]
    people: list[str]
    teams: list[str]
    not_requester: bool


class Decision(Shape):
    """One person's word."""

    model_config = ConfigDict(extra="allow")
    by: str
    decision: Literal["approve", "deny"]
    reason: str | None
    at: str


class PlanStep(BaseModel):
    """What one step would do; `change` is before → after, or in words when only an earlier step can tell."""

    model_config = ConfigDict(extra="allow")
    id: str
    action: str
    effect: Literal["read", "record", "write", "dangerous"]
    inputs: dict[str, Any]
    change: dict[str, Any] | str | None


class Plan(BaseModel):
    """The dry run that people decide on."""

    model_config = ConfigDict(extra="allow")
    steps: list[PlanStep]
    blast_radius: dict[str, Any]
    cost: Any


class Approval(BaseModel):
    """A question to people: may this plan run? Times are ISO 8601, UTC."""

    model_config = ConfigDict(extra="allow")
    id: str
    status: ApprovalStatus
    runbook: str
    inputs: dict[str, Any]
    environment: str
    requester: str
    plan_hash: str
    plan: Plan
    required: list[Required]
    decisions: list[Decision]
    expires_at: str
    run_id: str


class Vote(Shape):
    """One person's word on an approval in advance."""

    by: str
    via: str
    at: str


class Standing(Shape):
    """Runs of one runbook's content, on named services within bounds, that people approved in advance."""

    id: str
    status: Literal["proposed", "active", "revoked", "expired"]
    runbook: str
    digest: str
    environment: str
    services: list[str]
    bounds: dict[str, dict[str, Any]]
    most: int
    per: float
    count: int
    proposer: str
    reason: str
    hash: str
    votes: list[Vote]
    created_at: str
    expires_at: str
    ended_at: str | None
    ended_by: str | None


class Review(Shape):
    """The look back at a run that broke glass; open while closed_at is null."""

    id: str
    run_id: str
    runbook: str
    environment: str
    person: str
    acting_as: str | None
    reason: str
    opened_at: str
    told: int
    closed_at: str | None
    closed_by: str | None
    outcome: str | None


class Step(BaseModel):
    """One step of a run."""

    model_config = ConfigDict(extra="allow")
    id: str
    action: str
    effect: str
    status: StepStatus
    attempts: int
    started_at: str | None
    ended_at: str | None
    output: Any
    error: str | None


class Run(BaseModel):
    """One run of a runbook; its answer also has the approval that was asked for it, or null."""

    model_config = ConfigDict(extra="allow")
    id: str
    status: RunStatus
    runbook: str
    inputs: dict[str, Any]
    dry_run: bool
    requester: str
    place: str
    fence: int
    version: int
    steps: list[Step]
    approval: Approval | None = None


class Work(Shape):
    """Whether everything is stopped, by whom, since when and why."""

    stopped: bool
    by: str | None
    at: str | None
    reason: str


class Reply(Shape):
    """The answer to a message: `text` stands alone, `blocks` say the same in cards."""

    id: str
    session_id: str
    text: str
    blocks: list[Block]
    intent: Intent
    request_id: str
    approval: Approval | None
    run: Run | None


class Turn(Shape):
    """One message of a conversation and its answer, null while it is thought about."""

    request_id: str
    person: str
    text: str
    intent: Intent
    at: str
    reply: Reply | None


class Post(Shape):
    """What a session was told besides the answers to its messages."""

    id: str
    at: str
    text: str
    blocks: list[Block]
    approval: Approval | None
    run: Run | None


class Runbook(Shape):
    """A runbook; `inputs` is the JSON Schema of its inputs."""

    id: str
    name: str
    description: str
    owner: str | None
    risk: str | None
    digest: str
    steps: list[dict[str, Any]]
    inputs: dict[str, Any]


class Firing(Shape):
    """One time of a schedule; `missed` earlier ones were made up for by it, or let go."""

    scheduled_at: str
    status: Literal["fired", "skipped"]
    fired_at: str
    request_id: str | None
    missed: int


class Schedule(Shape):
    """What happens by itself. Its answer alone also has its latest firings, newest first."""

    id: str
    status: ScheduleStatus
    kind: ScheduleKind
    words: str
    cron: str | None
    timezone: str
    late: Late
    owner: str | None
    place: str
    runbook: str | None
    inputs: dict[str, Any]
    created_at: str
    next_at: str | None
    note: str | None
    ended_at: str | None
    firings: list[Firing] = []


class AuditRow(Shape):
    """One link: hash = sha256(prev_hash + canonical JSON of the other columns). `at` is Unix seconds."""

    seq: int
    at: float
    actor: str
    acting_as: str | None
    what: str
    subject: str
    subject_id: str
    run_id: str | None
    detail: dict[str, Any]
    prev_hash: str
    hash: str
