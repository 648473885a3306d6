"""A change of a setting is suspected: by its time alone it is never enough."""

from __future__ import annotations

from insight.evidence import Cause
from insight.rules.weighing import EARLY, LATER, SOON, Weighing, minutes, weigh_below
from insight.symptoms import Picture

#: more than this needs lines that name the setting
_SUSPECTED = 0.45


def config_rule(picture: Picture) -> tuple[Cause, ...]:
    """A setting of a sick service that was changed shortly before it fell sick."""
    causes = []
    for change in picture.evidence.changes:
        since = picture.since(change.service)
        if change.kind != "config" or since is None or not -EARLY <= since - change.at <= LATER:
            continue
        weighed = Weighing()
        soon = since - change.at <= SOON
        weighed.add(0.35 if soon else 0.25, f"the trouble began {minutes(since - change.at)} after it")
        weigh_below(picture, change.service, weighed, sick=-0.3)
        setting = change.after.partition("=")[0]
        if setting and (named := picture.lines_naming(change.service, setting)):
            weighed.add(0.25, f"{named} error lines of {change.service} name {setting}")
        else:
            weighed.score = min(weighed.score, _SUSPECTED)
            weighed.contra.append("nothing but the time speaks for it")
        causes.append(
            weighed.cause(
                "config",
                change.service,
                f"the setting {change.after} of {change.service} (before: {change.before})",
                None,
                picture.sick_with(change.service),
                change,
            )
        )
    return tuple(causes)
