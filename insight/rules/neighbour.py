"""A job takes the machine that a service runs on."""

from __future__ import annotations

from collections.abc import Iterator

from insight.evidence import Cause, Remedy
from insight.facts import Node, Tenant
from insight.rules.weighing import EARLY, LATER, MORE, Weighing, minutes, sick_earlier, verb
from insight.signs import STARVED
from insight.symptoms import Picture

#: the part of a node's processors from which a job may disturb the others
_GREEDY = 0.3


def neighbour_rule(picture: Picture) -> tuple[Cause, ...]:
    """A job on the node of sick services that began shortly before they fell sick and uses much of it."""
    if not picture.evidence.nodes:
        return tuple(_starved(picture))
    causes = []
    for node in picture.evidence.nodes:
        ours = [one.name for one in node.tenants if one.kind == "service" and one.name in picture.calls]
        sick = [name for name in ours if name in picture.symptoms]
        for job in node.tenants:
            if job.kind == "job" and job.share >= _GREEDY and sick:
                causes += _caused(picture, node, job, ours, sick)
    return tuple(causes)


def _starved(picture: Picture) -> Iterator[Cause]:
    """Where nobody can tell what runs on the nodes: services that say themselves that they get too little of theirs."""
    for service in picture.symptoms:
        if picture.telling(service, STARVED) is None:
            continue
        weighed = Weighing(0.25)
        _weigh_service(picture, service, weighed)
        weighed.contra.append("what runs on its node could not be seen")
        summary = f"something else takes the machine that {service} runs on"
        yield weighed.cause("neighbour", service, summary, None, picture.sick_with(service))


def _caused(picture: Picture, node: Node, job: Tenant, ours: list[str], sick: list[str]) -> list[Cause]:
    first = min(sick, key=lambda name: (len(sick_earlier(picture, name)), picture.since(name) or 0.0))
    weighed = Weighing()
    since = picture.since(first)
    if since is None:
        weighed.add(0.3, f"{job.name} runs on {node.name}, and the trouble is older than the window")
    elif -EARLY <= since - job.since <= LATER:
        after = minutes(since - job.since)
        weighed.add(0.45, f"the trouble began {after} after {job.name} started on {node.name}")
    else:
        weighed.add(0.1, f"{job.name} runs on {node.name}, the node of {first}")
    weighed.add(0.1, f"it uses {job.share:.0%} of the node")
    if len(sick) > 1:
        weighed.add(0.15, f"{', '.join(sick)} {verb(sick)} on that node, and all are in trouble")
    well = [name for name in ours if name not in sick and not picture.unseen(name)]
    if well:
        weighed.add(-0.15, f"{', '.join(well)} {verb(well)} on that node too and well")
    _weigh_service(picture, first, weighed)
    inputs = {"node": node.name, "environment": node.environment}
    explains = tuple(dict.fromkeys(other for name in sick for other in picture.sick_with(name)))
    summary = f"the job {job.name} takes the node {node.name} that {first} runs on"
    return [weighed.cause("neighbour", first, summary, Remedy("drain-node", inputs), explains)]


def _weigh_service(picture: Picture, service: str, weighed: Weighing) -> None:
    busy = [
        (metric, ratio)
        for metric in ("gpu", "cpu")
        if (ratio := picture.ratio(service, metric)) is not None and ratio >= MORE
    ]
    requests = picture.ratio(service, "throughput")
    if busy and (requests is None or requests < MORE):
        metric, ratio = busy[0]
        weighed.add(0.15, f"{metric} of {service} is {ratio:.1f} times the usual for no more requests")
    if (lines := picture.telling(service, STARVED)) is not None:
        weighed.add(0.15, f"{lines.count} lines such as: {lines.words}")
    if not picture.has(service, "latency", "ttft") and picture.now(service, "latency") is not None:
        weighed.add(-0.3, f"{service} is not slower than usual")
    if earlier := sick_earlier(picture, service):
        weighed.add(-0.3, f"{', '.join(earlier)}, which {service} calls, {verb(earlier)} in trouble too")
