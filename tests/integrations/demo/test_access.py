"""The access log."""

from __future__ import annotations

from collections import Counter

import pytest

from integrations.demo.access import DemoAccess
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, catalogue, company, people

DAY = 86_400.0


async def test_a_month_has_every_kind_of_access_by_people_and_services_that_exist() -> None:
    found = await DemoAccess(company(ManualClock(TUESDAY))).accesses(TUESDAY - 30 * DAY, TUESDAY)
    assert [one.at for one in found] == sorted(one.at for one in found)
    kinds = Counter((one.kind, one.allowed) for one in found)
    for wanted in (("login", True), ("key", True), ("secret", True), ("role", True), ("secret", False)):
        assert kinds[wanted] > 1, wanted
    assert 2 <= sum(count for (_, allowed), count in kinds.items() if not allowed) < len(found) / 5
    known = {*people().by_id, *catalogue().services}
    assert {one.actor for one in found if one.allowed} <= known
    for one in found:
        if one.kind == "role":
            assert "admin" in people().by_id[one.actor].roles


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_part_of_the_time_has_just_its_part_of_the_log(seed: int) -> None:
    whole = await DemoAccess(company(ManualClock(TUESDAY), seed)).accesses(TUESDAY - 9 * DAY, TUESDAY)
    start, end = TUESDAY - 3.3 * DAY, TUESDAY - 0.2 * DAY
    part = await DemoAccess(company(ManualClock(TUESDAY), seed)).accesses(start, end)
    assert part == tuple(one for one in whole if start <= one.at < end)
    assert await DemoAccess(company(ManualClock(TUESDAY), seed)).accesses(TUESDAY, TUESDAY + DAY) == ()
    other = await DemoAccess(company(ManualClock(TUESDAY), seed + 7)).accesses(start, end)
    assert other != part
