"""Records of what happens by itself: schedules, and each time that one fired."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from config.recurrence import Late
from store.records import Json

ScheduleKind = Literal["reminder", "digest", "question", "runbook"]
#: the names of digests, which are the words of a schedule that sends one
DigestName = Literal["oncall", "team", "manager", "cost"]
DIGESTS: tuple[DigestName, ...] = get_args(DigestName)
ScheduleStatus = Literal["active", "paused", "ended"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is done when: by `cron` in `zone`, or once at `next_at` where `cron` is None.

    `words` are what is said then (a question, a digest's name, a runbook's command), or what is reminded of. `owner` is
    whose rights count, empty for one that came with a runbook and that nobody has turned on. `next_at` is None once it
    is over. `note` says why it is paused.
    """

    id: str
    status: ScheduleStatus
    kind: ScheduleKind
    words: str
    cron: str | None
    zone: str
    late: Late
    owner: str
    acting_as: str | None
    place: str
    version: int
    created_at: float
    next_at: float | None
    runbook: str | None = None
    detail: Json | None = None
    note: str | None = None
    ended_at: float | None = None


@dataclass(frozen=True, slots=True)
class Firing:
    """One instant of one schedule. `missed` earlier ones, the first at `since`, were made up for by it, or let go."""

    schedule_id: str
    scheduled_at: float
    status: Literal["fired", "skipped"]
    fired_at: float
    request_id: str | None
    missed: int = 0
    since: float | None = None
