"""The state of the demo company: what follows from the generated history and the events so far."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from config.catalogue import Catalogue
from insight.facts import Change, Incident
from integrations.demo.events import REPEATED, Event
from integrations.demo.history import DAY, KEPT, History
from integrations.errors import Absent

Key = tuple[str, str]

#: after somebody acts on a service the generated releases of it pause this long
PAUSE = DAY


@dataclass(frozen=True, slots=True, order=True)
class Deployment:
    """A version that takes the traffic from `at` on. `back` says that it was a return to an earlier one."""

    at: float
    seq: int
    version: str = field(compare=False)
    back: bool = field(compare=False, default=False)


@dataclass(frozen=True, slots=True)
class Outage:
    provider: str
    start: float
    end: float | None = None


class World:
    """Fold of the events. `apply` takes them in order; everything else only reads.

    The instant given to a reader is Unix seconds; what was asked for after it does not count.
    """

    def __init__(self, catalogue: Catalogue, history: History) -> None:
        self.catalogue = catalogue
        self.history = history
        self.seq = 0
        self.acts: dict[str, Event] = {}
        self.repeats: dict[str, int] = defaultdict(int)
        self.outages: list[Outage] = []
        self.bad: dict[tuple[str, str], Event] = {}
        self.restarts: dict[Key, list[float]] = defaultdict(list)
        self.routes: dict[Key, list[tuple[float, int, str]]] = defaultdict(list)
        self.incidents: dict[str, Incident] = {}
        self.incident_of: dict[str, str] = {}
        self._deployed: dict[Key, list[Deployment]] = defaultdict(list)
        self._changes: list[Change] = []

    def apply(self, event: Event) -> None:
        self.seq = event.seq
        key = event.data.get("key")
        if event.kind == REPEATED or (key is not None and key in self.acts):
            self.repeats[str(key)] += 1
            return
        if key is not None:
            self.acts[key] = event
        _APPLY[event.kind](self, event)

    # releases

    def must_know(self, service: str, environment: str | None = None) -> None:
        """Raises Absent for a service or environment that the company does not have."""
        if service not in self.catalogue.services:
            raise Absent(f"There is no service {service!r}. There are: {', '.join(self.catalogue.services)}.")
        if environment is not None and environment not in self.catalogue.environments:
            known = ", ".join(self.catalogue.environments)
            raise Absent(f"There is no environment {environment!r}. There are: {known}.")

    def preferred(self, service: str, among: Sequence[str] | None = None) -> str:
        names = list(self.catalogue.services if among is None else among)
        return service if service in names else names[0]

    def deployments(self, service: str, environment: str, until: float) -> list[Deployment]:
        """What took the traffic in the 90 days before `until`, oldest first."""
        own = self._deployed.get((service, environment), [])
        found = [
            Deployment(change.at, 0, change.after)
            for change in self.history.between(service, environment, until - KEPT, until + 0.001)
            if change.kind == "deployment"
            and change.succeeded
            and not self._paused(service, environment, change.at)
        ]
        return sorted([*found, *(one for one in own if one.at <= until)])

    def _paused(self, service: str, environment: str, at: float) -> bool:
        return any(
            one.at - 60.0 <= at < one.at + PAUSE for one in self._deployed.get((service, environment), [])
        )

    def current(self, service: str, environment: str, at: float) -> Deployment:
        """Raises Absent when the service was never deployed there."""
        if found := self.deployments(service, environment, at):
            return found[-1]
        raise Absent(f"{service} was never deployed to {environment}. Ask for another environment.")

    def desired(self, service: str, environment: str, at: float) -> str:
        """The version that was asked for last, whether or not its roll-out is over."""
        own = self._deployed.get((service, environment), [])
        return self.deployments(service, environment, max([at, *(one.at for one in own[-1:])]))[-1].version

    def previous(self, service: str, environment: str, at: float) -> str | None:
        """The last release before the current one that nobody took back."""
        found = self.deployments(service, environment, at)
        current = found[-1].version if found else None
        taken_back = {found[i - 1].version for i, one in enumerate(found) if one.back and i}
        for one in reversed(found[:-1]):
            if one.version != current and one.version not in taken_back:
                return one.version
        return None

    def ran(self, service: str, environment: str, at: float) -> list[str]:
        """Versions that ran there in 90 days, newest first."""
        found = self.deployments(service, environment, at)
        return list(dict.fromkeys(one.version for one in reversed(found)))

    def ran_anywhere(self, service: str, version: str) -> bool:
        return (service, version) in self.bad or any(
            one.version == version for key, own in self._deployed.items() if key[0] == service for one in own
        )

    def builds(self, service: str, at: float) -> list[str]:
        """Versions that can be released: what reached any environment in 90 days, newest first."""
        found = {
            change.after: change.at
            for environment in self.catalogue.environments
            for change in self.history.between(service, environment, at - KEPT, at)
            if change.kind == "deployment"
        }
        found |= {
            one.version: one.at for key, own in self._deployed.items() if key[0] == service for one in own
        }
        return sorted(found, key=lambda version: -found[version])

    def bad_spans(self, service: str, environment: str) -> list[tuple[float, float | None, Event]]:
        """When a bad version took the traffic there: start, end or None, and the event that made it."""
        own = self._deployed.get((service, environment), [])
        spans = []
        for number, one in enumerate(own):
            cause = self.bad.get((service, one.version))
            if cause is None:
                continue
            after = own[number + 1].at if number + 1 < len(own) else None
            generated = self.history.between(service, environment, one.at + PAUSE, one.at + 30 * DAY)
            news = (change.at for change in generated if change.kind == "deployment" and change.succeeded)
            ends = [end for end in (after, next(news, None)) if end is not None]
            spans.append((one.at, min(ends, default=None), cause))
        return spans

    # routing

    def provider(self, service: str, environment: str, at: float) -> str:
        """The provider that requests go to. Raises Absent when the service calls none."""
        self.must_know(service, environment)
        provider = self.catalogue.services[service].provider
        if provider is None:
            raise Absent(f"{service} calls no model provider, so it has no routing.")
        for since, _, name in self.routes.get((service, environment), []):
            provider = name if since <= at else provider
        return provider

    def routed(self, service: str, environment: str) -> str:
        """The provider that was asked for last, whether or not the switch is over. Raises Absent like `provider`."""
        return self.provider(service, environment, float("inf"))

    # what people changed

    def changes(self, start: float, end: float, environment: str | None = None) -> list[Change]:
        """Every change in [start, end), oldest first."""
        start = max(start, end - KEPT)
        wanted = [name for name in self.catalogue.environments if environment in (None, name)]
        found = [
            change
            for service in self.catalogue.services
            for name in wanted
            for change in self.history.between(service, name, start, end)
            if change.kind == "config" or not self._paused(service, name, change.at)
        ]
        found += [one for one in self._changes if start <= one.at < end and one.environment in wanted]
        return sorted(found, key=lambda change: change.at)

    def running_faults(self, at: float) -> set[str]:
        names = {"provider-outage" for one in self.outages if one.end is None}
        for service, version in self.bad:
            for environment in self.catalogue.environments:
                if version in (self.desired(service, environment, at),):
                    names.add("bad-release")
        return names

    # how events change it

    def _deploy(self, event: Event) -> None:
        data = event.data
        service, environment, version = data["service"], data["environment"], data["version"]
        back = bool(data.get("back", False))
        before = self.desired(service, environment, event.at)
        insort(
            self._deployed[service, environment],
            Deployment(data.get("effective_at", event.at), event.seq, version, back),
        )
        words = f"Roll {service} back to {version}" if back else f"Release {version} of {service}"
        self._note(event, "deployment", before, version, data.get("summary") or words)

    def _set(self, event: Event) -> None:
        self._note(event, "config", event.data["before"], event.data["after"], event.data["summary"])

    def _restart(self, event: Event) -> None:
        insort(self.restarts[event.data["service"], event.data["environment"]], event.data["effective_at"])

    def _route(self, event: Event) -> None:
        service, environment, to = (event.data[name] for name in ("service", "environment", "provider"))
        before = self.provider(service, environment, event.data["effective_at"])
        insort(self.routes[service, environment], (event.data["effective_at"], event.seq, to))
        words = f"Requests of {service} go to {to} instead of {before}"
        self._note(event, "config", f"provider={before}", f"provider={to}", words)

    def _fault_started(self, event: Event) -> None:
        if "version" in event.data:
            self.bad[event.data["service"], event.data["version"]] = event
            author = self.history.author(event.data["service"], event.seq)
            self._deploy(replace(event, data={**event.data, "by": author}))
        else:
            self.outages.append(Outage(event.data["provider"], event.at))

    def _fault_stopped(self, event: Event) -> None:
        self.outages = [
            replace(one, end=event.at) if one.end is None and event.data["name"] == "provider-outage" else one
            for one in self.outages
        ]
        if event.data["name"] != "bad-release":
            return
        for service, version in self.bad:
            for environment in self.catalogue.environments:
                good = self.previous(service, environment, event.at)
                if self.desired(service, environment, event.at) == version and good is not None:
                    data = {"service": service, "environment": environment, "version": good, "back": True}
                    self._deploy(replace(event, data={**data, "effective_at": event.at + 15.0}))

    def _incident_opened(self, event: Event) -> None:
        data = event.data
        name = f"INC-{101 + len(self.incidents)}"
        self.incidents[name] = Incident(
            id=name,
            title=data["title"],
            service=data["service"],
            environment=data["environment"],
            severity=data["severity"],
            status="open",
            opened_at=event.at,
            alert_id=data.get("alert_id"),
        )
        if data.get("key"):
            self.incident_of[data["key"]] = name

    def _incident_changed(self, event: Event) -> None:
        one = self.incidents[event.data["incident"]]
        if event.kind == "incident.acknowledged" and one.status == "open":
            one = replace(one, status="acknowledged")
        if event.kind == "incident.resolved" and one.status != "resolved":
            one = replace(one, status="resolved", resolved_at=event.at)
        if event.data.get("text"):
            one = replace(one, notes=(*one.notes, event.data["text"]))
        self.incidents[one.id] = one

    def _note(self, event: Event, kind: Any, before: str, after: str, summary: str) -> None:
        data: Mapping[str, Any] = event.data
        prefix = "dep" if kind == "deployment" else "cfg"
        self._changes.append(
            Change(
                id=f"{prefix}-{event.seq:06d}",
                kind=kind,
                service=data["service"],
                environment=data["environment"],
                at=event.at,
                by=data.get("by") or "release-bot",
                before=before,
                after=after,
                summary=summary,
            )
        )


_APPLY = {
    "deployment": World._deploy,
    "config": World._set,
    "restart": World._restart,
    "routing": World._route,
    "fault.started": World._fault_started,
    "fault.stopped": World._fault_stopped,
    "incident.opened": World._incident_opened,
    "incident.acknowledged": World._incident_changed,
    "incident.resolved": World._incident_changed,
    "incident.noted": World._incident_changed,
}
