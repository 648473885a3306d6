"""What went wrong before anyone looked: drawn from the seed and from when the company was founded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from config.catalogue import Catalogue
from integrations.demo.events import Event
from integrations.demo.history import DAY, EPOCH, KEPT, WEEK, History
from integrations.demo.noise import key_of
from integrations.demo.releases import PAUSE, Releases
from integrations.demo.troubles import Strike

#: one incident falls into each stretch of so many seconds: three to four a month
STRETCH = 8 * DAY
#: the last days before the founding are calm: what is usual is read from the day before
CALM = 2 * DAY
#: how long a bad release stayed, and a provider was degraded, seconds
_STAYED = (8 * 60.0, 40 * 60.0)
_DEGRADED = (15 * 60.0, 75 * 60.0)
#: the part of the incidents that were bad releases, and that were degraded providers; the rest is told by _OTHERS
_RELEASES, _DEGRADATIONS = 0.4, 0.15
_TRIES = 60
#: numbers of what is told by the past: above those of any log
_SEQ = 1_000_000_000


def before(founded: float, catalogue: Catalogue, history: History, releases: Releases) -> Iterator[Event]:
    """Events as they would have been written at the time, oldest first, all over `CALM` before `founded`."""
    stretches = int((KEPT - CALM) // STRETCH)
    for number in range(stretches):
        start = founded - CALM - (stretches - number) * STRETCH
        draw = Random(key_of(history.seed, "past", number, start))
        told: Sequence[Event] | None = None
        kind = draw.random()
        if kind < _RELEASES:
            told = _bad_release(draw, start, number, catalogue, history, releases)
        elif kind >= _RELEASES + _DEGRADATIONS:
            told = _other(draw, start, number, catalogue)
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


@dataclass(frozen=True, slots=True)
class _Other:
    """Another trouble that a service had: where it may have been, and the data of its event but for place and time."""

    name: str
    places: Callable[[Catalogue], Sequence[str]]
    data: Callable[[Catalogue, str, float], dict[str, Any]]


def _harm(harm: str, **more: Any) -> Callable[[Catalogue, str, float], dict[str, Any]]:
    return lambda _, service, __: {"strikes": [asdict(Strike(service, harm))], **more}


def _speaking(catalogue: Catalogue) -> Sequence[str]:
    return [name for name, one in catalogue.services.items() if one.models or one.provider]


def _called(catalogue: Catalogue) -> Sequence[str]:
    return [name for name in catalogue.services if catalogue.dependants(name)]


def _limits(_: Catalogue, service: str, at: float) -> dict[str, Any]:
    words = {"kind": "config", "before": "max_context_tokens=8192", "after": "max_context_tokens=16384"}
    change = {**words, "summary": f"max_context_tokens of {service} from 8192 to 16384"}
    strikes = [asdict(Strike(service, "gpu-oom"))]
    return {"strikes": strikes, "limit": 8192, "starts_at": at + 90.0, "change": change}


def _prompt(catalogue: Catalogue, service: str, at: float) -> dict[str, Any]:
    prompt = (catalogue.prompts or ("default",))[key_of("prompt", service) % max(1, len(catalogue.prompts))]
    words = {"kind": "prompt", "before": f"{prompt}@v2", "after": f"{prompt}@v3"}
    change = {**words, "summary": f"Prompt {prompt} of {service} from v2 to v3"}
    strikes = [asdict(Strike(service, "prompt", label=f"{prompt}@v3"))]
    told = {"strikes": strikes, "prompt": prompt, "version": "v3", "before": "v2"}
    return {**told, "starts_at": at + 30.0, "change": change}


def _expired(_: Catalogue, service: str, at: float) -> dict[str, Any]:
    ended = datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"strikes": [asdict(Strike(service, "certificate", label=ended))], "expires_at": at}


def _surge(_: Catalogue, service: str, __: float) -> dict[str, Any]:
    strikes = [asdict(Strike(service, harm)) for harm in ("surge", "overloaded")]
    return {"strikes": strikes, "bottleneck": service, "replicas": 1}


_OTHERS: tuple[_Other, ...] = (
    _Other("gpu-oom", lambda c: [name for name, one in c.services.items() if one.gpu], _limits),
    _Other("traffic-surge", lambda c: c.user_facing, _surge),
    _Other("cost-spike", _speaking, _harm("cost-spike")),
    _Other("prompt-regression", _speaking, _prompt),
    _Other("expired-certificate", _called, _expired),
    _Other("slow-dependency", _called, _harm("slow-pool")),
)


def _other(draw: Random, start: float, number: int, catalogue: Catalogue) -> tuple[Event, ...] | None:
    """One of the other troubles, which somebody ended; with the change that took back the one that began it."""
    kind = draw.choice(_OTHERS)
    places = kind.places(catalogue)
    if not places:
        return None
    service, environment = draw.choice(list(places)), next(iter(catalogue.environments))
    at = round(start + draw.uniform(0.0, STRETCH - DAY), 3)
    until = round(at + draw.uniform(*_STAYED), 3)
    where = {"service": service, "environment": environment}
    data = {**where, "name": kind.name, "until": until, **kind.data(catalogue, service, at)}
    if (change := data.get("change")) is None:
        return (Event(_SEQ + 2 * number, "fault.started", at, data),)
    id_ = key_of(service, kind.name, at) & 0xFFFFFF
    data["change"] = {**change, "id": f"cfg-{id_:06x}"}
    back = {"kind": change["kind"], "before": change["after"], "after": change["before"], "by": "release-bot"}
    words = f"{change['after']} of {service} taken back to {change['before']}"
    return (
        Event(_SEQ + 2 * number, "fault.started", at, data),
        Event(
            _SEQ + 2 * number + 1,
            "config",
            until,
            {**where, **back, "summary": words, "id": f"cfg-{id_ ^ 0xFFFFFF:06x}"},
        ),
    )
