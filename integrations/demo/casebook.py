"""Incidents of the company's past, written from what went wrong then: who was on call, what they said and found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from random import Random
from typing import Any, Literal

from config.catalogue import Catalogue
from config.people import People
from config.rota import turn
from insight.facts import Incident, IncidentEvent, Severity
from integrations.demo.cases import FIRST
from integrations.demo.events import Event
from integrations.demo.noise import key_of

#: how long after the trouble began it was opened, until somebody took it, and from its end until it was closed, seconds
_NOTICED = (75.0, 210.0)
_TAKEN = (60.0, 540.0)
_CLOSED = (180.0, 900.0)
_Step = Literal["acknowledged", "noted", "resolved"]

#: what the review wrote, by the kind of trouble; `{…}` are the data of its first event
_CAUSES = {
    "bad-release": "release {version} of {service} failed requests; it was rolled back",
    "provider-outage": "{provider} failed requests; it recovered by itself",
    "degradation": "{provider} was degraded; it recovered by itself",
    "gpu-oom": "the context limit was too high for the GPUs' memory; it was lowered",
    "traffic-surge": "more traffic than the replicas of {service} bear; replicas were added",
    "vector-db-saturated": "the index of {service} had grown too far; it was rebuilt",
    "cost-spike": "a retry loop of {service} spent tokens; they were capped",
    "prompt-regression": "a prompt version answered worse; the one before was put back",
    "expired-certificate": "the certificate of {service} had expired; it was renewed",
    "noisy-neighbour": "a batch job took the node of {service}; the node was drained",
    "slow-dependency": "{service} answered slowly; it was restarted",
}


def casebook(
    told: Iterable[Event], catalogue: Catalogue, people: People, seed: int
) -> Iterator[tuple[Incident, tuple[IncidentEvent, ...]]]:
    """One incident for each trouble of the past, oldest first; the events of one trouble share `seq // 2`."""
    troubles = [list(events) for _, events in groupby(told, key=lambda one: one.seq // 2)]
    for place, events in enumerate(sorted(troubles, key=lambda one: one[0].at)):
        yield _case(FIRST - len(troubles) + place, events, catalogue, people, seed)


def _case(
    number: int, events: Sequence[Event], catalogue: Catalogue, people: People, seed: int
) -> tuple[Incident, tuple[IncidentEvent, ...]]:
    first, last = events[0], events[-1]
    draw = Random(key_of(seed, "case", first.seq, first.at))
    name = first.data.get("name", first.kind)
    service, environment = _place(first, catalogue)
    data: dict[str, Any] = {"provider": "the provider", "version": "", **first.data, "service": service}
    over = max(last.at, float(first.data.get("until", 0.0)))
    opened = round(first.at + draw.uniform(*_NOTICED), 3)
    taken = round(opened + draw.uniform(*_TAKEN), 3)
    closed = round(max(over, taken) + draw.uniform(*_CLOSED), 3)
    cause = _CAUSES.get(name, "{service} was not well; it recovered").format_map(data)
    team = catalogue.services[service].owner
    shift = turn(people, team, opened)
    who = shift.people[0] if shift else "release-bot"
    title = f"{service} fails requests" if draw.random() < 0.6 else f"{service} is slow"
    severity = _severity(catalogue, service, draw)
    found: list[tuple[float, _Step, str]] = [
        (taken, "acknowledged", ""),
        (round(taken + 0.4 * max(0.0, closed - taken), 3), "noted", f"Found: {cause.split(';')[0]}."),
        (closed, "resolved", cause),
    ]
    timeline = (
        IncidentEvent(opened, "opened", "monitoring", f"{severity}: {title}"),
        *(IncidentEvent(at, kind, who, text) for at, kind, text in found),
    )
    return Incident(
        id=f"INC-{number}",
        title=title,
        service=service,
        environment=environment,
        severity=severity,
        status="resolved",
        opened_at=opened,
        resolved_at=closed,
        notes=(found[1][2],),
        acknowledged_at=taken,
        assignee=who,
        cause=cause,
    ), timeline


def _place(first: Event, catalogue: Catalogue) -> tuple[str, str]:
    """Where people saw it: the service of the event, or the first that calls the provider."""
    environment = str(first.data.get("environment") or next(iter(catalogue.environments)))
    if service := first.data.get("service"):
        return str(service), environment
    provider = first.data.get("provider")
    calling = [name for name, one in catalogue.services.items() if provider and one.provider == provider]
    return (calling or list(catalogue.services))[0], environment


def _severity(catalogue: Catalogue, service: str, draw: Random) -> Severity:
    """By how much of the users' traffic was touched; one in five was judged a step milder."""
    touched = sum(
        catalogue.services[name].traffic_share for name in (service, *catalogue.dependants(service))
    )
    grade = 1 if touched >= 0.4 else 2 if touched >= 0.1 else 3
    grades: tuple[Severity, ...] = ("sev1", "sev2", "sev3")
    return grades[min(3, grade + (draw.random() < 0.2)) - 1]
