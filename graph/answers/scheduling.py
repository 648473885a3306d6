"""What a schedule does, read from words and said in words."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import ValidationError

from config.recurrence import parse
from graph.answers import asking
from graph.answers.words import listed, moment
from graph.intents.model import Answer, Ask, Intent
from graph.message import Reading
from graph.ports import Tools
from graph.understanding import times, whens
from graph.understanding.reader import Reader
from graph.understanding.schedule_commands import digest_kind
from runbooks.plan import RunRequest
from runbooks.schedules import NewSchedule, When
from store.schedule_records import Schedule

DIGESTS: Mapping[str, str] = {
    "oncall": "the on-call hand-over",
    "team": "the team's daily digest",
    "manager": "the weekly digest for managers",
    "cost": "the cost digest",
}
_REMIND = re.compile(
    r"^(?:please\s+|can you\s+|could you\s+)*(?:set (?:up )?a reminder|(?:remind|ping|nudge)\s+"
    r"(?:me|us|everyone|everybody|the team))\s*(?:to|that|about|of|for)?\s+(.+)$",
    re.I | re.S,
)
_LEAD = re.compile(
    r"^(?:please|can you|could you|i want(?: you)? to|i'd like(?: to)?|schedule|set up|create|make|add|send|post|give|"
    r"ask|deliver|report|share|publish|tell|show|check|me|us|here|the team|it|an?|the|my|our|:)\b[\s:,]*",
    re.I,
)
_TO = re.compile(
    r"\s+(?:to|in|into|on)\s+(?:#\S+|(?:this|the) channel|this conversation|here|slack|teams)\s*$", re.I
)
_DIGEST = re.compile(r"\bdigests?\b|\bhand-?\s?over(?: note)?\b", re.I)
_OFTEN = re.compile(r"\b(?:daily|weekly|monthly)\b", re.I)
_SUMMARY = re.compile(r"\b(?:report|summary)\b", re.I)
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NTH_WORDS = ("", "first", "second", "third", "fourth", "fifth")


async def what(
    tools: Tools, ask: Ask, rest: str, when: When, readable: Mapping[str, Intent]
) -> NewSchedule | Answer:
    """A reminder, a digest, a runbook's run or a question; a question back where the words are none of these."""
    if match := _REMIND.match(rest):
        return NewSchedule("reminder", match[1].strip(), when)
    rest = _TO.sub("", rest).strip(" \"'")
    whole = ask.slots.text or ask.message.text
    if _DIGEST.search(rest):
        return NewSchedule("digest", digest_kind(rest) or digest_kind(whole) or "team", when)
    found = await _read(tools, ask, rest, when, readable)
    if found is None and _SUMMARY.search(rest):
        return NewSchedule("digest", digest_kind(rest) or digest_kind(whole) or "team", when)
    return found or asking.question(
        f"I do not know what to do then: '{rest[:120]}'. A schedule can send a digest (`digest on-call`), ask a "
        "question (`p95 latency of rag-api in production`), run a runbook (`run ID name=value`) or remind you "
        "(`remind me to …`)."
    )


async def _read(
    tools: Tools, ask: Ask, rest: str, when: When, readable: Mapping[str, Intent]
) -> NewSchedule | Answer | None:
    """The words as a request of their own, as they are or without what only introduces them; None: they are none."""
    traits = {name: one.traits for name, one in readable.items()}
    reader = Reader(tools.classifier, tools.lexicon, traits, tools.triggers)
    bare = rest
    while (shorter := _LEAD.sub("", bare, count=1)) != bare:
        bare = shorter
    if _SUMMARY.fullmatch(bare) and (often := _OFTEN.search(ask.slots.text or ask.message.text)):
        bare = f"{often[0].lower()} {bare}"
    for words in dict.fromkeys((bare or rest, rest)):
        seen = reader.read(words, (), _person(ask), ask.message.at)
        intent = readable.get(seen.reading.intent)
        if intent is not None and seen.doubt in ("", "confirm"):
            return await _wanted(tools, ask, words, intent, seen.reading, when)
    return None


async def _wanted(
    tools: Tools, ask: Ask, words: str, intent: Intent, reading: Reading, when: When
) -> NewSchedule | Answer:
    missing = [slot for slot in intent.needs if reading.entities.get(slot) is None]
    stands_in = intent.answer is not None and not {"model", "deployment_id"}.isdisjoint(reading.entities)
    if missing and not stands_in:
        return asking.question(f"For which {missing[0]}? '{words}' does not name one; say it all at once.")
    if intent.answer is not None:
        return NewSchedule("question", words, when)
    try:
        slots = intent.slots.model_validate(dict(reading.entities))
    except ValidationError:
        return asking.question(
            "I could not read what the runbook needs. Say it exactly: `run ID name=value …`."
        )
    then = Ask(replace(ask.message, text=words), reading, slots)
    request = intent.request(tools, then) if intent.request is not None else await _act(intent, tools, then)
    if not isinstance(request, RunRequest):
        return asking.question(f"{request.text} Say all of it at once: `schedule run ID name=value … WHEN`.")
    pairs = "".join(f" {name}={shlex.quote(str(value))}" for name, value in request.inputs.items())
    run = f"run {request.runbook}{pairs}"
    return NewSchedule("runbook", run, when, runbook=request.runbook, inputs=request.inputs)


async def _act(intent: Intent, tools: Tools, ask: Ask) -> RunRequest | Answer:
    assert intent.act is not None
    return await intent.act(tools, ask)


def _person(ask: Ask) -> str:
    return ask.message.person.id if ask.message.person is not None else ask.message.actor


def said_of(one: Schedule) -> str:
    """What it does: `the on-call hand-over`, `"p95 latency of a"`, `run b service=a`, `remind of: c`."""
    match one.kind:
        case "digest":
            return DIGESTS.get(one.words, one.words)
        case "reminder":
            return f"remind {one.owner} of: {one.words}"
        case "runbook":
            return one.words
    return f'"{one.words}"'


def when_of(one: Schedule, now: float) -> str:
    if one.cron is not None:
        return f"{rhythm(one.cron)}, {one.zone}"
    at = one.next_at if one.next_at is not None else one.ended_at
    return f"once, {moment(at, one.zone, now)}" if at is not None else "once"


def exactly(when: When) -> str:
    """Words that are read as exactly this."""
    if when.cron is not None:
        said = f"{rhythm(when.cron)} {when.zone}"
        back = whens.find(said, 0.0, "UTC")
        if back is not None and (back.cron, back.zone) == (when.cron, when.zone):
            return said
        return f"cron {when.cron} {when.zone}"
    there = datetime.fromtimestamp(when.at or 0.0, times.zone_of(when.zone))
    return f"on {there:%Y-%m-%d} at {there:%H:%M} {when.zone}"


def rhythm(cron: str) -> str:
    """`every weekday at 09:00`; a line that has no such words is said as it is."""
    read = parse(cron)
    fields = cron.split()
    if read.flowing or len(read.minutes) != 1 or fields[3] != "*":
        plain = {
            "0 * * * *": "every hour",
            "*/15 * * * *": "every 15 minutes",
            "*/30 * * * *": "every 30 minutes",
        }
        return plain.get(cron, f"by cron {cron}")
    at = listed([f"{hour:02d}:{read.minutes[0]:02d}" for hour in read.hours])
    if read.any_day and read.any_weekday:
        return f"every day at {at}"
    if read.any_day and read.nth and not read.weekdays and len(read.nth) == 1:
        ((day, number),) = read.nth
        return f"every {_NTH_WORDS[number]} {_DAY_NAMES[day]} of the month at {at}"
    if read.any_day and not read.nth:
        days = sorted(read.weekdays)
        if days == [0, 1, 2, 3, 4]:
            return f"every weekday at {at}"
        return f"every {listed([_DAY_NAMES[day] for day in days])} at {at}"
    if read.any_weekday and read.last and not read.days:
        return f"on the last day of the month at {at}"
    if read.any_weekday and len(read.days) == 1 and not read.last:
        return f"on the {min(read.days)}. of every month at {at}"
    return f"by cron {cron}"


def matching(text: str, found: Sequence[Schedule]) -> list[Schedule]:
    """Those that the words are about: by what they do, by their runbook, by their rhythm."""
    low = text.lower()
    kinds = _kinds(low)
    fitting = [one for one in found if not kinds or one.kind in kinds]
    kind = digest_kind(low)
    exact = [one for one in fitting if one.kind == "digest" and one.words == kind]
    named = [
        one
        for one in fitting
        if (one.runbook and one.runbook in low) or (len(one.words) > 5 and one.words.lower() in low)
    ]
    if named or exact:
        return named or exact
    return fitting if kinds else []


def _names(one: Schedule, low: str) -> bool:
    return (one.runbook is not None and one.runbook in low) or (
        len(one.words) > 5 and one.words.lower() in low
    )


def narrowed(text: str, found: Sequence[Schedule], person: str, now: float, zone: str) -> list[Schedule]:
    """What `show my reminders`, `which runbooks run automatically` or `what runs tonight` ask for; else all."""
    low = text.lower()
    kinds = _kinds(low)
    fitting = [one for one in found if not kinds or one.kind in kinds]
    named = [one for one in fitting if one.runbook and one.runbook in low]
    fitting = named or fitting
    if re.search(r"\b(?:my|mine|i have|do i)\b", low):
        fitting = [one for one in fitting if one.owner == person]
    here = datetime.fromtimestamp(now, times.zone_of(zone))
    for word, ahead in (("tomorrow", 1), ("tonight", 0), ("today", 0)):
        if word in low:
            day = here.toordinal() + ahead
            return [
                one
                for one in fitting
                if one.next_at is not None
                and one.status == "active"
                and datetime.fromtimestamp(one.next_at, here.tzinfo).toordinal() == day
            ]
    return fitting


def _kinds(low: str) -> set[str]:
    kinds: set[str] = set()
    if re.search(r"\bremind", low):
        kinds.add("reminder")
    if re.search(r"\bdigests?\b|\bhand-?\s?over|\breports?\b|\bsummar", low):
        kinds |= {"digest", "question"} if "report" in low or "summar" in low else {"digest"}
    if re.search(r"\brunbooks?\b|\bjobs?\b|\brestart|\broll", low) and "list" not in low and "all" not in low:
        kinds.add("runbook")
    return kinds
