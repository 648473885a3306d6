"""Freezes and quiet hours, on every minute of the days on which the clocks change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.errors import Conflict
from runbooks.policy import Policy
from runbooks.windows import Freeze, Quiet, shown
from store.engine import Database
from tests.runbooks.test_plan import PLAN
from tests.runbooks.test_policy import PLAIN
from tests.runbooks.world import LENA, MARIA, POLICY, PRIYA, Rig
from tests.support.clock import ManualClock

LIFT = {"roles": ["incident-commander"]}
BERLIN = ZoneInfo("Europe/Berlin")


def quiet(**keys: Any) -> Quiet:
    base = {"name": "night", "timezone": "Europe/Berlin", "from": "22:00", "to": "06:00", "then": "ask"}
    return Quiet.model_validate(base | {"lift": LIFT} | keys)


def freeze(**keys: Any) -> Freeze:
    base = {"name": "year end", "timezone": "Europe/Berlin", "then": "refuse", "lift": LIFT}
    return Freeze.model_validate(base | {"from": "2026-12-20T18:00", "to": "2027-01-04T08:00"} | keys)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("utc", "on"),
    [
        ("2026-12-20T16:59:59", False),
        ("2026-12-20T17:00:00", True),
        ("2027-01-04T06:59:59", True),
        ("2027-01-04T07:00:00", False),
    ],
)
def test_a_freeze_begins_and_ends_at_its_local_time(utc: str, on: bool) -> None:
    assert (freeze().until(at(utc)) is not None) is on


def test_a_freeze_whose_end_the_clocks_pass_twice_ends_the_second_time() -> None:
    window = freeze(**{"from": "2026-10-24T12:00", "to": "2026-10-25T02:30"})
    assert window.until(at("2026-10-25T01:29:59")) == at("2026-10-25T01:30:00")
    assert window.until(at("2026-10-25T01:30:00")) is None


def test_a_freeze_whose_begin_the_clocks_skip_begins_the_earlier_way() -> None:
    window = freeze(**{"from": "2026-03-29T02:30", "to": "2026-03-30T00:00"})
    assert window.until(at("2026-03-29T00:30:00")) is not None
    assert window.until(at("2026-03-29T00:29:59")) is None


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24", "2026-06-10"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])
def test_quiet_hours_follow_the_wall_clock_on_every_minute_of_three_days(day: str, zone: str) -> None:
    window = quiet(timezone=zone)
    start = at(day)
    for minute in range(3 * 24 * 60):
        now = start + minute * 60
        here = datetime.fromtimestamp(now, ZoneInfo(zone))
        until = window.until(now)
        assert (until is not None) is (here.hour >= 22 or here.hour < 6), here
        if until is not None:
            assert until > now
            end = datetime.fromtimestamp(until, ZoneInfo(zone))
            assert (end.hour, end.minute) == (6, 0)
            assert end - here < timedelta(hours=9.5)


@pytest.mark.parametrize(
    ("to", "utc", "ends"),
    [("02:30", "2026-10-25T00:10:00", "2026-10-25T01:30:00"), ("02:30", "2026-03-29T00:59:00", "2026-03-29T01:30:00")],
)  # fmt: skip
def test_quiet_hours_that_end_in_the_hour_of_the_change_still_end(to: str, utc: str, ends: str) -> None:
    assert quiet(to=to).until(at(utc)) == at(ends)


def test_quiet_hours_of_a_day_last_over_its_midnight_and_no_other() -> None:
    friday = quiet(days=["fri"])
    local = {
        "fri 23:00": "2026-06-12T21:00",
        "sat 05:00": "2026-06-13T03:00",
        "sat 23:00": "2026-06-13T21:00",
    }
    assert [friday.until(at(utc)) is not None for utc in local.values()] == [True, True, False]


@pytest.mark.parametrize(
    ("kind", "keys", "words"),
    [
        (quiet, {"timezone": "Europe/Berlln"}, "no time zone"),
        (quiet, {"from": 1320}, "write it in quotes"),
        (freeze, {"from": "2026-12-20T18:00+01:00"}, "without an offset"),
        (freeze, {"to": "2026-12-01T00:00"}, "ends before it begins"),
        (freeze, {"then": "maybe"}, "refuse"),
    ],
)
def test_a_window_that_cannot_be_meant_is_refused(kind: Any, keys: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        kind(**keys)


def test_a_window_is_for_its_environments_services_owners_and_effects() -> None:
    plan = replace(PLAN, owners=("search",))
    assert freeze().touches(plan, "write")
    assert not freeze().touches(plan, "record")
    assert not freeze(environments=["staging"]).touches(plan, "write")
    assert not freeze(services=["billing"]).touches(plan, "write")
    assert not freeze(owners=["platform"]).touches(plan, "write")
    assert freeze(services=["billing"]).touches(replace(plan, targets=()), "write")


def test_a_time_is_shown_with_its_zone() -> None:
    assert shown(at("2027-01-04T07:00:00"), "Europe/Berlin") == "Mon 2027-01-04 08:00 Europe/Berlin"


def policy_with(**windows: Any) -> Policy:
    return Policy.model_validate(POLICY.model_dump(by_alias=True) | windows)


FROZEN = policy_with(freezes=[freeze().model_dump(by_alias=True)])
NIGHT = policy_with(quiet_hours=[quiet().model_dump(by_alias=True)])
CHRISTMAS = at("2026-12-24T12:00:00")


def test_a_freeze_refuses_and_says_until_when_and_who_can_lift_it() -> None:
    verdict = FROZEN.judge(PLAN, MARIA, PLAIN, now=CHRISTMAS)
    assert (verdict.kind, verdict.window) == ("refuse", True)
    assert verdict.reason == (
        "The change freeze 'year end' is on until Mon 2027-01-04 08:00 Europe/Berlin. It can be lifted by one person "
        "with the role incident-commander, by changing policy.yaml. In an emergency incident-commander may break glass."
    )


def test_a_freeze_lets_dry_runs_reads_and_other_environments_be() -> None:
    assert FROZEN.judge(PLAN, MARIA, PLAIN, now=CHRISTMAS, dry_run=True).kind == "go"
    assert FROZEN.judge(replace(PLAN, effect="read"), MARIA, PLAIN, now=CHRISTMAS).kind == "go"
    assert FROZEN.judge(replace(PLAN, environment="staging"), MARIA, PLAIN, now=CHRISTMAS).kind == "ask"


def test_quiet_hours_add_a_stage_of_those_who_can_lift_them() -> None:
    night, noon = at("2026-06-12T21:00:00"), at("2026-06-12T12:00:00")
    assert len(NIGHT.judge(PLAN, MARIA, PLAIN, now=noon).required) == 1
    first, second = NIGHT.judge(PLAN, MARIA, PLAIN, now=night).required
    assert (first.roles, second.roles, second.name) == (("approver",), ("incident-commander",), "night")


async def test_a_freeze_that_began_after_the_question_holds_the_click_back(database: Database) -> None:
    clock = ManualClock(at("2026-12-20T16:55:00"))
    rig = Rig(database, clock, policy=FROZEN)
    proposal = await rig.propose(environment="production")
    clock.advance(600)
    with pytest.raises(Conflict, match=r"change freeze 'year end'.*Nothing was approved"):
        await rig.approve(proposal.approval, PRIYA)


async def test_a_freeze_that_began_after_the_click_holds_the_claim_back(sqlite_database: Database) -> None:
    clock = ManualClock(at("2026-12-20T16:55:00"))
    rig = Rig(sqlite_database, clock, policy=FROZEN)
    proposal = await rig.propose(environment="production")
    await rig.approve(proposal.approval, PRIYA)
    assert proposal.run is not None
    await rig.submit(proposal.run.id)
    clock.advance(600)
    await rig.work()
    run = await rig.run(proposal.run.id)
    assert (run.status, rig.world.acts) == ("cancelled", [])
    assert "change freeze 'year end'" in (run.error or "")


async def test_quiet_hours_that_began_after_the_click_ask_anew(sqlite_database: Database) -> None:
    clock = ManualClock(at("2026-06-12T19:55:00"))
    rig = Rig(sqlite_database, clock, policy=NIGHT)
    proposal = await rig.propose(environment="production")
    await rig.approve(proposal.approval, PRIYA)
    assert proposal.run is not None
    await rig.submit(proposal.run.id)
    clock.advance(600)
    await rig.work()
    run = await rig.run(proposal.run.id)
    assert (run.status, rig.world.acts) == ("cancelled", [])
    assert "stricter" in (run.error or "")


async def test_at_night_the_added_stage_is_given_by_somebody_else(sqlite_database: Database) -> None:
    rig = Rig(sqlite_database, ManualClock(at("2026-06-12T21:00:00")), policy=NIGHT)
    proposal = await rig.propose(environment="production")
    assert (await rig.approve(proposal.approval, PRIYA)).status == "pending"
    assert (await rig.approve(proposal.approval, LENA)).status == "approved"
