"""Looking back at incidents: one as a draft or a timeline; many as what they have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from config.errors import NotFound
from graph import cards
from graph.answers import asking, incidents, postmortem
from graph.answers.incidents import IncidentSlots, about, fitting, line, name_of
from graph.answers.postmortem import Case
from graph.answers.within import absent, gaps
from graph.answers.words import length, listed, moment
from graph.intents.model import Answer, Ask
from graph.message import Block
from graph.ports import Tools
from graph.understanding import times
from insight.facts import Incident, Missing
from insight.incidents import Patterns, cause_kind, patterns

_DEFAULT_RANGE = "-90d"
_MOST = 12


class ReviewSlots(IncidentSlots):
    last_n: int | None = None
    time_range: str | None = None
    draft: bool = False
    timeline: bool = False


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One `case`, or the incidents of a time, oldest first."""

    case: Case | None = None
    many: tuple[Incident, ...] = ()
    window: times.Span | None = None
    missing: tuple[Missing, ...] = ()


async def facts(tools: Tools, ask: Ask) -> Reviewed:
    """Raises Absent for an unknown incident, NotFound where a service has had none."""
    slots: ReviewSlots = ask.slots
    port, now = tools.sources.incidents, tools.clock.now()
    if port is None:
        return Reviewed(missing=(absent("the incidents", "incidents"),))
    if slots.incident_id is not None:
        return Reviewed(await postmortem.gather(tools, await port.incident(slots.incident_id)))
    window = times.resolve(slots.time_range or _DEFAULT_RANGE, now, ask.zone)
    every = await port.past_incidents(window.start, window.end + 1.0)
    found = fitting(tools, every, slots)
    if (slots.draft or slots.timeline) and slots.last_n is None:
        if not found:
            raise NotFound(f"There was no incident{incidents.said_of(slots)} {window.words}.")
        return Reviewed(await postmortem.gather(tools, found[-1]))
    return Reviewed(many=tuple(found[-slots.last_n :] if slots.last_n else found), window=window)


def answer(tools: Tools, ask: Ask, reviewed: Reviewed) -> Answer:
    if reviewed.case is not None:
        return _one(tools, ask, reviewed.case)
    if reviewed.missing:
        return asking.question(" ".join(gaps(reviewed.missing)))
    return _many(tools, ask, reviewed)


def _one(tools: Tools, ask: Ask, case: Case) -> Answer:
    slots: ReviewSlots = ask.slots
    one, now = case.one, tools.clock.now()
    said = [
        line(tools, one),
        *(f"It was {each}." for each in postmortem.response(one) if "nobody" not in each),
    ]
    said.append(f"Cause: {one.cause.rstrip('.')}." if one.cause else "No cause is written down yet.")
    rows = [
        [moment(each.at, ask.zone, now), each.kind, name_of(tools, each.by), each.words]
        for each in postmortem.story(case)[-_MOST * 2 :]
    ]
    table = cards.table(["when", "what", "by", "words"], rows, "Timeline")
    blocks: list[Block] = [table]
    if slots.draft:
        said.append(
            "The draft below holds facts only; causes and follow-ups that nobody wrote down are left open."
        )
        blocks = [cards.code(postmortem.draft(tools, case, ask.zone), "markdown")]
    words = " ".join([*said, *gaps(case.missing)])
    how = cards.facts(
        {"How I know": f"{postmortem.sources_of(case)}, from an hour before it was opened to its end"}
    )
    return Answer(words, (cards.text(words), *blocks, how), entities=about(tools, one))


def _many(tools: Tools, ask: Ask, reviewed: Reviewed) -> Answer:
    slots: ReviewSlots = ask.slots
    assert reviewed.window is not None
    of, when = incidents.said_of(slots), reviewed.window.words
    entities: dict[str, Any] = {key: value for key, value in slots.model_dump().items() if value}
    if not reviewed.many:
        return Answer(f"No incidents{of} {when}, so there is nothing to compare.", (), entities=entities)
    found = patterns(reviewed.many)
    words = " ".join(_said(found, of, when, slots.last_n is not None))
    newest = reviewed.many[-_MOST:]
    blocks = [
        cards.text(words),
        cards.table(["what", "how many"], _rows(found), "In common"),
        incidents.table(tools, newest, ask.zone, tools.clock.now()),
        cards.facts({"How I know": _how(found, reviewed)}),
        cards.choices(
            [(say, say) for say in (f"draft the postmortem of {one.id}" for one in reversed(newest[-2:]))]
        ),
    ]
    pending = {
        "missing": "choice",
        "options": [f"draft the postmortem of {one.id}" for one in reversed(newest[-2:])],
    }
    return Answer(words, tuple(blocks), pending, entities=entities)


def _said(found: Patterns, of: str, when: str, newest: bool) -> list[str]:
    counted = "1 incident" if found.count == 1 else f"{found.count} incidents"
    lead = f"The last {counted}{of}" if newest else f"{counted}{of} {when}"
    said = [f"{lead} ({', '.join(f'{count} {name}' for name, count in found.by_severity)})."]
    top = [f"{name} ({count})" for name, count in found.by_service[:3]]
    said.append(f"Most often: {listed(top)}.")
    if found.recurring:
        service, cause, count = found.recurring[0]
        said.append(f"What comes back: {cause} on {service}, {count} times.")
    elif found.by_cause:
        said.append(f"No service had the same cause twice; most common: {found.by_cause[0][0]}.")
    if found.mtta is not None:
        said.append(f"Mean time to acknowledge {length(found.mtta)}.")
    if found.mttr is not None and found.longest is not None:
        said.append(f"Mean time to restore {length(found.mttr)}; the longest was {found.longest.id}.")
    if found.unexplained:
        said.append(f"{found.unexplained} have no cause written down.")
    return said


def _rows(found: Patterns) -> list[list[str]]:
    rows = [[f"service {name}", str(count)] for name, count in found.by_service[:5]]
    rows += [[f"cause: {name}", str(count)] for name, count in found.by_cause[:5]]
    times_ = (("mean time to acknowledge", found.mtta), ("mean time to restore", found.mttr),
              ("median time to restore", found.median_restore))  # fmt: skip
    return rows + [[name, length(seconds)] for name, seconds in times_ if seconds is not None]


def _how(found: Patterns, reviewed: Reviewed) -> str:
    assert reviewed.window is not None
    causes = sum(1 for one in reviewed.many if cause_kind(one))
    return (
        f"{found.count} incidents opened {reviewed.window.words} in the incidents back end, {causes} with a cause; "
        "acknowledge = acknowledged − opened, restore = resolved − opened, means over those that have both"
    )
