"""Change freezes and quiet hours: when they are on, in their own time zone, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from integrations.actions import Effect
from runbooks.plan import Touched
from runbooks.schema import StageSpec, Strict

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = get_args(Day)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError) as err:
        raise ValueError(f"{name!r} is no time zone; write one such as Europe/Berlin") from err
    return name


def _local(value: object) -> object:
    """A time without an offset: YAML reads `2026-12-20T18:00` as text and `2026-12-20` as a date."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        raise ValueError("write the time without an offset; `timezone` says where it is")
    if isinstance(value, str) and (value.endswith("Z") or "+" in value):
        raise ValueError("write the time without an offset; `timezone` says where it is")
    return value


def _clock(value: object) -> object:
    if not isinstance(value, str | time):
        raise ValueError("write it in quotes, such as '22:00'")
    return value


Zone = Annotated[str, AfterValidator(_zone)]
Local = Annotated[datetime, BeforeValidator(_local)]
Clock = Annotated[time, BeforeValidator(_clock)]


class _Window(Strict):
    """`then: refuse` stops what it fits; `then: ask` adds a stage of those who can `lift` it."""

    name: str = Field(min_length=1, max_length=80)
    timezone: Zone
    environments: tuple[str, ...] = ("production",)
    services: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ("write", "dangerous")
    then: Literal["refuse", "ask"]
    lift: StageSpec

    def stage(self) -> StageSpec:
        return self.lift.model_copy(update={"name": self.lift.name or self.name})

    def touches(self, plan: Touched, effect: Effect) -> bool:
        """A plan whose targets are not known yet counts as touched."""
        here = "*" in self.environments or plan.environment in self.environments
        service = not self.services or not plan.targets or bool(set(self.services) & set(plan.targets))
        owner = not self.owners or not plan.owners or bool(set(self.owners) & set(plan.owners))
        return effect in self.effects and here and service and owner


class Freeze(_Window):
    """From one local time up to another. A time that the clocks pass twice or skip is read so that it freezes more."""

    from_: Local = Field(alias="from")
    to: Local
    standing: bool = False

    @model_validator(mode="after")
    def _has_length(self) -> Freeze:
        if self.from_ >= self.to:
            raise ValueError(f"freeze {self.name!r} ends before it begins; exchange `from` and `to`")
        return self

    def until(self, now: float) -> float | None:
        """When it ends (Unix seconds); None: it is not on at `now`."""
        start, end = min(_instants(self.from_, self.timezone)), max(_instants(self.to, self.timezone))
        return end if start <= now < end else None


class Quiet(_Window):
    """On every one of `days` from a wall-clock time up to another, over midnight where `to` is the earlier.

    What somebody approved in advance may still run (`standing`).
    """

    days: tuple[Day, ...] = Field(DAYS, min_length=1)
    from_: Clock = Field(alias="from")
    to: Clock
    standing: bool = True

    def until(self, now: float) -> float | None:
        """When it ends (Unix seconds); None: it is not on at `now`. The wall clock decides, also when it jumps."""
        zone = ZoneInfo(self.timezone)
        here = datetime.fromtimestamp(now, UTC).astimezone(zone)
        wall = here.time().replace(tzinfo=None)
        over_midnight = self.to <= self.from_
        today = DAYS[here.weekday()] in self.days
        yesterday = DAYS[(here.weekday() - 1) % 7] in self.days
        if over_midnight and yesterday and wall < self.to:
            return self._end(here, now, 0)
        if today and over_midnight and wall >= self.from_:
            return self._end(here, now, 1)
        if today and self.from_ <= wall < self.to:
            return self._end(here, now, 0)
        return None

    def _end(self, here: datetime, now: float, days: int) -> float:
        day = (here + timedelta(days=days)).date()
        later = [one for one in _instants(datetime.combine(day, self.to), self.timezone) if one > now]
        return max(later, default=now)


def _instants(local: datetime, zone: str) -> tuple[float, float]:
    """The two readings of a local time: the same, but for those that the clocks pass twice or skip."""
    here = local.replace(tzinfo=ZoneInfo(zone))
    return here.replace(fold=0).timestamp(), here.replace(fold=1).timestamp()


def shown(at: float, zone: str) -> str:
    """`Mon 2026-12-21 06:00 Europe/Berlin`."""
    here = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone))
    return f"{here:%a %Y-%m-%d %H:%M} {zone}"
