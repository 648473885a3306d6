"""Which version runs where: the generated releases, and over them what people did."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from dataclasses import dataclass, field, replace
from operator import attrgetter

from config.catalogue import Catalogue
from integrations.demo.events import Event
from integrations.demo.history import DAY, EPOCH, KEPT, WEEK, History
from integrations.errors import Absent

#: service, environment
Key = tuple[str, str]

_at = attrgetter("at")

#: after somebody acts on a service the generated releases of it pause this long
PAUSE = DAY


@dataclass(frozen=True, slots=True, order=True)
class Deployment:
    """A version that takes the traffic from `at` on. `back` says that it was a return to an earlier one."""

    at: float
    seq: int
    version: str = field(compare=False)
    back: bool = field(compare=False, default=False)


class Releases:
    """Instants are Unix seconds; what took the traffic after the instant that is asked for does not count."""

    def __init__(self, catalogue: Catalogue, history: History) -> None:
        self._catalogue = catalogue
        self._history = history
        self._own: dict[Key, list[Deployment]] = defaultdict(list)
        self.bad: dict[tuple[str, str], Event] = {}
        self._lines: dict[Key, tuple[int, list[Deployment]]] = {}

    def add(self, service: str, environment: str, deployment: Deployment, asked_at: float) -> None:
        """A roll-out that was asked for at `asked_at` never takes effect before one that was asked for earlier."""
        own = self._own[service, environment]
        rolling = [one.at + 1.0 for one in own if one.at > asked_at and one.at >= deployment.at]
        insort(own, replace(deployment, at=max(rolling, default=deployment.at)))
        self._lines.pop((service, environment), None)

    def deployments(self, service: str, environment: str, until: float) -> list[Deployment]:
        """What took the traffic in the 90 days before `until`, oldest first."""
        line = self._line(service, environment, int((until - EPOCH) // WEEK))
        upto = bisect_right(line, until, key=_at)
        return [one for one in line[:upto] if one.seq or one.at >= until - KEPT]

    def _line(self, service: str, environment: str, week: int) -> list[Deployment]:
        """What took the traffic up to the end of that week, and what people asked for at any time, oldest first."""
        known = self._lines.get((service, environment))
        if known is not None and known[0] == week:
            return known[1]
        start = EPOCH + week * WEEK
        found = [
            Deployment(change.at, 0, change.after)
            for change in self._history.between(service, environment, start - KEPT, start + WEEK)
            if change.kind == "deployment"
            and change.succeeded
            and not self.paused(service, environment, change.at)
        ]
        line = sorted([*found, *self._own.get((service, environment), [])])
        self._lines[service, environment] = (week, line)
        return line

    def touched(self, service: str, environment: str) -> bool:
        """Whether anybody ever released something there."""
        return (service, environment) in self._own

    def paused(self, service: str, environment: str, at: float) -> bool:
        own = self._own.get((service, environment))
        return own is not None and any(one.at - 60.0 <= at < one.at + PAUSE for one in own)

    def current(self, service: str, environment: str, at: float) -> Deployment:
        """Raises Absent when the service was never deployed there."""
        if found := self.deployments(service, environment, at):
            return found[-1]
        raise Absent(f"{service} was never deployed to {environment}. Ask for another environment.")

    def desired(self, service: str, environment: str, at: float) -> str:
        """The version that was asked for last, whether or not its roll-out is over."""
        own = self._own.get((service, environment), [])
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

    def taken(self, service: str, version: str) -> bool:
        """Whether something of that name was released by anybody, or will be built."""
        _, _, rest = version.partition(".")
        week = rest.partition(".")[0]
        built = self._history.builds(service, int(week)) if week.isdigit() else []
        return (
            (service, version) in self.bad
            or any(name == version for _, name in built)
            or any(
                one.version == version for key, own in self._own.items() if key[0] == service for one in own
            )
        )

    def builds(self, service: str, at: float) -> list[str]:
        """Versions that can be released: what reached any environment in 90 days, newest first."""
        found = {
            change.after: change.at
            for environment in self._catalogue.environments
            for change in self._history.between(service, environment, at - KEPT, at)
            if change.kind == "deployment"
        }
        found |= {one.version: one.at for key, own in self._own.items() if key[0] == service for one in own}
        return sorted(found, key=lambda version: -found[version])

    def bad_spans(self, service: str, environment: str) -> list[tuple[float, float | None, Event]]:
        """When a bad version took the traffic there: start, end or None, and the event that made it."""
        own = self._own.get((service, environment), [])
        spans = []
        for number, one in enumerate(own):
            cause = self.bad.get((service, one.version))
            if cause is None:
                continue
            after = own[number + 1].at if number + 1 < len(own) else None
            generated = self._history.between(service, environment, one.at + PAUSE, one.at + 30 * DAY)
            news = (change.at for change in generated if change.kind == "deployment" and change.succeeded)
            ends = [end for end in (after, next(news, None)) if end is not None]
            spans.append((one.at, min(ends, default=None), cause))
        return spans
