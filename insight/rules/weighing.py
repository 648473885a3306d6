"""What all rules weigh in the same way: how soon after a change, and where in the calls, a trouble began."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from insight.evidence import Cause, CauseKind, Remedy
from insight.facts import Change
from insight.symptoms import Picture

#: how long after a change its first symptom may come, seconds: surely, and still possibly
SOON = 300.0
LATER = 900.0
#: how much earlier than the change a symptom may seem to begin: one step of the series
EARLY = 60.0
#: a trouble of something a service calls explains its own when it began no later than this after it, seconds
TOGETHER = 90.0
#: the part of failed requests from which they are held to come from others, or from the service itself
MOSTLY = 0.6
#: the part of its capacity from which a service is held to be saturated
FULL = 0.92
#: as many times the usual requests are more than a day's or a week's rhythm brings
MORE = 1.35


@dataclass
class Weighing:
    score: float = 0.0
    pro: list[str] = field(default_factory=list)
    contra: list[str] = field(default_factory=list)

    def add(self, weight: float, words: str) -> None:
        self.score += weight
        (self.pro if weight > 0 else self.contra).append(words)

    @property
    def settled(self) -> float:
        return round(min(1.0, max(0.0, self.score)), 3)

    def cause(
        self,
        kind: CauseKind,
        service: str,
        summary: str,
        remedy: Remedy | None,
        explains: tuple[str, ...],
        change: Change | None = None,
    ) -> Cause:
        return Cause(
            kind=kind,
            service=service,
            summary=summary,
            score=self.settled,
            evidence_for=tuple(self.pro),
            evidence_against=tuple(self.contra),
            remedy=remedy,
            change=change,
            explains=explains,
        )


def minutes(seconds: float) -> str:
    """A length of time in words."""
    if seconds < 90:
        return f"{max(0, round(seconds))} s"
    return f"{round(seconds / 60)} min"


def verb(names: Iterable[str]) -> str:
    return "is" if len(list(names)) == 1 else "are"


def sick_earlier(picture: Picture, service: str) -> list[str]:
    """What `service` calls that fell sick before it or together with it."""
    since = picture.since(service)
    return [
        name
        for name in picture.sick_below(service)
        if (began := picture.since(name)) is None or since is None or began <= since + TOGETHER
    ]


def weigh_below(
    picture: Picture, service: str, weighed: Weighing, well: float = 0.1, sick: float = -0.35
) -> None:
    """Whether the trouble begins here or in something that the service calls."""
    if earlier := sick_earlier(picture, service):
        weighed.add(sick, f"{', '.join(earlier)}, which {service} calls, {verb(earlier)} in trouble too")
    elif service in picture.symptoms and well:
        weighed.add(well, f"nothing that {service} calls is in trouble")


def weigh_provider(picture: Picture, service: str, weighed: Weighing, weight: float = -0.4) -> None:
    for status in picture.evidence.providers:
        if status.state != "operational" and service in status.used_by:
            weighed.add(weight, f"{status.provider}, which {service} uses, reports: {status.summary}")


def just_changed(picture: Picture, service: str, *kinds: str, within: float = LATER) -> Change | None:
    """The last change of those kinds in the service up to `within` seconds before it fell sick."""
    since = picture.since(service)
    fitting = [
        one
        for one in picture.evidence.changes
        if one.service == service
        and one.kind in kinds
        and one.succeeded
        and since is not None
        and -EARLY <= since - one.at <= within
    ]
    return max(fitting, key=lambda one: one.at, default=None)


def more_requests(picture: Picture, service: str) -> tuple[str, float] | None:
    """Of the service and those that call it, the one whose requests grew the most, and how many times; or None.

    Where none of their requests can be seen, those of any service that was looked at stand for them.
    """
    near = (service, *picture.callers(service))
    seen = {name: ratio for name in near if (ratio := requests(picture, name)) is not None}
    if service not in seen and max(seen.values(), default=0.0) < MORE:
        seen |= {name: ratio for name in picture.calls if (ratio := requests(picture, name)) is not None}
    most = max(seen, key=lambda name: seen[name], default=None)
    return (most, seen[most]) if most is not None and seen[most] >= MORE else None


def requests(picture: Picture, service: str) -> float | None:
    """How many times the usual requests it gets; its tokens or its cost stand for them where they cannot be seen."""
    seen = (picture.ratio(service, metric) for metric in ("throughput", "tokens", "cost"))
    return next((ratio for ratio in seen if ratio is not None), None)


def scaling(picture: Picture, service: str, factor: float) -> Remedy:
    """More replicas: `factor` times those there are, within the bounds, as far as they are known."""
    inputs: dict[str, object] = {"service": service, "environment": picture.evidence.environment}
    for one in picture.evidence.capacities:
        if (one.service, one.environment) == (service, picture.evidence.environment):
            inputs["replicas"] = max(one.replicas + 1, min(one.maximum, -int(-one.replicas * factor // 1)))
    return Remedy("scale-service", inputs)
