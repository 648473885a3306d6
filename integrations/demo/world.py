"""The state of the demo company: what follows from the generated history and the events so far."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from config.catalogue import Catalogue
from insight.facts import Change
from integrations.demo import past
from integrations.demo.casebook import casebook
from integrations.demo.cases import Cases
from integrations.demo.chores import Chores
from integrations.demo.events import REPEATED, Event, Part
from integrations.demo.fleet import Fleet
from integrations.demo.history import KEPT, History
from integrations.demo.hosts import Hosts
from integrations.demo.limits import Limits
from integrations.demo.prompts import Prompts
from integrations.demo.releases import Deployment, Key, Releases
from integrations.demo.rota import Rota
from integrations.demo.troubles import REMEDIES, Troubles
from integrations.demo.variants import Canaries, Variants
from integrations.demo.watch import Watch
from integrations.errors import Absent, Unavailable

_at = attrgetter("at")


@dataclass(frozen=True, slots=True)
class Outage:
    provider: str
    start: float
    end: float | None = None
    strength: float = 1.0


#: the kind of the event that says when the company was founded: its past is what happened before
FOUNDED = "founded"


class World:
    """Fold of the events. `apply` takes them in order (Unavailable: of an unknown kind); everything else only reads.

    The instant given to a reader is Unix seconds; what was asked for after it does not count.
    """

    def __init__(self, catalogue: Catalogue, history: History) -> None:
        self.catalogue = catalogue
        self.history = history
        self.releases = Releases(catalogue, history)
        self.seq = 0
        self.founded: float | None = None
        self.turns: dict[Key | None, int] = defaultdict(int)
        self._foundings = 0
        self.acts: dict[str, Event] = {}
        self.repeats: dict[str, int] = defaultdict(int)
        self.troubles = Troubles()
        self.outages: list[Outage] = []
        self.degradations: list[Outage] = []
        self.restarts: dict[Key, list[float]] = defaultdict(list)
        self.routes: dict[Key, list[tuple[float, int, str]]] = defaultdict(list)
        self._changes: list[Change] = []
        self.cases = Cases()
        self.rota = Rota(history.people)
        self.watch = Watch()
        self.fleet = Fleet()
        self.limits = Limits(catalogue)
        self.prompts = Prompts(catalogue, history.seed)
        self.variants = Variants(catalogue, history.seed)
        self.canaries = Canaries()
        self.chores = Chores()
        parts: tuple[Part, ...] = (
            self.cases, self.rota, self.watch, self.fleet, self.limits, self.prompts, self.variants,
            self.canaries, self.chores, Hosts(),
        )  # fmt: skip
        self._part_of = {kind: part for part in parts for kind in part.KINDS}

    def apply(self, event: Event) -> None:
        self.seq = event.seq
        if event.kind == FOUNDED:
            self._found(event)
            return
        event = replace(event, seq=event.seq - self._foundings)
        key = event.data.get("key")
        if event.kind == REPEATED or (key is not None and key in self.acts):
            self.repeats[str(key)] += 1
            return
        if key is not None:
            self.acts[key] = event
        self._fold(event)

    def _fold(self, event: Event) -> None:
        part = self._part_of.get(event.kind)
        if part is None and event.kind not in _APPLY:
            raise Unavailable(
                f"The demo company's log has an event {event.kind!r} that this version does not know. "
                f"Use the version that wrote it, or an empty data directory."
            )
        if event.kind in REMEDIES:
            self.troubles.hear(event)
            self.turns[None] += 1
        if event.kind in _APPLY:
            _APPLY[event.kind](self, event)
        if part is not None and "service" in event.data:
            self.turns[event.data["service"], event.data["environment"]] += 1
        for number, note in enumerate(part.apply(event) if part is not None else ()):
            extra = f"-{number}" if number else ""
            told = {**event.data, "service": note.service, "id": f"cfg-{event.seq:06d}{extra}"}
            self._note(replace(event, data=told), note.kind, note.before, note.after, note.summary)

    @property
    def told(self) -> int:
        """How many events the log has, the founding aside."""
        return self.seq - self._foundings

    def _found(self, event: Event) -> None:
        self._foundings += 1
        if self.founded is None:
            self.founded = event.at
            told = list(past.before(self.founded, self.catalogue, self.history, self.releases))
            for one in told:
                self._fold(one)
            self.cases.remember(casebook(told, self.catalogue, self.history.people, self.history.seed))

    # the catalogue

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
            for name in wanted
            for change in self.history.everywhere(name, start, end)
            if change.kind != "deployment" or not self.releases.paused(change.service, name, change.at)
        ]
        own = [one for one in self._changes if start <= one.at < end and one.environment in wanted]
        return sorted(found + own, key=_at) if own or len(wanted) > 1 else found

    def running_faults(self, at: float) -> set[str]:
        names = {"provider-outage" for one in self.outages if one.end is None} | self.troubles.running()
        for service, version in self.releases.bad:
            for environment in self.catalogue.environments:
                if self.releases.desired(service, environment, at) == version:
                    names.add("bad-release")
        return names

    # how events change it

    def _deploy(self, event: Event) -> None:
        data = event.data
        service, environment, version = data["service"], data["environment"], data["version"]
        back = bool(data.get("back", False))
        before = self.releases.desired(service, environment, event.at)
        deployment = Deployment(data.get("effective_at", event.at), event.seq, version, back)
        self.releases.add(service, environment, deployment, event.at)
        self.turns[service, environment] += 1
        words = f"Roll {service} back to {version}" if back else f"Release {version} of {service}"
        self._note(event, "deployment", before, version, data.get("summary") or words)

    def _set(self, event: Event) -> None:
        kind = event.data.get("kind", "config")
        self._note(event, kind, event.data["before"], event.data["after"], event.data["summary"])

    def _restart(self, event: Event) -> None:
        key = (event.data["service"], event.data["environment"])
        insort(self.restarts[key], event.data["effective_at"])
        self.turns[key] += 1

    def _route(self, event: Event) -> None:
        service, environment, to = (event.data[name] for name in ("service", "environment", "provider"))
        before, routes = self.routed(service, environment), self.routes[service, environment]
        effective_at = event.data["effective_at"]
        switching = [at + 1.0 for at, _, _ in routes if at > event.at and at >= effective_at]
        insort(routes, (max(switching, default=effective_at), event.seq, to))
        self.turns[service, environment] += 1
        words = f"Requests of {service} go to {to} instead of {before}"
        self._note(event, "config", f"provider={before}", f"provider={to}", words)

    def _fault_started(self, event: Event) -> None:
        if self.troubles.knows(event.data["name"]):
            self._trouble(event)
        elif "version" in event.data:
            self.releases.bad[event.data["service"], event.data["version"]] = event
            author = self.history.author(event.data["service"], event.seq)
            self._deploy(replace(event, data={**event.data, "by": author}))
        else:
            self.outages.append(Outage(event.data["provider"], event.at))
            self.turns[None] += 1

    def _trouble(self, event: Event) -> None:
        self.troubles.begin(event)
        self.turns[None] += 1
        if change := event.data.get("change"):
            self._settle(event.data, change["kind"], change["after"], bad=True)
            author = self.history.author(event.data["service"], event.seq)
            told = replace(event, data={**event.data, "by": author, "id": change.get("id")})
            self._note(told, change["kind"], change["before"], change["after"], change["summary"])

    def _settle(self, data: Mapping[str, Any], kind: str, value: str, *, bad: bool = False) -> None:
        """Make `name=value` of a limit or `prompt@version` what holds now; `bad`: that version answers worse."""
        if kind == "prompt":
            prompt, _, version = value.partition("@")
            self.prompts.put(prompt, data["environment"], version, bad=bad)
        else:
            name, _, number = value.partition("=")
            self.limits.put((data["service"], data["environment"]), name, float(number))

    def _degrade(self, event: Event) -> None:
        data = event.data
        self.degradations.append(Outage(data["provider"], event.at, data["until"], data["strength"]))
        self.turns[None] += 1

    def _fault_stopped(self, event: Event) -> None:
        self.outages = [
            replace(one, end=event.at) if one.end is None and event.data["name"] == "provider-outage" else one
            for one in self.outages
        ]
        for trouble in self.troubles.stop(event.data["name"], event.at):
            if change := trouble.data.get("change"):
                self._settle(trouble.data, change["kind"], change["before"])
        self.turns[None] += 1
        if event.data["name"] != "bad-release":
            return
        for service, version in self.releases.bad:
            for environment in self.catalogue.environments:
                good = self.releases.previous(service, environment, event.at)
                if self.releases.desired(service, environment, event.at) == version and good is not None:
                    data = {"service": service, "environment": environment, "version": good, "back": True}
                    self._deploy(replace(event, data={**data, "effective_at": event.at + 15.0}))

    def _note(self, event: Event, kind: Any, before: str, after: str, summary: str) -> None:
        data: Mapping[str, Any] = event.data
        prefix = {"deployment": "dep", "prompt": "prm"}.get(kind, "cfg")
        self._changes.append(
            Change(
                id=data.get("id") or f"{prefix}-{event.seq:06d}",
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
    "degradation": World._degrade,
}
