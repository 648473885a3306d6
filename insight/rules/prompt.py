"""A change of a prompt made the answers worse."""

from __future__ import annotations

from insight.evidence import Cause, Remedy
from insight.facts import Change
from insight.rules.weighing import EARLY, LATER, SOON, Weighing, minutes, weigh_below
from insight.signs import MALFORMED
from insight.symptoms import Picture


def prompt_rule(picture: Picture) -> tuple[Cause, ...]:
    """A prompt of a sick service that was changed shortly before its answers became worse."""
    causes = []
    for change in picture.evidence.changes:
        if change.kind != "prompt" or change.service not in picture.symptoms:
            continue
        weighed = _weigh(picture, change)
        if weighed is not None:
            name, _, version = change.after.partition("@")
            before = change.before.partition("@")[2]
            causes.append(
                weighed.cause(
                    "prompt",
                    change.service,
                    f"version {version} of the prompt {name} of {change.service} (before: {before})",
                    Remedy(
                        "prompt-rollback",
                        {"prompt": name, "environment": change.environment, "version": before},
                    ),
                    picture.sick_with(change.service),
                    change,
                )
            )
    return tuple(causes)


def _weigh(picture: Picture, change: Change) -> Weighing | None:
    service, since = change.service, picture.since(change.service)
    weighed = Weighing()
    if since is None:
        weighed.add(0.25, f"{change.after} was set before the window, and the trouble is older")
    elif -EARLY <= since - change.at <= LATER:
        soon = since - change.at <= SOON
        weighed.add(
            0.45 if soon else 0.35, f"the trouble began {minutes(since - change.at)} after {change.after}"
        )
    else:
        return None
    if picture.has(service, "eval_score"):
        weighed.add(0.25, f"the answers of {service} became worse")
    elif picture.now(service, "eval_score") is not None:
        weighed.add(-0.2, f"the answers of {service} are as good as usual")
    if picture.has(service, "latency", "ttft"):
        weighed.add(-0.25, f"{service} is slower too, which a prompt hardly makes it")
    named = picture.lines_naming(service, change.after)
    if (malformed := picture.telling(service, MALFORMED)) is not None:
        weighed.add(0.15, f"{malformed.count} lines such as: {malformed.words}")
    if named:
        weighed.add(0.1, f"{named} error lines of {service} name {change.after}")
    weigh_below(picture, service, weighed, well=0.05)
    return weighed
