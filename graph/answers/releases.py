"""Bringing out a version, or a model with its parameters; canaries; from one environment to the next."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graph.answers import asking
from graph.answers.proposals import lacking, request
from graph.answers.within import absent, within
from graph.answers.words import length, listed
from graph.intents.model import Answer, Ask, Slots
from graph.ports import Tools
from insight.facts import Change, Missing
from runbooks.plan import RunRequest

if TYPE_CHECKING:
    from graph.understanding.entities import Extracted

RELEASE, MODEL, CANARY, PROMOTE = "release-service", "deploy-model", "canary-release", "promote-canary"
_LOOK_BACK = 30 * 86_400.0
_MOST = 4
#: the part of the traffic that a canary gets when nobody says how much
_FIRST_PERCENT = 10
_NEWEST = re.compile(r"\b(?:latest|newest|most recent|current|new)\b")
_BEGINS = re.compile(r"\b(?:start|begin|try|do|launch|gradual\w*|canary release)\b|^(?:please )?canary\b")
_TOWARDS = ("to", "into", "onto", "towards")
_CANARY = re.compile(
    r"\b(?:canary|traffic|requests|users|load|percent|gradual\w*|ramp|blue|green|rollout)\b|%"
)
_PLACE = re.compile(r"(\w+)\s+(?:the\s+|our\s+)?zenv\b")


class StartSlots(Slots):
    service: str | None = None
    environment: str | None = None
    model: str | None = None
    version: str | None = None
    params: Mapping[str, float | int] | None = None


class PromoteSlots(Slots):
    """`source` is the environment whose release goes on to `environment`; `percent` the part that a canary gets."""

    service: str | None = None
    environment: str | None = None
    source: str | None = None
    to: str = "in"
    version: str | None = None
    percent: float | None = None


@dataclass(frozen=True, slots=True)
class Build:
    """A version of a service that ran somewhere, when it last came there, and where."""

    version: str
    at: float
    environment: str


def from_to(text: str, extracted: Extracted) -> dict[str, Any]:
    """`to` (to, or in) says how the environment was named; `source` is the one that a release comes from; `percent` is
    what a canary begins with where nobody says."""
    before, places = _PLACE.findall(extracted.masked), extracted.environments
    found: dict[str, Any] = {"to": "to" if before and before[-1] in _TOWARDS else "in"}
    if len(places) == 2:
        turned = bool(before) and before[0] in _TOWARDS
        source, target = (places[1], places[0]) if turned else (places[0], places[1])
        found |= {"to": "to", "source": source, "environment": target}
    if _BEGINS.search(text.lower()) and not {"percent", "source"} & {*extracted.found, *found}:
        found["percent"] = _FIRST_PERCENT
    return found


async def start(tools: Tools, ask: Ask) -> RunRequest | Answer:
    slots: StartSlots = ask.slots
    if slots.model is not None or slots.params:
        return _variant(tools, ask, slots)
    if RELEASE not in tools.library.by_id:
        return lacking(RELEASE, "release a version")
    if slots.service is None:
        return _which_service(tools, ask, "deploy.start", tuple(tools.catalogue.services))
    return await _release(tools, ask, slots.service, str(slots.environment), slots.version)


def _which_service(tools: Tools, ask: Ask, intent: str, names: Sequence[str]) -> Answer:
    words = f"Which service? {'One of' if len(names) < 6 else 'There are'}: {', '.join(names)}."
    return asking.which("service", intent, dict(ask.reading.entities), names, words)


def _variant(tools: Tools, ask: Ask, slots: StartSlots) -> RunRequest | Answer:
    """A model with its parameters on a service that can serve it."""
    if MODEL not in tools.library.by_id:
        return lacking(MODEL, "deploy a model")
    users = [name for name, one in tools.catalogue.services.items() if slots.model in one.models]
    service = slots.service or (users[0] if len(users) == 1 else None)
    if service is None:
        serving = users or [name for name, one in tools.catalogue.services.items() if one.models]
        return _which_service(tools, ask, "deploy.start", serving)
    models = tools.catalogue.services[service].models
    model = slots.model or (models[0] if len(models) == 1 else None)
    if model is None:
        words = (
            f"Which model of {service}?"
            if models
            else f"{service} serves no model that I know of. Which one?"
        )
        return asking.which("model", "deploy.start", dict(ask.reading.entities), models, words)
    given: dict[str, Any] = {"service": service, "environment": slots.environment, "model": model}
    return _variant_request(tools, ask, given, slots)


def _variant_request(tools: Tools, ask: Ask, given: dict[str, Any], slots: StartSlots) -> RunRequest | Answer:
    """Each parameter as the input of its name, or all in one where the runbook takes them so."""
    declared, params = tools.library.get(MODEL).model.inputs, dict(slots.params or {})
    if slots.version is not None and "version" in declared:
        given["version"] = slots.version
    if "params" in declared and params:
        given["params"] = " ".join(f"{name}={value:g}" for name, value in sorted(params.items()))
        return request(ask, MODEL, given)
    strange = [name for name in params if name not in declared]
    if strange:
        known = [name for name in declared if name not in ("service", "environment", "model", "version")]
        return asking.question(
            f"{MODEL} has no parameter {listed(strange, 'or')}. It takes: {listed(known) or 'none'}."
        )
    return request(ask, MODEL, given | params)


async def _release(
    tools: Tools, ask: Ask, service: str, environment: str, version: str | None
) -> RunRequest | Answer:
    """A version of a service; the newest one where that was said; else one of those that ran elsewhere."""
    builds = await builds_of(tools, service)
    if isinstance(builds, Missing):
        if version is None:
            return asking.question(f"I could not get {builds.what}: {builds.why}. Say which version.")
        return request(ask, RELEASE, _inputs(service, environment, version))
    known = {one.version for one in builds}
    if version is not None:
        wanted = next(
            (one for one in (version, version.removeprefix("v"), f"v{version}") if one in known), None
        )
        near = [one for one in known if one.startswith(f"{version.removeprefix('v')}.")]
        wanted = wanted or (near[0] if len(near) == 1 else version)
        return request(ask, RELEASE, _inputs(service, environment, wanted))
    running = next((one.version for one in builds if one.environment == environment), None)
    others = [one for one in builds if one.version != running]
    if _NEWEST.search(ask.message.text.lower()) and builds:
        if builds[0].version == running:
            words = f"{service} in {environment} runs its newest version already: {running}. Nothing is to be done."
            return asking.question(words)
        return request(ask, RELEASE, _inputs(service, environment, builds[0].version))
    return _which_version(tools, service, environment, others, running)


def _which_version(
    tools: Tools, service: str, environment: str, builds: Sequence[Build], running: str | None
) -> Answer:
    seen: set[str] = set()
    options: list[tuple[str, str]] = []
    for one in builds:
        if one.version not in seen and len(options) < _MOST:
            seen.add(one.version)
            ago = length(tools.clock.now() - one.at)
            say = f"deploy {service} version {one.version} to {environment}"
            options.append((f"{one.version}, in {one.environment} for {ago}", say))
    now = f" It runs {running}." if running else ""
    words = f"Which version of {service} for {environment}?{now}"
    if not options:
        words += " I know of no other one that was deployed in the last 30 days; say its number."
    return asking.question(words, options)


async def builds_of(tools: Tools, service: str) -> list[Build] | Missing:
    """What was deployed successfully anywhere in 30 days, the newest first."""
    if tools.sources.deployments is None:
        return absent("deployments", "deployments")
    now = tools.clock.now()
    changes = await within(
        f"the versions of {service}", tools.sources.deployments.changes(now - _LOOK_BACK, now + 1.0)
    )
    return changes if isinstance(changes, Missing) else _built(changes, service)


def _built(changes: Sequence[Change], service: str) -> list[Build]:
    """Newest by when a version first came out, so that a return to an old one does not make it new."""
    first: dict[str, float] = {}
    mine = [one for one in changes if one.kind == "deployment" and one.service == service and one.succeeded]
    for one in mine:
        first.setdefault(one.before, one.at - _LOOK_BACK)
        first.setdefault(one.after, one.at)
    last = {one.environment: one for one in mine}
    found = [Build(one.after, one.at, one.environment) for one in last.values()]
    gone = [
        Build(one.after, one.at, one.environment)
        for one in mine
        if one.after not in {each.after for each in last.values()}
    ]
    return sorted([*found, *gone], key=lambda one: -first[one.version])


def _inputs(service: str, environment: str, version: str) -> dict[str, Any]:
    return {"service": service, "environment": environment, "version": version}


async def promote(tools: Tools, ask: Ask) -> RunRequest | Answer:
    """From environment to environment, a canary's beginning or next share, or all of the traffic for it."""
    slots: PromoteSlots = ask.slots
    canary = slots.percent is not None or _CANARY.search(ask.message.text.lower()) is not None
    if slots.source is not None or (slots.environment is not None and slots.to == "to" and not canary):
        return await _onward(tools, ask, slots)
    if slots.environment is None:
        entities = dict(ask.reading.entities)
        words = f"In which environment is the canary of {slots.service}?"
        return asking.which(
            "environment", "deploy.promote", entities, tuple(tools.catalogue.environments), words
        )
    given: dict[str, Any] = {"service": slots.service, "environment": slots.environment}
    if slots.percent is None or slots.percent >= 100:
        if PROMOTE not in tools.library.by_id:
            return lacking(PROMOTE, "promote a canary")
        return request(ask, PROMOTE, given)
    if CANARY not in tools.library.by_id:
        return lacking(CANARY, "start a canary")
    if slots.version is not None:
        given["version"] = slots.version
    return request(ask, CANARY, given | {"percent": slots.percent})


async def _onward(tools: Tools, ask: Ask, slots: PromoteSlots) -> RunRequest | Answer:
    """What runs in the environment before this one is released into it."""
    if RELEASE not in tools.library.by_id:
        return lacking(RELEASE, "release a version")
    service, target = str(slots.service), str(slots.environment)
    source = slots.source or _before(tuple(tools.catalogue.environments), target)
    if source is None or source == target:
        return asking.question(f"From which environment? {target} is the first one that a release comes to.")
    if slots.version is not None:
        return await _release(tools, ask, service, target, slots.version)
    if tools.sources.deployments is None:
        gap = absent("deployments", "deployments")
        return asking.question(f"I could not get {gap.what}: {gap.why}. Say which version.")
    there = await within(f"the release in {source}", tools.sources.deployments.release(service, source))
    here = await within(f"the release in {target}", tools.sources.deployments.release(service, target))
    if isinstance(there, Missing):
        return asking.question(f"I could not get {there.what}: {there.why}. Say which version.")
    if not isinstance(here, Missing) and here.current == there.current:
        words = f"{service} runs {there.current} in both {source} and {target}. Nothing is to be done."
        return asking.question(words)
    return request(ask, RELEASE, _inputs(service, target, there.current))


def _before(environments: Sequence[str], target: str) -> str | None:
    """Environments are listed from the one that users see down: a release comes the other way."""
    place = environments.index(target) + 1
    return environments[place] if place < len(environments) else None
