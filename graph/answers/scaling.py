"""More or fewer replicas, and restarts: the request that the words make, within what the service may have."""

from __future__ import annotations

from typing import Any

from graph.answers import asking
from graph.answers.proposals import lacking, request
from graph.answers.within import absent, within
from graph.intents.model import Answer, Ask, Slots
from graph.ports import Tools
from graph.understanding.quantities import resolve_replicas
from insight.facts import Capacity, Missing
from runbooks.plan import RunRequest

SCALE, RESTART = "scale-service", "restart-service"


class ScaleSlots(Slots):
    """`replicas` is a symbol: 6, +3, -2, *2. `bound` says that the autoscaler's limit was meant."""

    service: str | None = None
    environment: str | None = None
    replicas: str | None = None
    bound: str | None = None


class RestartSlots(Slots):
    service: str | None = None
    environment: str | None = None


async def restart(tools: Tools, ask: Ask) -> RunRequest | Answer:
    slots: RestartSlots = ask.slots
    if RESTART not in tools.library.by_id:
        return lacking(RESTART, "restart a service")
    return request(ask, RESTART, {"service": slots.service, "environment": slots.environment})


async def scale(tools: Tools, ask: Ask) -> RunRequest | Answer:
    """Relative words are resolved against what runs now; what lies outside the limits is refused with the nearest."""
    slots: ScaleSlots = ask.slots
    service, environment = str(slots.service), str(slots.environment)
    if SCALE not in tools.library.by_id:
        return lacking(SCALE, "scale a service")
    now = await capacity_of(tools, service, environment)
    if isinstance(now, Missing):
        return _unseen(ask, slots, now)
    if slots.bound is not None:
        return _limits(ask, now, slots.bound)
    if slots.replicas is None:
        return _how_many(ask, now)
    wanted = resolve_replicas(slots.replicas, now.replicas)
    if not now.minimum <= wanted <= now.maximum:
        return _outside(now, wanted)
    if wanted == now.replicas:
        return asking.question(
            f"{service} in {environment} runs on {now.replicas} replicas already. Nothing is to be done."
        )
    return request(ask, SCALE, _inputs(service, environment, wanted))


async def capacity_of(tools: Tools, service: str, environment: str) -> Capacity | Missing:
    if tools.sources.capacities is None:
        return absent("capacity", "capacity")
    found = await within(
        f"the replicas of {service} in {environment}", tools.sources.capacities.capacity(environment)
    )
    if isinstance(found, Missing):
        return found
    mine = [one for one in found if one.service == service]
    return mine[0] if mine else Missing(f"the replicas of {service}", f"it has none in {environment}")


def _inputs(service: str, environment: str, replicas: int) -> dict[str, Any]:
    return {"service": service, "environment": environment, "replicas": replicas}


def _unseen(ask: Ask, slots: ScaleSlots, why: Missing) -> RunRequest | Answer:
    """Without knowing what runs only a plain number can be asked for; the plan shows what it changes."""
    if slots.bound is None and slots.replicas is not None and slots.replicas.isdigit():
        return request(ask, SCALE, _inputs(str(slots.service), str(slots.environment), int(slots.replicas)))
    return asking.question(
        f"I could not get {why.what}: {why.why}. So I cannot tell how many replicas that would be: say the number, "
        f"for example `scale {slots.service} in {slots.environment} to 4 replicas`."
    )


def _limits(ask: Ask, now: Capacity, bound: str) -> Answer:
    return asking.question(
        f"I can change how many replicas run, not the {bound} that the autoscaler keeps to. {now.service} in "
        f"{now.environment} runs on {now.replicas} replicas and may have {now.minimum} to {now.maximum}."
    )


def _how_many(ask: Ask, now: Capacity) -> Answer:
    words = (
        f"To how many replicas? {now.service} in {now.environment} runs on {now.replicas} and may have {now.minimum} "
        f"to {now.maximum}. Say a number, `+2`, or `double`."
    )
    return asking.which("replicas", "service.scale", dict(ask.reading.entities), (), words)


def _outside(now: Capacity, wanted: int) -> Answer:
    nearest = min(max(wanted, now.minimum), now.maximum)
    words = (
        f"{wanted} replicas are outside what {now.service} in {now.environment} may have: {now.minimum} to "
        f"{now.maximum}. It runs on {now.replicas}."
    )
    if nearest == now.replicas:
        return asking.question(words)
    say = f"scale {now.service} in {now.environment} to {nearest} replicas"
    return asking.question(words, [(say, say)])
