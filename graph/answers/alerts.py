"""Alerts: what fires or fired, and for whom; and the words that silence, make and delete alert rules."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from graph import cards
from graph.answers.incidents import owner
from graph.answers.within import absent, gaps, within
from graph.answers.words import length, moment
from graph.intents.model import Answer, Ask, Slots
from graph.ports import Tools
from graph.understanding import times
from insight.facts import Alert, Missing, Monitor, Silence

_MOST = 12


class AlertSlots(Slots):
    service: str | None = None
    environment: str | None = None
    team: str | None = None
    alert_severity: Literal["critical", "warning"] | None = None
    rules: bool = False
    time_range: str | None = None
    last_n: int | None = None


@dataclass(frozen=True, slots=True)
class Rang:
    """Alerts oldest first, those that fire when no `window` is set; and the silences that are on."""

    alerts: tuple[Alert, ...]
    silences: tuple[Silence, ...]
    monitors: tuple[Monitor, ...] = ()
    window: times.Span | None = None
    missing: tuple[Missing, ...] = ()


async def facts(tools: Tools, ask: Ask) -> Rang:
    slots: AlertSlots = ask.slots
    port, now = tools.sources.alerts, tools.clock.now()
    window = times.resolve(slots.time_range, now, ask.zone) if slots.time_range else None
    if port is None:
        return Rang((), (), (), window, (absent("the alerts", "alerts"),))
    if slots.rules:
        rules = await within("the alert rules", port.monitors())
        if isinstance(rules, Missing):
            return Rang((), (), missing=(rules,))
        return Rang((), (), tuple(one for one in rules if _fits(tools, slots, one)))
    wanted = port.past(window.start, window.end + 1.0) if window else port.firing()
    alerts, silences = await asyncio.gather(
        within("the alerts", wanted), within("the silences", port.silences())
    )
    missing = tuple(one for one in (alerts, silences) if isinstance(one, Missing))
    return Rang(
        () if isinstance(alerts, Missing) else tuple(one for one in alerts if _fits(tools, slots, one)),
        () if isinstance(silences, Missing) else silences,
        (),
        window,
        missing,
    )


def _fits(tools: Tools, slots: AlertSlots, one: Alert | Monitor) -> bool:
    return (
        slots.service in (None, one.service)
        and slots.environment in (None, one.environment)
        and slots.alert_severity in (None, one.severity)
        and slots.team in (None, owner(tools, one.service))
    )


def answer(tools: Tools, ask: Ask, rang: Rang) -> Answer:
    slots: AlertSlots = ask.slots
    entities = {key: value for key, value in slots.model_dump().items() if value}
    if rang.missing and not rang.alerts:
        words = " ".join(gaps(rang.missing))
        return Answer(words, (cards.text(words),), entities=entities)
    if slots.rules:
        return _rules(slots, rang, entities)
    now = tools.clock.now()
    if not rang.alerts:
        when = f"fired {rang.window.words}" if rang.window else "fires now"
        words = f"No alert{_of(slots)} {when}."
        return Answer(words, (cards.text(words), _how(rang)), entities=entities)
    shown = rang.alerts[-(slots.last_n or _MOST) :]
    said = [_counted(slots, rang), *gaps(rang.missing)]
    said += [
        f"{one.name} of {one.service} in {one.environment}: {one.summary.rstrip('.')}." for one in shown[-2:]
    ]
    if len(shown) < len(rang.alerts):
        said.append(f"The newest {len(shown)} are shown; name a service, a team or a shorter time for fewer.")
    words = " ".join(said)
    blocks = [cards.text(words), _table(shown, rang, ask.zone, now), _how(rang)]
    entities |= _subject(rang.alerts)
    says = _offers(rang)
    if not says:
        return Answer(words, tuple(blocks), entities=entities)
    blocks.append(cards.choices([(say, say) for say in says]))
    return Answer(words, tuple(blocks), {"missing": "choice", "options": says}, entities=entities)


def _counted(slots: AlertSlots, rang: Rang) -> str:
    count, critical = len(rang.alerts), sum(one.severity == "critical" for one in rang.alerts)
    alerts = "1 alert" if count == 1 else f"{count} alerts"
    of = _of(slots)
    grades = "" if slots.alert_severity else f" ({critical} critical)"
    if rang.window:
        still = sum(one.ended_at is None for one in rang.alerts)
        fires = "none still fires" if not still else f"{still} still {'fires' if still == 1 else 'fire'}"
        return f"{alerts}{of} fired {rang.window.words}{grades}; {fires}."
    quiet = sum(silenced(one, rang.silences) is not None for one in rang.alerts)
    silent = f", {quiet} of them silenced" if quiet else ""
    return f"{alerts}{of} {'fires' if count == 1 else 'fire'} now{grades}{silent}."


def _of(slots: AlertSlots) -> str:
    of = f" of grade {slots.alert_severity}" if slots.alert_severity else ""
    of += f" for {slots.service}" if slots.service else ""
    of += f" of team {slots.team}" if slots.team else ""
    return of + (f" in {slots.environment}" if slots.environment else "")


def silenced(one: Alert, silences: Sequence[Silence]) -> Silence | None:
    """The silence that keeps this alert from paging anybody."""
    return next(
        (
            quiet
            for quiet in silences
            if (quiet.service, quiet.environment) == (one.service, one.environment)
            and quiet.name in (None, one.name)
        ),
        None,
    )


def _table(shown: Sequence[Alert], rang: Rang, zone: str, now: float) -> dict[str, Any]:
    rows = [
        [one.name, one.service, one.environment, one.severity, moment(one.started_at, zone, now),
         _state(one, rang.silences, zone, now), one.summary]
        for one in reversed(shown)
    ]  # fmt: skip
    return cards.table(["alert", "service", "environment", "grade", "since", "state", "what"], rows)


def _state(one: Alert, silences: Sequence[Silence], zone: str, now: float) -> str:
    if one.ended_at is not None:
        return f"ended after {length(one.ended_at - one.started_at)}"
    quiet = silenced(one, silences)
    return f"silenced until {moment(quiet.end, zone, now)}" if quiet else "fires"


def _subject(alerts: Sequence[Alert]) -> dict[str, str]:
    """The service and environment when all alerts are of one."""
    places = {(one.service, one.environment) for one in alerts}
    if len(places) != 1:
        return {}
    service, environment = places.pop()
    return {"service": service, "environment": environment}


def _offers(rang: Rang) -> list[str]:
    firing = [one for one in rang.alerts if one.ended_at is None]
    if not firing:
        return []
    worst = min(firing, key=lambda one: (one.severity != "critical", one.started_at))
    place = f"{worst.service} in {worst.environment}"
    return [f"what is wrong with {place}", f"open an incident for {place}", f"silence {place} for 30 minutes"]


def _how(rang: Rang) -> dict[str, Any]:
    asked = f"alerts that started {rang.window.words}" if rang.window else "alerts that fire now"
    return cards.facts({"How I know": f"{asked}, from the alerts back end"})


def _rules(slots: AlertSlots, rang: Rang, entities: dict[str, Any]) -> Answer:
    count = len(rang.monitors)
    rules = "1 alert rule" if count == 1 else f"{count} alert rules"
    words = f"{rules}{_of(slots)}." if count else f"There is no alert rule{_of(slots)}."
    shown = rang.monitors[: slots.last_n or _MOST]
    if len(shown) < count:
        words += f" The first {len(shown)} are shown; name a service and an environment for fewer."
    rows = [[one.id, one.name, one.service, one.environment, _when(one), one.severity] for one in shown]
    how = cards.facts({"How I know": "every rule of the alerts back end"})
    if not shown:
        return Answer(words, (cards.text(words), how), entities=entities)
    columns = ["id", "rule", "service", "environment", "fires when", "grade"]
    return Answer(words, (cards.text(words), cards.table(columns, rows), how), entities=entities)


def _when(one: Monitor) -> str:
    side = ">" if one.above else "<"
    return f"{one.metric} {one.stat} {side} {one.threshold:g} for {length(one.lasting)}"
