"""A service is slow by itself, and those that call it wait."""

from __future__ import annotations

from insight.evidence import Cause, Remedy
from insight.rules.neighbour import neighbour_rule
from insight.rules.weighing import FULL, MORE, Weighing, just_changed, minutes, sick_earlier, weigh_provider
from insight.signs import (
    BAD_CERTIFICATE,
    COLD_CACHE,
    OUT_OF_MEMORY,
    QUEUE_FULL,
    STARVED,
    STUCK,
    WORN_INDEX,
)
from insight.symptoms import Picture

#: the error rate from which a service fails rather than being slow
_FAILS = 0.03
_SLOW = ("latency", "ttft", "queue_depth")
#: lines that say that something else is the matter
_OTHERWISE = (OUT_OF_MEMORY, BAD_CERTIFICATE, QUEUE_FULL, WORN_INDEX, STARVED)


def dependency_rule(picture: Picture) -> tuple[Cause, ...]:
    """A slow service below which all is well, that fails little, was not changed and has room left."""
    causes = []
    for service in picture.symptoms:
        if not picture.has(service, *_SLOW) or sick_earlier(picture, service):
            continue
        weighed = _weigh(picture, service)
        inputs = {"service": service, "environment": picture.evidence.environment}
        cache = picture.telling(service, COLD_CACHE)
        causes.append(
            weighed.cause(
                "dependency",
                service,
                f"{service} is slow by itself" + (": it reads past its cache" if cache else ""),
                Remedy("cache-flush" if cache else "restart-service", inputs),
                picture.sick_with(service),
            )
        )
    return tuple(causes)


def _weigh(picture: Picture, service: str) -> Weighing:
    weighed = Weighing()
    slow = picture.has(service, "latency", "ttft")
    words = "slow" if slow else "behind with its queue"
    weighed.add(0.25 if slow else 0.15, f"{service} is {words}, and nothing that it calls is in trouble")
    if callers := picture.sick_above(service):
        weighed.add(0.15, f"{', '.join(callers)}, which {_call(callers)} it, suffered with it")
    stuck = picture.telling(service, STUCK) or picture.telling(service, COLD_CACHE)
    if stuck is not None:
        weighed.add(0.3, f"{stuck.count} lines such as: {stuck.words}")
    errors = picture.now(service, "error_rate")
    if errors is not None and errors < _FAILS:
        weighed.add(0.1, f"it fails {errors:.1%} of its requests, so it is slow rather than broken")
    elif errors is not None:
        weighed.add(-0.4, f"it fails {errors:.1%} of its requests")
    _weigh_otherwise(picture, service, weighed)
    return weighed


def _weigh_otherwise(picture: Picture, service: str, weighed: Weighing) -> None:
    """What else would explain it."""
    full, requests = picture.now(service, "saturation"), picture.ratio(service, "throughput")
    if (full is not None and full >= FULL) or (full is None and picture.has(service, "saturation")):
        weighed.add(-0.4, f"{service} is at the end of what it can bear")
    elif full is not None:
        weighed.add(0.1, f"it is at {full:.0%} of what it can bear")
    if requests is not None and requests >= MORE:
        weighed.add(-0.3, f"it gets {requests:.1f} times its usual requests")
    change = just_changed(picture, service, "deployment", "config", "prompt")
    if change is not None:
        since = picture.since(service) or picture.at
        weight = -0.45 if change.kind == "deployment" else -0.15
        weighed.add(weight, f"{minutes(since - change.at)} before: {change.summary}")
    elif picture.since(service) is not None:
        weighed.add(0.1, "nothing of it was changed in the quarter of an hour before")
    for sign in _OTHERWISE:
        if (lines := picture.telling(service, sign)) is not None:
            weighed.add(-0.3, f"{lines.count} lines such as: {lines.words}")
    for cause in neighbour_rule(picture):
        if service in cause.explains and cause.score >= 0.3:
            weighed.add(-0.3, cause.summary)
    if picture.has(service, "eval_score"):
        weighed.add(-0.2, f"the answers of {service} became worse, not only slower")
    weigh_provider(picture, service, weighed)


def _call(names: tuple[str, ...]) -> str:
    return "calls" if len(names) == 1 else "call"
