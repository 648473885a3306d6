from __future__ import annotations

import json

from bot.terminal.doctor import doctor
from bot.terminal.runbook import runbook
from tests.bot.terminal.house import House, call


def test_everything_is_stopped_doctor_says_so_and_it_is_lifted(house: House) -> None:
    result = call(house, runbook, "stop-all", "--reason", "smoke")
    assert result.exit_code == 0 and "Everything is stopped by maria: smoke." in result.stdout.replace(
        "\n", " "
    )
    found = json.loads(call(house, doctor, "--json").stdout)
    work = next(one for one in found if one["what"] == "work")
    assert work["ok"] is False and "stop-all --off" in work["words"]
    refused = call(house, runbook, "stop-all", "--off")
    assert refused.exit_code == 1 and "approver" in refused.stderr
    lifted = call(house, runbook, "stop-all", "--off", "--as", "priya", "--json")
    assert json.loads(lifted.stdout) == {"stopped": False, "held": 0}
    assert call(house, doctor).exit_code == 0


def test_json_has_who_and_why(house: House) -> None:
    seen = json.loads(call(house, runbook, "stop-all", "--json").stdout)
    assert (seen["stopped"], seen["by"], seen["reason"]) == (True, "maria", "")
