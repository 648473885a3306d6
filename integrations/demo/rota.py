"""Who is on call in the demo company: the rota of people.yaml, and over it what people swapped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from config.people import People
from config.rota import turn
from insight.facts import Shift
from integrations.demo.events import Event, Note
from integrations.errors import Absent


class Rota:
    """Weekly shifts of two levels; an override takes its span of one level, the latest one wins."""

    KINDS: ClassVar[frozenset[str]] = frozenset({"rota.override"})

    def __init__(self, people: People) -> None:
        self._people = people
        self._overrides: list[Shift] = []

    def apply(self, event: Event) -> Sequence[Note]:
        data = event.data
        self._overrides.append(
            Shift(data["team"], data["person"], data["start"], data["end"], data.get("level", 1))
        )
        return ()

    def must_know(self, team: str) -> None:
        """Raises Absent for a team without a rota."""
        if team not in self._people.rota:
            known = ", ".join(self._people.rota) or "none"
            raise Absent(f"{team!r} has no rota. The teams that have one: {known}.")

    def on_call(self, team: str, at: float, level: int = 1) -> str | None:
        """The person on call then. Raises Absent."""
        self.must_know(team)
        found = [one for one in self.shifts(at, at + 1.0, team) if one.level == level]
        return found[0].person if found else None

    def shifts(self, start: float, end: float, team: str | None = None) -> list[Shift]:
        """Those that touch [start, end), by team, time and level. Raises Absent for a team without a rota."""
        if team is not None:
            self.must_know(team)
        found: list[Shift] = []
        for name in self._people.rota if team is None else (team,):
            shifts = list(self._weekly(name, start, end))
            for override in self._overrides:
                if override.team == name:
                    shifts = [*_without(shifts, override), override]
            touching = (one for one in shifts if one.start < end and one.end > start)
            found += sorted(touching, key=lambda one: (one.start, one.level))
        return found

    def _weekly(self, team: str, start: float, end: float) -> Iterator[Shift]:
        at = start
        while at < end and (week := turn(self._people, team, at)) is not None:
            for level, person in enumerate(week.people[:2], start=1):
                yield Shift(team, person, week.start, week.end, level)
            at = week.end


def _without(shifts: list[Shift], taken: Shift) -> Iterator[Shift]:
    """What is left of the shifts of that level outside the span that is taken."""
    for one in shifts:
        if one.level != taken.level or one.end <= taken.start or one.start >= taken.end:
            yield one
            continue
        if one.start < taken.start:
            yield replace(one, end=taken.start)
        if one.end > taken.end:
            yield replace(one, start=taken.end)
