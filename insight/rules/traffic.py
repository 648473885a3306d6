"""More requests than a service can bear."""

from __future__ import annotations

from insight.evidence import Cause
from insight.rules.weighing import (
    FULL,
    Weighing,
    minutes,
    more_requests,
    scaling,
    sick_earlier,
    weigh_provider,
)
from insight.signs import OUT_OF_MEMORY, QUEUE_FULL, WORN_INDEX
from insight.symptoms import Picture

#: how far apart the rise of the requests and the first symptom may lie, seconds
_TOGETHER = 240.0


def traffic_rule(picture: Picture) -> tuple[Cause, ...]:
    """A saturated service that gets many more requests than usual, itself or through those that call it."""
    causes = []
    for service in picture.symptoms:
        risen = more_requests(picture, service)
        if risen is None:
            continue
        weighed = Weighing()
        if not weigh_saturation(picture, service, weighed):
            continue
        entry, times = risen
        weighed.add(0.3, f"{entry} gets {times:.1f} times its usual requests")
        began, since = picture.moved(entry, "throughput"), picture.since(service)
        if began is not None and since is not None and abs(began - since) <= _TOGETHER:
            weighed.add(0.15, f"they rose within {minutes(abs(began - since))} of the first symptom")
        if picture.telling(service, OUT_OF_MEMORY) is not None:
            weighed.add(-0.2, f"{service} runs out of memory")
        if (index := picture.telling(service, WORN_INDEX)) is not None:
            weighed.add(-0.25, f"{index.count} lines such as: {index.words}")
        weigh_provider(picture, service, weighed, -0.2)
        summary = f"{times:.1f} times the usual requests reach {entry}"
        if service in picture.calls.get(entry, ()):
            summary += f", more than {service}, which it calls, can bear"
        else:
            summary += f", more than {'it' if entry == service else service} can bear"
        explains = tuple(dict.fromkeys((*picture.sick_with(service), *picture.sick_with(entry))))
        causes.append(
            weighed.cause("traffic", service, summary, scaling(picture, service, max(1.5, times)), explains)
        )
    return tuple(causes)


def weigh_saturation(picture: Picture, service: str, weighed: Weighing) -> bool:
    """Whether the service looks as if it had more work than workers, and by what."""
    full, queue = picture.now(service, "saturation"), picture.ratio(service, "queue_depth")
    lines = picture.telling(service, QUEUE_FULL)
    if full is not None and full >= FULL:
        weighed.add(0.3, f"{service} is at {full:.0%} of what it can bear")
    elif full is None and picture.has(service, "saturation"):
        weighed.add(0.3, f"an alert says that {service} is saturated")
    elif full is not None:
        if lines is None:
            return False
        weighed.add(-0.25, f"{service} is at {full:.0%} of what it can bear")
    if queue is not None and queue >= 5.0:
        weighed.add(0.1, f"the queue of {service} is {queue:.1f} times as long as usual")
    if lines is not None:
        weighed.add(0.15 if lines.count >= 3 else 0.1, f"{lines.count} lines such as: {lines.words}")
    full_below = [
        name for name in sick_earlier(picture, service) if (picture.now(name, "saturation") or 0.0) >= FULL
    ]
    if full_below:
        weighed.add(-0.4, f"{', '.join(full_below)}, which {service} calls, cannot bear it first")
    return bool(weighed.pro)
