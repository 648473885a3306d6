"""How one reader sees things: instants in their zone with the zone named, states with a mark and a word."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup, escape

from bot.times import lasted, parsed
from config.people import People
from graph.answers.words import amount, length, metric_words
from graph.understanding.times import zone_of

#: a state's mark and its tone; the word is always beside it
STATES: Mapping[str, tuple[str, str]] = {
    "new": ("·", "quiet"),
    "waiting": ("◔", "wait"),
    "queued": ("·", "quiet"),
    "pending": ("◔", "wait"),
    "started": ("▸", "busy"),
    "running": ("▸", "busy"),
    "undoing": ("↶", "wait"),
    "paused": ("‖", "wait"),
    "done": ("✓", "good"),
    "approved": ("✓", "good"),
    "succeeded": ("✓", "good"),
    "ok": ("✓", "good"),
    "healthy": ("✓", "good"),
    "resolved": ("✓", "good"),
    "operational": ("✓", "good"),
    "active": ("✓", "good"),
    "skipped": ("–", "quiet"),
    "not set up": ("–", "quiet"),
    "expired": ("–", "quiet"),
    "withdrawn": ("–", "quiet"),
    "void": ("–", "quiet"),
    "cancelled": ("–", "quiet"),
    "undone": ("↶", "wait"),
    "rolled_back": ("↶", "wait"),
    "acknowledged": ("◔", "wait"),
    "warning": ("!", "wait"),
    "unknown": ("?", "bad"),
}
_WORSE = ("✗", "bad")
_TYPED = re.compile(r"`([^`\n]{1,200})`")
RISKS: Mapping[str, tuple[str, str]] = {
    "low": ("▂", "quiet"), "medium": ("▄", "wait"), "high": ("▆", "bad"), "critical": ("█", "bad"),
}  # fmt: skip


@dataclass(frozen=True)
class Look:
    """`zone` is the reader's IANA zone, `now` Unix seconds."""

    zone: str
    now: float
    people: People

    def time(self, at: float | str | None) -> Markup:
        """`14:05 CET` as a <time>, with the date when it is not today."""
        if at is None:
            return Markup("")
        instant = seconds(at)
        return Markup('<time datetime="{}">{}</time>').format(_iso(instant), self.moment(instant))

    def iso(self) -> str:
        """Now, for scripts."""
        return _iso(self.now)

    def moment(self, at: float) -> str:
        there, today = (datetime.fromtimestamp(one, zone_of(self.zone)) for one in (at, self.now))
        form = "%d %b, " if there.year == today.year else "%d %b %Y, "
        day = "" if there.date() == today.date() else there.strftime(form)
        return f"{day}{there:%H:%M} {there:%Z}"

    def left(self, until: float | str) -> Markup:
        """`12 min 30 s left (until 14:05 CET)`; a script counts it down."""
        instant = seconds(until)
        if instant <= self.now:
            return Markup("expired")
        return Markup('<span data-until="{}">{} left</span> <span class="dim">until {}</span>').format(
            _iso(instant), lasted(instant - self.now), self.time(instant)
        )

    def ago(self, at: float | str) -> Markup:
        instant = seconds(at)
        return Markup('<time datetime="{}" title="{}">{} ago</time>').format(
            _iso(instant), self.moment(instant), length(self.now - instant)
        )

    def took(self, start: str | None, end: str | None) -> str:
        return lasted(seconds(end) - seconds(start)) if start and end else ""

    def name(self, person_id: str) -> str:
        person = self.people.get(person_id)
        return person.name if person is not None else person_id

    def names(self, ids: Sequence[str]) -> str:
        return ", ".join(self.name(one) for one in ids)


def state(status: str) -> Markup:
    """A chip with a mark and the word: never the colour alone."""
    mark, tone = STATES.get(status, _WORSE)
    return _chip(tone, mark, status.replace("_", " "))


def risk(level: str) -> Markup:
    mark, tone = RISKS.get(level, ("", "quiet"))
    return _chip(tone, mark, f"{level} risk")


def _chip(tone: str, mark: str, words: str) -> Markup:
    form = Markup('<span class="chip {}"><span class="mark" aria-hidden="true">{}</span>{}</span>')
    return form.format(tone, mark, words)


def seconds(at: float | str) -> float:
    """Unix seconds of an ISO 8601 instant or of themselves."""
    return parsed(at) if isinstance(at, str) else at


def value(one: object) -> str:
    """A value of an input, a change or an output as people read it."""
    if one is None or one == "":
        return "nothing"
    if isinstance(one, bool):
        return "yes" if one else "no"
    if isinstance(one, float):
        return f"{one:.6g}"
    if isinstance(one, list | tuple):
        return ", ".join(value(part) for part in one) or "nothing"
    if isinstance(one, Mapping):
        return ", ".join(f"{key} {value(part)}" for key, part in one.items() if part is not None) or "nothing"
    return str(one)


def lines(words: str) -> Markup:
    """Text with its line breaks kept, and what stands between backticks as what one types."""
    return Markup("<br>").join(_typed(one) for one in str(words).splitlines())


def _typed(line: str) -> Markup:
    parts = _TYPED.split(line)
    code = Markup("<code>{}</code>")
    return Markup("").join(code.format(one) if at % 2 else escape(one) for at, one in enumerate(parts))


def pretty(one: object) -> str:
    """JSON for people to read; what shows it escapes it."""
    return json.dumps(one, indent=2, ensure_ascii=False, default=str)


FILTERS: Mapping[str, Any] = {
    "state": state,
    "risk": risk,
    "value": value,
    "lines": lines,
    "amount": amount,
    "metric": metric_words,
    "lasted": lasted,
    "pretty": pretty,
}


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
