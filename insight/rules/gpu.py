"""Accelerators ran out of memory."""

from __future__ import annotations

import re

from insight.evidence import Cause, Remedy
from insight.facts import Change
from insight.rules.weighing import Weighing, just_changed, minutes, weigh_below
from insight.signs import ACCELERATOR, OUT_OF_MEMORY
from insight.symptoms import Picture

#: the part of its memory from which a service is held to be out of it
_FULL = 0.93
#: how long a raised limit may take to fill the memory, seconds
_FILLS = 1800.0
#: settings that decide how much memory a request takes on an accelerator
_LIMITS = re.compile(
    r"context|max_model_len|batch|num_seqs|kv|cache_dtype|gpu_memory|max_tokens", re.IGNORECASE
)


def gpu_rule(picture: Picture) -> tuple[Cause, ...]:
    """A sick service whose memory is full and whose lines say that an accelerator had none left."""
    causes = []
    for service in picture.symptoms:
        weighed = Weighing()
        change = _weigh(picture, service, weighed)
        if weighed.score <= 0:
            continue
        inputs: dict[str, object] = {"service": service, "environment": picture.evidence.environment}
        if change is not None:
            name, _, value = change.before.partition("=")
            inputs |= {name: int(value)} if value.isdigit() else {}
        summary = f"the accelerators of {service} run out of memory"
        if change is not None:
            summary += f" since {change.after} (before: {change.before})"
        remedy = Remedy("gpu-oom-recovery", inputs)
        causes.append(
            weighed.cause("gpu_memory", service, summary, remedy, picture.sick_with(service), change)
        )
    return tuple(causes)


def _weigh(picture: Picture, service: str, weighed: Weighing) -> Change | None:
    lines = picture.telling(service, OUT_OF_MEMORY)
    memory, usual = picture.now(service, "memory"), picture.ratio(service, "memory")
    full = memory is not None and memory >= _FULL and (usual is None or usual > 1.1)
    alarmed = memory is None and picture.has(service, "memory")
    accelerated = picture.evidence.accelerated(service) or picture.now(service, "gpu") is not None
    if lines is None and not ((full or alarmed) and accelerated):
        return None
    if lines is not None:
        if not accelerated and picture.telling(service, ACCELERATOR) is None:
            return None
        weighed.add(0.55 if lines.count >= 3 else 0.35, f"{lines.count} lines such as: {lines.words}")
    if full and memory is not None:
        weighed.add(0.45, f"the memory of {service} is {memory:.0%} full")
    elif alarmed:
        weighed.add(0.45, f"an alert says that the memory of {service} is full")
    elif memory is not None:
        weighed.add(-0.15, f"the memory of {service} is {memory:.0%} full")
    change = just_changed(picture, service, "config", within=_FILLS)
    if change is not None and not _LIMITS.search(change.after):
        change = None
    if change is not None:
        since = picture.since(service) or picture.at
        weighed.add(0.15, f"{change.summary}, {minutes(since - change.at)} before the trouble began")
    weigh_below(picture, service, weighed, well=0.05, sick=-0.3)
    return change
