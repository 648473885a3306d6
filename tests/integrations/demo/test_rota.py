"""Shifts of the demo company."""

from __future__ import annotations

from itertools import pairwise

import pytest

from integrations.demo.events import Event
from integrations.demo.rota import Rota
from integrations.errors import Absent
from tests.support.fleet import TUESDAY, people

DAY = 86_400.0


def swap(rota: Rota, person: str, start: float, end: float, level: int = 1) -> None:
    data = {"team": "ml-platform", "person": person, "start": start, "end": end, "level": level}
    rota.apply(Event(1, "rota.override", start, data))


def test_two_levels_cover_every_instant_of_a_month() -> None:
    shifts = Rota(people()).shifts(TUESDAY, TUESDAY + 30 * DAY, "ml-platform")
    for level in (1, 2):
        own = [one for one in shifts if one.level == level]
        assert own[0].start <= TUESDAY and own[-1].end >= TUESDAY + 30 * DAY
        assert all(one.end == after.start for one, after in pairwise(own))
        assert {one.person for one in own} == {"priya", "lena"}
    assert [one.level for one in Rota(people()).shifts(TUESDAY, TUESDAY + 1, "search")] == [1]


def test_a_swap_takes_its_span_of_its_level_and_leaves_the_rest() -> None:
    rota = Rota(people())
    (first, second) = rota.shifts(TUESDAY, TUESDAY + 1, "ml-platform")
    swap(rota, "diego", TUESDAY, TUESDAY + DAY)
    found = rota.shifts(first.start, first.end, "ml-platform")
    assert [(one.person, one.start, one.end) for one in found if one.level == 1] == [
        (first.person, first.start, TUESDAY),
        ("diego", TUESDAY, TUESDAY + DAY),
        (first.person, TUESDAY + DAY, first.end),
    ]
    assert [one for one in found if one.level == 2] == [second]
    assert rota.on_call("ml-platform", TUESDAY + 60) == "diego"
    assert rota.on_call("ml-platform", TUESDAY + DAY) == first.person


def test_of_two_swaps_of_one_time_the_later_counts() -> None:
    rota = Rota(people())
    swap(rota, "diego", TUESDAY, TUESDAY + DAY)
    swap(rota, "amara", TUESDAY, TUESDAY + 2 * DAY)
    assert rota.on_call("ml-platform", TUESDAY + 60) == "amara"


def test_all_teams_are_told_and_an_unknown_one_is_absent() -> None:
    rota = Rota(people())
    assert {one.team for one in rota.shifts(TUESDAY, TUESDAY + 1)} == set(people().rota)
    with pytest.raises(Absent, match=r"'marketing' has no rota. The teams that have one: ml-platform"):
        rota.shifts(TUESDAY, TUESDAY + 1, "marketing")
