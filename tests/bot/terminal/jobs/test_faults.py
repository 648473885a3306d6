from __future__ import annotations

import json

from bot.terminal.demo import demo
from tests.bot.terminal.house import House, call


def on(house: House) -> dict[str, bool]:
    return {one["name"]: one["on"] for one in json.loads(call(house, demo, "fault", "list", "--json").stdout)}


def test_a_fault_is_started_listed_and_stopped(house: House) -> None:
    assert not any(on(house).values())
    assert call(house, demo, "fault", "start", "bad-release").exit_code == 0
    assert on(house)["bad-release"] is True
    assert "on" in call(house, demo, "fault", "list").stdout
    assert call(house, demo, "fault", "stop", "bad-release").exit_code == 0
    assert not any(on(house).values())


def test_a_fault_that_is_on_or_off_already_is_told(house: House) -> None:
    result = call(house, demo, "fault", "stop", "bad-release")
    assert result.exit_code == 1 and "not on" in result.stderr
    call(house, demo, "fault", "start", "bad-release")
    assert "on already" in call(house, demo, "fault", "start", "bad-release").stderr


def test_an_unknown_fault_or_service_names_those_there_are(house: House) -> None:
    assert "bad-release" in call(house, demo, "fault", "start", "earthquake").stderr
    assert "nope" in call(house, demo, "fault", "start", "bad-release", "--service", "nope").stderr


def test_outside_the_demo_nothing_is_broken(house: House) -> None:
    house.mode = "act"
    result = call(house, demo, "fault", "start", "bad-release")
    assert result.exit_code == 1 and "demo mode only" in result.stderr
