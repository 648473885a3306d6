"""A change of a prompt made the answers worse."""

from __future__ import annotations

from insight.errors import code_share
from insight.evidence import Cause, Remedy
from insight.facts import Change
from insight.rules.weighing import EARLY, LATER, MOSTLY, SOON, Weighing, minutes, weigh_below
from insight.signs import MALFORMED
from insight.symptoms import Picture

#: codes of answers that are not of the wanted form
_FORM = ("400", "422")


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
                        {
                            "service": change.service,
                            "prompt": name,
                            "environment": change.environment,
                            "version": before,
                        },
                    ),
                    picture.sick_with(change.service),
                    change,
                )
            )
    return tuple(causes)


def _weigh(picture: Picture, change: Change) -> Weighing | None:
    service, since = change.service, picture.began(change.service, "eval_score")
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
    below = picture.sick_below(service)
    if picture.has(service, "latency", "ttft") and not below:
        weighed.add(-0.25, f"{service} is slower too, which a prompt hardly makes it")
    elif not below and picture.now(service, "latency") is not None:
        weighed.add(0.1, f"{service} is as quick as usual")
    if (share := code_share(picture.evidence.errors, service, *_FORM)) >= MOSTLY:
        weighed.add(0.15, f"{share:.0%} of its failed requests failed for the form of the answer")
    named = picture.lines_naming(service, change.after)
    if (malformed := picture.telling(service, MALFORMED)) is not None:
        weighed.add(0.15, f"{malformed.count} lines such as: {malformed.words}")
    if named:
        weighed.add(0.1, f"{named} error lines of {service} name {change.after}")
    answers_alone = picture.has(service, "eval_score") and not any(
        picture.has(one, "eval_score") for one in below
    )
    weigh_below(picture, service, weighed, well=0.05, sick=-0.1 if answers_alone else -0.35)
    return weighed
