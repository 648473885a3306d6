"""What runs where, since when, and what was changed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from graph import cards
from graph.answers.within import gaps, within
from graph.answers.words import length, moment
from graph.intents.model import Answer, Ask, Slots
from graph.ports import Tools
from graph.understanding import times
from insight.facts import Change, Missing, Release
from integrations.ports import Deployments

_MOST_CHANGES = 10
_WEEK = "-7d"


class DeploySlots(Slots):
    service: str | None = None
    environment: str | None = None
    version: str | None = None
    deployment_id: str | None = None
    last_n: int | None = None
    time_range: str | None = None


@dataclass(frozen=True, slots=True)
class Deployed:
    """Releases by service and environment, and changes newest last."""

    releases: tuple[Release, ...]
    changes: tuple[Change, ...]
    missing: tuple[Missing, ...]
    window: times.Span


async def facts(tools: Tools, ask: Ask) -> Deployed:
    slots: DeploySlots = ask.slots
    now = tools.clock.now()
    window = times.resolve(slots.time_range or _WEEK, now, ask.zone)
    deployments = tools.sources.deployments
    if deployments is None:
        return Deployed((), (), (Missing("deployments", "no deployments back end is configured"),), window)
    environments = [slots.environment] if slots.environment else list(tools.catalogue.environments)
    if slots.service:
        pairs = [(slots.service, environment) for environment in environments]
    elif slots.time_range or slots.last_n or slots.deployment_id or not slots.environment:
        pairs = []
    else:
        pairs = [(service, environments[0]) for service in tools.catalogue.services]
    # the end is a moment later than now: a change of this very second counts
    end = window.end + 1.0 if window.end >= now - 1.0 else window.end
    wanted = deployments.changes(window.start, end, slots.environment)
    changes, releases = await asyncio.gather(
        within("the list of changes", wanted),
        _releases(deployments, pairs),
    )
    missing = [one for one in (changes, *releases) if isinstance(one, Missing)]
    return Deployed(
        tuple(one for one in releases if isinstance(one, Release)),
        _wanted(() if isinstance(changes, Missing) else changes, slots),
        tuple(missing),
        window,
    )


async def _releases(deployments: Deployments, pairs: Sequence[tuple[str, str]]) -> list[Release | Missing]:
    asked = (
        within(f"the release of {name} in {where}", deployments.release(name, where)) for name, where in pairs
    )
    return await asyncio.gather(*asked)


def _wanted(changes: tuple[Change, ...], slots: DeploySlots) -> tuple[Change, ...]:
    found = [
        one
        for one in changes
        if slots.service in (None, one.service) and slots.deployment_id in (None, "last", one.id)
    ]
    return tuple(found[-(slots.last_n or _MOST_CHANGES) :])


def answer(tools: Tools, ask: Ask, deployed: Deployed) -> Answer:
    slots: DeploySlots = ask.slots
    now = tools.clock.now()
    said = [_release(one, now) for one in deployed.releases[:3]] if slots.service else []
    blocks = []
    if deployed.releases:
        columns = ["service", "environment", "version", "before", "since", "replicas", "healthy"]
        blocks.append(cards.table(columns, [_row(one, ask.zone, now) for one in deployed.releases]))
    if not slots.service and deployed.releases:
        said.append(f"{len(deployed.releases)} services in {deployed.releases[0].environment}.")
    if deployed.changes:
        said.append(_changes(deployed, slots, ask.zone, now))
        columns = ["when", "service", "environment", "what", "by"]
        blocks.append(
            cards.table(columns, [_change(one, ask.zone, now) for one in reversed(deployed.changes)])
        )
    elif not deployed.releases or slots.time_range:
        said.append(_nothing(slots, deployed.window.words))
    words = " ".join([*said, *gaps(deployed.missing)])
    entities = {"environment": slots.environment} if slots.environment else {}
    return Answer(words, (cards.text(words), *blocks), entities=entities)


def _release(one: Release, now: float) -> str:
    before = f", before it {one.previous}" if one.previous else ""
    well = "" if one.healthy else ", not healthy"
    return (
        f"{one.service} in {one.environment} runs {one.current} for {length(now - one.since)} "
        f"on {one.replicas} replicas{well}{before}."
    )


def _changes(deployed: Deployed, slots: DeploySlots, zone: str, now: float) -> str:
    last = deployed.changes[-1]
    of = f" of {slots.service}" if slots.service else ""
    counted = "1 change" if len(deployed.changes) == 1 else f"{len(deployed.changes)} changes"
    return (
        f"{counted}{of} {deployed.window.words}, the last at {moment(last.at, zone, now)}: "
        f"{last.summary} ({last.by})."
    )


def _nothing(slots: DeploySlots, when: str) -> str:
    if slots.deployment_id not in (None, "last"):
        return f"I find no change {slots.deployment_id} {when}. Say `list the last 10 deployments` to see their ids."
    of = f" of {slots.service}" if slots.service else ""
    where = f" in {slots.environment}" if slots.environment else ""
    return f"No changes{of}{where} {when}."


def _row(one: Release, zone: str, now: float) -> list[str]:
    since = moment(one.since, zone, now)
    return [
        one.service, one.environment, one.current, one.previous or "-", since, str(one.replicas),
        "yes" if one.healthy else "no",
    ]  # fmt: skip


def _change(one: Change, zone: str, now: float) -> list[str]:
    failed = "" if one.succeeded else " (failed)"
    return [
        moment(one.at, zone, now),
        one.service,
        one.environment,
        f"{one.before} → {one.after}{failed}",
        one.by,
    ]
