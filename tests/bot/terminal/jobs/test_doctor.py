from __future__ import annotations

import json

from bot.terminal.doctor import doctor
from integrations.registry import Health
from store.errors import StoreError
from tests.bot.terminal.house import House, call


def test_all_well_is_exit_0_and_says_what_was_found(house: House) -> None:
    house.health = {"demo": Health(True, "13 services")}
    result = call(house, doctor)
    assert result.exit_code == 0, result.stdout
    for words in ("settings", "disk", "database", "audit", "people", "catalogue", "runbooks", "13 services"):
        assert words in result.stdout


def test_an_ill_integration_is_exit_1(house: House) -> None:
    house.health = {"prometheus": Health(False, "refused the connection: check the URL")}
    result = call(house, doctor)
    assert result.exit_code == 1 and "NOT OK" in result.stdout and "check the URL" in result.stdout
    found = json.loads(call(house, doctor, "--json").stdout)
    assert {"what": "prometheus", "ok": False, "words": "refused the connection: check the URL"} in found


def test_an_application_that_cannot_be_opened_is_a_finding(house: House) -> None:
    house.fail = StoreError("The database is locked; end the one that holds it.")
    result = call(house, doctor)
    assert result.exit_code == 1 and "is locked" in result.stdout and "settings" in result.stdout
