"""How well a team delivers: the four keys of DORA, from deployments and incidents.

Definitions follow DORA (dora.dev/guides/dora-metrics-four-keys; Forsgren, Humble & Kim, "Accelerate", 2018). Where the
back ends do not know commits, lead time starts at a build's first deployment anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from insight.changepoint import median
from insight.facts import Change, Incident

DAY = 86_400.0
#: an incident of the same service that opens within so many seconds counts as caused by the deployment
BLAMED = 3600.0
#: a return to an earlier version counts as a rollback of the deployment before it for so long
TAKEN_BACK = 3 * DAY


@dataclass(frozen=True, slots=True)
class Failure:
    """A deployment that went wrong, how that was seen, and when it was over; None where that is not known, and for a
    roll-out that failed: what ran before it went on."""

    change: Change
    why: str
    over_at: float | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """The figures of one group over `days`. Times are median seconds; None where there is nothing to take it from."""

    group: str
    deployments: int
    days: float
    failures: tuple[Failure, ...]
    rollbacks: int
    lead_time: float | None
    recovery: float | None

    @property
    def per_week(self) -> float:
        return 7 * self.deployments / self.days if self.days > 0 else 0.0

    @property
    def changes(self) -> int:
        """Deployments that are no rollbacks."""
        return self.deployments - self.rollbacks

    @property
    def failure_rate(self) -> float | None:
        """The part of changes that went wrong; None without any."""
        return len(self.failures) / self.changes if self.changes else None


@dataclass(frozen=True, slots=True)
class Restored:
    """Incidents: how many, and the median seconds until acknowledged and until resolved (None: none was)."""

    incidents: int
    acknowledged: float | None
    resolved: float | None


def is_rollback(change: Change, earlier: Sequence[Change]) -> bool:
    """Whether the deployment returns to a version that an earlier one of the same place had put in or replaced."""
    for one in reversed(earlier):
        if one.service == change.service and one.environment == change.environment:
            if change.at - one.at > TAKEN_BACK:
                return False
            if change.after == one.before:
                return True
    return False


def failures(
    deployments: Sequence[Change], incidents: Iterable[Incident], until: float
) -> tuple[Failure, ...]:
    """Deployments (oldest first) that failed, were taken back, or were followed by an incident of their service."""
    opened = list(incidents)
    found = []
    for index, one in enumerate(deployments):
        if is_rollback(one, deployments[:index]):
            continue
        if failure := _failure(one, deployments[index + 1 :], opened, until):
            found.append(failure)
    return tuple(found)


def _failure(
    one: Change, later: Sequence[Change], incidents: Sequence[Incident], until: float
) -> Failure | None:
    place = (one.service, one.environment)
    after = [other for other in later if (other.service, other.environment) == place]
    if not one.succeeded:
        return Failure(one, "failed", None)
    for other in after:
        if other.succeeded:
            if other.after == one.before and other.at - one.at <= TAKEN_BACK:
                return Failure(one, f"rolled back by {other.by}", min(other.at, until))
            break
    for incident in incidents:
        near = 0 <= incident.opened_at - one.at <= BLAMED
        if near and (incident.service, incident.environment) == place:
            return Failure(one, f"followed by {incident.id}", incident.resolved_at)
    return None


def lead_times(deployments: Iterable[Change], history: Sequence[Change], target: str) -> list[float]:
    """Seconds from a build's first deployment anywhere in `history` to its deployment in `target`, where it was
    elsewhere before."""
    first: dict[tuple[str, str], float] = {}
    for one in history:
        if one.kind == "deployment" and one.environment != target:
            first.setdefault((one.service, one.after), one.at)
    found = []
    for one in deployments:
        born = first.get((one.service, one.after))
        if born is not None and born < one.at:
            found.append(one.at - born)
    return found


def delivered(
    group: str,
    deployments: Sequence[Change],
    history: Sequence[Change],
    incidents: Sequence[Incident],
    days: float,
    until: float,
) -> Delivery:
    """The four keys of one group's deployments to one environment, oldest first. `history` are changes everywhere,
    also of the time before; rollbacks count as deployments that are no failures themselves."""
    where = deployments[0].environment if deployments else ""
    bad = failures(deployments, incidents, until)
    back = [one for index, one in enumerate(deployments) if is_rollback(one, deployments[:index])]
    times = lead_times([one for one in deployments if one not in back], history, where)
    over = [one.over_at - one.change.at for one in bad if one.over_at is not None]
    return Delivery(
        group,
        len(deployments),
        days,
        bad,
        len(back),
        median(times) if times else None,
        median(over) if over else None,
    )


def grouped(
    deployments: Sequence[Change],
    by: Callable[[Change], str],
    history: Sequence[Change],
    incidents: Sequence[Incident],
    days: float,
    until: float,
) -> tuple[Delivery, ...]:
    """`delivered` of each group, those with most deployments first."""
    groups: dict[str, list[Change]] = {}
    for one in deployments:
        groups.setdefault(by(one), []).append(one)
    return tuple(
        sorted(
            (delivered(name, mine, history, incidents, days, until) for name, mine in groups.items()),
            key=lambda one: (-one.deployments, one.group),
        )
    )


def restored(incidents: Sequence[Incident]) -> Restored:
    """Median time to acknowledge and to resolve, over those that were."""
    seen = [one.acknowledged_at - one.opened_at for one in incidents if one.acknowledged_at is not None]
    done = [one.resolved_at - one.opened_at for one in incidents if one.resolved_at is not None]
    return Restored(len(incidents), median(seen) if seen else None, median(done) if done else None)
