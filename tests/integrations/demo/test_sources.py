"""Everything one demo company serves."""

from __future__ import annotations

from dataclasses import fields

from integrations.demo.sources import all_actions, demo_sources
from integrations.ports import Sources
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, company


async def test_every_port_is_served_and_who_is_on_call_is_told() -> None:
    ports = demo_sources(company(ManualClock(TUESDAY)))
    assert all(getattr(ports, port.name) is not None for port in fields(Sources))
    assert ports.on_call is not None
    assert {one.person for one in await ports.on_call.shifts(TUESDAY, TUESDAY + 1, "search")} == {"maria"}


def test_no_two_actions_have_one_name_and_every_write_shows_its_change_first() -> None:
    actions = all_actions(company(ManualClock(TUESDAY)))
    assert len({one.name for one in actions}) == len(actions)
    for one in actions:
        assert (one.plan is not None) == (one.effect in ("write", "dangerous")), one.name
