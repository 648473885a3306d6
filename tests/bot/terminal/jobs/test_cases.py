from __future__ import annotations

import json
from pathlib import Path

from bot.terminal.runbook import runbook
from tests.bot.terminal.house import House, call

CASES = """\
cases:
  - name: put back
    inputs: {service: rag-api, environment: staging}
    requester: maria
    approve: [maria]
    expect: {status: WANTED, writes: [deployments.rollback]}
"""


def written(house: House, tmp_path: Path, wanted: str) -> Path:
    call(house, runbook, "list")
    file = tmp_path / "runbooks" / "roll-back.test.yaml"
    file.write_text(CASES.replace("WANTED", wanted), encoding="utf-8")
    return file


def test_cases_that_pass_are_exit_0_and_change_nothing(house: House, tmp_path: Path) -> None:
    file = written(house, tmp_path, "succeeded")
    for path in (file, file.with_name("roll-back.yaml"), file.parent):
        result = call(house, runbook, "test", str(path))
        assert result.exit_code == 0, result.stdout + result.stderr
        assert "ok      roll-back.test.yaml: put back" in result.stdout
        assert "1 of 1 cases passed." in result.stdout
    assert house.world.rollbacks == []


def test_a_case_that_fails_is_exit_1_and_says_why(house: House, tmp_path: Path) -> None:
    file = written(house, tmp_path, "failed")
    result = call(house, runbook, "test", str(file))
    assert result.exit_code == 1
    assert "expected the run to be failed, it is succeeded" in result.stdout
    found = json.loads(call(house, runbook, "test", str(file), "--json").stdout)
    assert found[0]["case"] == "put back" and found[0]["problems"]


def test_no_cases_are_said(house: House, tmp_path: Path) -> None:
    call(house, runbook, "list")
    result = call(house, runbook, "test", str(tmp_path / "runbooks"))
    assert result.exit_code == 1 and "There are no cases" in result.stderr
