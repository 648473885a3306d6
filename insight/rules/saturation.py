"""A service that cannot bear its usual work any more."""

from __future__ import annotations

from insight.evidence import Cause, Remedy
from insight.rules.traffic import weigh_saturation
from insight.rules.weighing import (
    Weighing,
    just_changed,
    minutes,
    more_requests,
    scaling,
    weigh_below,
    weigh_provider,
)
from insight.signs import ACCELERATOR, OUT_OF_MEMORY, WORN_INDEX
from insight.symptoms import Picture


def saturation_rule(picture: Picture) -> tuple[Cause, ...]:
    """A service at the end of its capacity though it gets no more requests than usual."""
    causes = []
    for service in picture.symptoms:
        weighed = Weighing()
        if not weigh_saturation(picture, service, weighed):
            continue
        index = picture.telling(service, WORN_INDEX)
        if index is not None:
            weighed.add(0.35 if index.count >= 3 else 0.2, f"{index.count} lines such as: {index.words}")
        if (risen := more_requests(picture, service)) is not None:
            weighed.add(-0.5, f"{risen[0]} gets {risen[1]:.1f} times its usual requests")
        elif (usual := picture.ratio(service, "throughput")) is not None:
            weighed.add(0.15, f"it gets {usual:.1f} times its usual requests")
        if (change := just_changed(picture, service, "deployment")) is not None:
            since = picture.since(service) or picture.at
            weighed.add(-0.3, f"{change.after} was released {minutes(since - change.at)} before")
        memory = picture.telling(service, OUT_OF_MEMORY)
        if memory is not None and picture.telling(service, ACCELERATOR) is not None:
            weighed.add(-0.3, f"{service} runs out of memory")
        weigh_below(picture, service, weighed, well=0.1, sick=-0.3)
        weigh_provider(picture, service, weighed)
        inputs = {"service": service, "environment": picture.evidence.environment}
        remedy = Remedy("reindex-vectors", inputs) if index else scaling(picture, service, 1.5)
        why = "its index is worn" if index else "it does less than it did"
        causes.append(
            weighed.cause(
                "saturation",
                service,
                f"{service} is saturated by its usual requests: {why}",
                remedy,
                picture.sick_with(service),
            )
        )
    return tuple(causes)
