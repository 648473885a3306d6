"""What went wrong before anyone looked: drawn from the seed and from when the company was founded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random

from config.catalogue import Catalogue
from integrations.demo.events import Event
from integrations.demo.history import DAY, EPOCH, KEPT, WEEK, History
from integrations.demo.noise import key_of
from integrations.demo.releases import PAUSE, Releases

#: one incident falls into each stretch of so many seconds: three to four a month
STRETCH = 8 * DAY
#: the last days before the founding are calm: what is usual is read from the day before
CALM = 2 * DAY
#: how long a bad release stayed, and a provider was degraded, seconds
_STAYED = (8 * 60.0, 40 * 60.0)
_DEGRADED = (15 * 60.0, 75 * 60.0)
_RELEASES = 0.6
_TRIES = 60
#: numbers of what is told by the past: above those of any log
_SEQ = 1_000_000_000


def before(founded: float, catalogue: Catalogue, history: History, releases: Releases) -> Iterator[Event]:
    """Events as they would have been written at the time, oldest first, all over `CALM` before `founded`."""
    stretches = int((KEPT - CALM) // STRETCH)
    for number in range(stretches):
        start = founded - CALM - (stretches - number) * STRETCH
        draw = Random(key_of(history.seed, "past", number, start))
        told = None
        if draw.random() < _RELEASES:
            told = _bad_release(draw, start, number, catalogue, history, releases)
        yield from told or _degradation(draw, start, number, catalogue)


def _bad_release(
    draw: Random, start: float, number: int, catalogue: Catalogue, history: History, releases: Releases
) -> tuple[Event, Event] | None:
    """A fix of a working day that made it worse, and its rollback; None when no quiet service was found."""
    environment = next(iter(catalogue.environments))
    for _ in range(_TRIES):
        service = draw.choice(list(catalogue.services))
        at = round(start + draw.uniform(0.0, STRETCH - DAY), 3)
        moment = datetime.fromtimestamp(at, UTC)
        running = releases.ran(service, environment, at)
        near = history.between(service, environment, at - 7200.0, at + PAUSE + 3 * 3600.0)
        week = int((at - EPOCH) // WEEK)
        built = history.builds(service, week)
        if (
            moment.weekday() > 4
            or not 7 <= moment.hour < 17
            or not running
            or any(made >= at for made, _ in built)
            or any(change.kind == "deployment" for change in near)
        ):
            continue
        version = f"{running[0].split('.')[0]}.{week}.{len(built) + 1}"
        over = round(at + draw.uniform(*_STAYED), 3)
        where = {"service": service, "environment": environment}
        bad = {**where, "name": "bad-release", "version": version, "effective_at": at + 15.0}
        back = {**where, "version": running[0], "back": True, "effective_at": over + 25.0}
        author, id_ = history.author(service, number + 1), key_of(service, version) & 0xFFFFFF
        return (
            Event(_SEQ + 2 * number, "fault.started", at, {**bad, "id": f"dep-{id_:06x}"}),
            Event(
                _SEQ + 2 * number + 1,
                "deployment",
                over,
                {**back, "by": author, "id": f"dep-{id_ ^ 0xFFFFFF:06x}"},
            ),
        )
    return None


def _degradation(draw: Random, start: float, number: int, catalogue: Catalogue) -> tuple[Event, ...]:
    providers = sorted({one.provider for one in catalogue.services.values() if one.provider})
    if not providers:
        return ()
    at = round(start + draw.uniform(0.0, STRETCH - DAY), 3)
    data = {
        "provider": draw.choice(providers),
        "until": round(at + draw.uniform(*_DEGRADED), 3),
        "strength": round(draw.uniform(0.35, 0.7), 3),
    }
    return (Event(_SEQ + 2 * number, "degradation", at, data),)
