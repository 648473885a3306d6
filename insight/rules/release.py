"""A release made it worse."""

from __future__ import annotations

from insight.evidence import Cause, Remedy
from insight.facts import Change
from insight.rules.weighing import EARLY, LATER, MOSTLY, SOON, Weighing, minutes, weigh_below, weigh_provider
from insight.symptoms import Picture


def release_rule(picture: Picture) -> tuple[Cause, ...]:
    """A deployment of a sick service shortly before it fell sick, when nothing that it calls explains it better."""
    causes = []
    for change in picture.evidence.changes:
        if change.kind != "deployment" or not change.succeeded or change.service not in picture.calls:
            continue
        weighed = _weigh(picture, change)
        if weighed is not None:
            causes.append(_release(picture, change, weighed))
    return tuple(causes)


def _weigh(picture: Picture, change: Change) -> Weighing | None:
    service = change.service
    if service in picture.symptoms:
        since = picture.since(service)
    elif picture.unseen(service) and picture.sick_above(service):
        above = (picture.since(one) for one in picture.sick_above(service))
        since = min((at for at in above if at is not None), default=None)
    else:
        return None
    weighed = Weighing()
    if since is None:
        words = f"{change.after} was released before the window that was looked at, and the trouble is older"
        weighed.add(0.35, words)
    elif -EARLY <= since - change.at <= LATER:
        soon = since - change.at <= SOON
        weighed.add(
            0.6 if soon else 0.4, f"the trouble began {minutes(since - change.at)} after {change.after}"
        )
    else:
        return None
    if service in picture.symptoms:
        weigh_below(picture, service, weighed, sick=-0.4)
    else:
        weighed.add(-0.1, f"no metric of {service} itself could be read")
    weigh_provider(picture, service, weighed)
    _weigh_codes(picture, service, weighed)
    if picture.has(service, "eval_score"):
        weighed.add(0.1, f"the answers of {service} became worse, not only slower")
    if lines := picture.lines_naming(service, change.after):
        weighed.add(0.1, f"{lines} error lines of {service} name {change.after}")
    return weighed


def _weigh_codes(picture: Picture, service: str, weighed: Weighing) -> None:
    share = picture.upstream_share(service)
    if share is None:
        return
    if share >= MOSTLY:
        weighed.add(-0.15, f"{share:.0%} of the failed requests of {service} came from something it calls")
    elif 1 - share >= MOSTLY:
        weighed.add(0.15, f"{1 - share:.0%} of the failed requests failed in {service} itself")


def _release(picture: Picture, change: Change, weighed: Weighing) -> Cause:
    service = change.service
    return weighed.cause(
        "release",
        service,
        f"the release of {change.after} to {service} (before: {change.before})",
        Remedy("rollback-service", {"service": service, "environment": change.environment}),
        picture.sick_with(service),
        change,
    )
