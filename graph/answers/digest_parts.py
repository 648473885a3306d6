"""The parts of a digest: each asks a port or the ledger, says what it found, and by which query."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from graph import cards
from graph.answers import report, scheduling
from graph.answers.incidents import line as incident_line
from graph.answers.within import within
from graph.answers.words import amount, change, length, listed, metric_words, moment
from graph.intents.model import Ask
from graph.message import Block
from graph.ports import Tools
from insight.facts import Alert, Change, Incident, MetricSeries, Missing, Shift, Stat
from store import approvals, ledger
from store.records import Approval, Run

DAY = 86_400.0
_MOST, _MOST_SERVICES, _MOST_ROWS = 6, 12, 8
_HOUR = 3600.0
_FIGURES: tuple[tuple[str, Stat], ...] = (("error_rate", "mean"), ("latency", "p95"))
_OPEN_RUNS = ("waiting", "queued", "running", "paused", "undoing", "unknown")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a digest is about: services (of a team), one environment, and the seconds that it looks back."""

    services: frozenset[str]
    environment: str
    back: float
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """`short` goes into the first sentence, empty for nothing worth it; `words` say all; `query` is how anyone can see
    the same."""

    title: str
    words: str
    query: str
    short: str = ""
    blocks: tuple[Block, ...] = field(default=())


Make = Callable[[Tools, Ask, Scope], Awaitable[Part]]


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number or 'no'} {one if number == 1 else many or one + 's'}"


def _gone(title: str, missing: Missing) -> Part:
    return Part(title, f"Not known: {missing.why}", "nothing could be asked", f"{title.lower()} not known")


def _absent(title: str) -> Part:
    return Part(title, "No back end for this is set up.", "nothing could be asked")


async def alerts(tools: Tools, ask: Ask, scope: Scope) -> Part:
    """What fires now."""
    title, port, now = "Alerts", tools.sources.alerts, tools.clock.now()
    if port is None:
        return _absent(title)
    found = await within("the alerts", port.firing())
    if isinstance(found, Missing):
        return _gone(title, found)
    mine = [one for one in found if one.service in scope.services]
    query = f"alerts firing now: {len(mine)} of {len(found)} are of these services"
    if not mine:
        return Part(title, "No alert fires.", query, "no alert fires")
    rows = [_alert(one, now) for one in mine[:_MOST]]
    words = f"{_count(len(mine), 'alert')} {'fires' if len(mine) == 1 else 'fire'}: " + "; ".join(
        f"{one.name} of {one.service}" for one in mine[:3]
    )
    table = cards.table(["alert", "service", "severity", "for"], rows)
    fires = "fires" if len(mine) == 1 else "fire"
    return Part(title, f"{words}.", query, f"{_count(len(mine), 'alert')} {fires}", (table,))


def _alert(one: Alert, now: float) -> list[str]:
    return [one.name, f"{one.service} in {one.environment}", one.severity, length(now - one.started_at)]


async def incidents(tools: Tools, ask: Ask, scope: Scope) -> Part:
    """What is open."""
    title, port, now = "Incidents", tools.sources.incidents, tools.clock.now()
    if port is None:
        return _absent(title)
    found = await within("the incidents", port.open_incidents())
    if isinstance(found, Missing):
        return _gone(title, found)
    mine = sorted((one for one in found if one.service in scope.services), key=lambda one: one.opened_at)
    query = f"incidents open now: {len(mine)}"
    if not mine:
        return Part(title, "No incident is open.", query, "no incident is open")
    words = " ".join(incident_line(tools, one) for one in mine[:_MOST])
    rows = [_incident(tools, one, now) for one in mine[:_MOST]]
    table = cards.table(["id", "severity", "service", "status", "open for", "who"], rows)
    short = f"{_count(len(mine), 'incident')} {'is' if len(mine) == 1 else 'are'} open"
    return Part(title, words, query, short, (table,))


def _incident(tools: Tools, one: Incident, now: float) -> list[str]:
    person = tools.people.get(one.assignee or "")
    who = person.name if person else one.assignee or "nobody"
    return [one.id, one.severity, one.service, one.status, length(now - one.opened_at), who]


async def changes(tools: Tools, ask: Ask, scope: Scope) -> Part:
    """What was deployed and configured in the time that is looked back on."""
    title, port, now = "Changes", tools.sources.deployments, tools.clock.now()
    if port is None:
        return _absent(title)
    start = now - scope.back
    found = await within("the changes", port.changes(start, now + 1.0, scope.environment))
    if isinstance(found, Missing):
        return _gone(title, found)
    mine = [one for one in found if one.service in scope.services]
    query = f"changes[{start:.0f}..{now:.0f}] in {scope.environment}: {len(mine)}"
    over = length(scope.back)
    if not mine:
        return Part(title, f"Nothing was changed in {scope.environment} in {over}.", query, "no change")
    kinds = Counter("deployment" if one.kind == "deployment" else "configuration change" for one in mine)
    words = listed([_count(number, kind) for kind, number in kinds.items()]) + f" in {over}"
    failed = [one for one in mine if not one.succeeded]
    words += f", {len(failed)} of them failed" if failed else ""
    rows = [_change(one, ask.zone, now) for one in reversed(mine[-_MOST:])]
    table = cards.table(["when", "service", "what", "by"], rows)
    return Part(title, f"{words}.", query, _count(len(mine), "change") + f" in {over}", (table,))


def _change(one: Change, zone: str, now: float) -> list[str]:
    what = f"{one.before} → {one.after}" if one.kind == "deployment" else one.summary
    return [moment(one.at, zone, now), one.service, what + ("" if one.succeeded else " (failed)"), one.by]


async def work(tools: Tools, ask: Ask, scope: Scope) -> Part:
    """Runs of the time looked back on and what waits for people, from our own ledger."""
    now = tools.clock.now()
    start = now - scope.back

    def read(conn: Connection) -> tuple[list[Run], list[Approval]]:
        return ledger.list_runs(conn, limit=200), approvals.pending(conn)

    every, waiting = await tools.database.read(read)
    runs = [one for one in every if one.created_at >= start or one.status in _OPEN_RUNS]
    open_ = [one for one in waiting if one.expires_at > now]
    states = Counter(one.status for one in runs)
    over = length(scope.back)
    words = f"{_count(len(runs), 'run')} in {over} or still going on"
    if runs:
        words += ": " + listed([f"{number} {state.replace('_', ' ')}" for state, number in states.items()])
    words += f"; {_count(len(open_), 'approval')} {'waits' if len(open_) == 1 else 'wait'}"
    query = f"ledger: runs since {start:.0f} or open: {len(runs)}; approvals pending: {len(open_)}"
    rows = [
        [one.id, f"{one.runbook} in {one.environment}", one.requester, f"{length(one.expires_at - now)} left"]
        for one in open_[:_MOST]
    ]
    unknown = [one for one in runs if one.status in ("unknown", "paused")]
    rows += [
        [one.id, f"{one.runbook} in {one.environment}", one.requester, one.status] for one in unknown[:_MOST]
    ]
    table = (cards.table(["waits", "what", "asked by", "state"], rows),) if rows else ()
    short = f"{_count(len(open_), 'approval')} {'waits' if len(open_) == 1 else 'wait'}" if open_ else ""
    return Part("Runs and approvals", f"{words}.", query, short, table)


async def rota(tools: Tools, ask: Ask, scope: Scope) -> Part:
    """Who is on call, and who is next."""
    title, port, now = "On call", tools.sources.on_call, tools.clock.now()
    if port is None:
        return _absent(title)
    found = await within("the rota", port.shifts(now, now + 8 * DAY))
    if isinstance(found, Missing):
        return _gone(title, found)
    firsts = [one for one in found if one.level == 1 and scope.team in (None, one.team)]
    rows: list[list[str]] = []
    said: list[str] = []
    own = ask.message.person.teams if ask.message.person is not None else frozenset[str]()
    teams = {one.team for one in firsts if one.team in own} or {one.team for one in firsts}
    for team in dict.fromkeys(one.team for one in firsts):
        shifts = sorted((one for one in firsts if one.team == team), key=lambda one: one.start)
        present = next((one for one in shifts if one.start <= now < one.end), None)
        coming = next((one for one in shifts if one.start > now), None)
        rows.append([team, _who(tools, present), _until(present, ask.zone, now), _who(tools, coming)])
        if coming is not None and team in teams:
            said.append(f"{_who(tools, coming)} ({team}) from {moment(coming.start, ask.zone, now)}")
    words = f"Next on call: {'; '.join(said[:4])}." if said else "Nobody is on the rota."
    table = cards.table(["team", "on call now", "until", "then"], rows)
    return Part(title, words, f"on-call shifts[{now:.0f}..{now + 8 * DAY:.0f}]: {len(firsts)}", "", (table,))


def _who(tools: Tools, shift: Shift | None) -> str:
    person = tools.people.get(shift.person) if shift else None
    return person.name if person else shift.person if shift else "nobody"


def _until(shift: Shift | None, zone: str, now: float) -> str:
    return moment(shift.end, zone, now) if shift else "-"


async def services(tools: Tools, ask: Ask, scope: Scope) -> Part:
    """Errors and latency, the last hour against the same hour the day before; what is worse comes first."""
    title, port, now = "Services", tools.sources.metrics, tools.clock.now()
    if port is None:
        return _absent(title)
    names = [*tools.catalogue.user_facing, *tools.catalogue.services]
    mine = [name for name in dict.fromkeys(names) if name in scope.services][:_MOST_SERVICES]

    async def figures(name: str, metric: str, stat: Stat) -> _Figure:
        shape = (name, scope.environment, metric, stat)
        here = await port.series(*shape, now - _HOUR, now, _HOUR / 12)
        before = await port.series(*shape, now - _HOUR - DAY, now - DAY, _HOUR / 12)
        return _Figure(name, metric_words(metric, stat), here.unit, _mean(here), _mean(before), here.query)

    asked = [(name, metric, stat) for name in mine for metric, stat in _FIGURES]
    got = await asyncio.gather(*(within(f"{one[1]} of {one[0]}", figures(*one)) for one in asked))
    found = [one for one in got if isinstance(one, _Figure)]
    lost = [one.what for one in got if isinstance(one, Missing)]
    worse = [one for one in found if one.worse]
    rows = [one.row() for one in sorted(found, key=lambda one: not one.worse)[:_MOST_ROWS]]
    said = listed([f"{one.name} of {one.service}" for one in worse[:4]])
    words = f"Worse than yesterday: {said}." if worse else "Errors and latency are as yesterday."
    words += f" Not known: {listed(lost[:3])}." if lost else ""
    table = cards.table(["service", "metric", "last hour", "same hour yesterday"], rows)
    queries = "; ".join(one.query for one in sorted(found, key=lambda one: not one.worse)[:_MOST_ROWS])
    short = f"{_count(len(worse), 'figure')} {'is' if len(worse) == 1 else 'are'} worse than yesterday"
    return Part(title, words, queries or "nothing could be asked", short if worse else "", (table,))


@dataclass(frozen=True, slots=True)
class _Figure:
    """One metric of one service, the mean of the last hour and of that hour a day before."""

    service: str
    name: str
    unit: str
    here: float | None
    before: float | None
    query: str

    @property
    def worse(self) -> bool:
        return self.here is not None and bool(self.before) and self.here > 1.5 * (self.before or 0.0)

    def row(self) -> list[str]:
        if self.here is None:
            return [self.service, self.name, "not known", "-"]
        moved = (
            "-"
            if self.before is None
            else f"{amount(self.before, self.unit)} ({change(self.here, self.before)})"
        )
        return [self.service, self.name, amount(self.here, self.unit), moved]


def _mean(series: MetricSeries) -> float | None:
    return sum(point.value for point in series.points) / len(series.points) if series.points else None


async def ahead(tools: Tools, ask: Ask, scope: Scope) -> Part:
    """What happens by itself in the next day."""
    now, person = tools.clock.now(), ask.message.person
    if person is None:
        return Part("Ahead", "Nothing is scheduled that you may see.", "schedules: none")
    found = await tools.schedules.every(person)
    due = sorted(
        (
            one
            for one in found
            if one.status == "active" and one.next_at is not None and one.next_at < now + DAY
        ),
        key=lambda one: one.next_at or 0.0,
    )
    said = [f"{moment(one.next_at or now, ask.zone, now)} {scheduling.said_of(one)}" for one in due[:4]]
    words = (
        f"By itself within a day: {'; '.join(said)}." if said else "Nothing happens by itself within a day."
    )
    return Part("Ahead", words, f"schedules due before {now + DAY:.0f}: {len(due)}")


def chapter(name: str, window: str, **fixed: Any) -> Make:
    """A chapter of a report (graph/answers/report.py) as a part."""

    async def part(tools: Tools, ask: Ask, scope: Scope) -> Part:
        made = report.CHAPTERS[name]
        given: dict[str, Any] = {
            "environment": scope.environment,
            "team": scope.team,
            **(made.fixed or {}),
            **fixed,
        }
        if made.timed:
            given["time_range"] = window
        kept = {key: value for key, value in given.items() if value is not None}
        then = replace(ask, slots=made.slots.model_validate(kept))
        answer = made.answer(tools, then, await made.facts(tools, then))
        known = [block["facts"][0][1] for block in answer.blocks if _is_source(block)]
        shown = [block for block in answer.blocks[1:] if block["type"] in ("table", "chart")]
        words = answer.text.split("\n", 1)[0]
        return Part(made.title, words, "; ".join(known) or "nothing could be asked", "", tuple(shown[:2]))

    return part


def _is_source(block: Mapping[str, Any]) -> bool:
    return block["type"] == "facts" and [pair[0] for pair in block["facts"]] == ["How I know"]


def sources(parts: Sequence[Part]) -> Block:
    """Each part with its query."""
    return cards.facts({one.title: one.query for one in parts}, "How I know")
