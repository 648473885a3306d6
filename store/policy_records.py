"""Records of what goes without a question: approvals given in advance, and broken glass with its review."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from store.records import Json

StandingStatus = Literal["proposed", "active", "revoked"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Runs of one runbook's content that were approved in advance.

    `bounds` are, by input, {"one_of": […]} or {"min": …, "max": …}. `count` people had to agree; at most `most` runs
    start in `per` seconds, none from `expires_at` on. `hash` is of all that people agree to.
    """

    id: str
    status: StandingStatus
    runbook: str
    digest: str
    environment: str
    services: tuple[str, ...]
    bounds: Json
    proposer: str
    reason: str
    count: int
    most: int
    per: float
    hash: str
    place: str
    version: int
    created_at: float
    expires_at: float
    ended_at: float | None = None
    ended_by: str | None = None


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's word on an approval in advance."""

    standing_id: str
    person: str
    hash: str
    via: str
    acting_as: str | None
    at: float


@dataclass(frozen=True, slots=True)
class Use:
    """One run that went under an approval given in advance; `told` once people were told of it."""

    run_id: str
    standing_id: str
    at: float
    told: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """The look back at a run that broke glass. `told` posts about it were made; it is open until `closed_at`."""

    id: str
    run_id: str
    person: str
    acting_as: str | None
    reason: str
    plan_hash: str
    runbook: str
    environment: str
    place: str
    nag: float
    opened_at: float
    told: int = 0
    closed_at: float | None = None
    closed_by: str | None = None
    outcome: str | None = None
