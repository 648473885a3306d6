from __future__ import annotations

import json
from pathlib import Path

from bot.terminal.runbook import runbook
from tests.bot.terminal.house import House, call


def test_the_list_names_each_with_its_inputs(house: House) -> None:
    words = call(house, runbook, "list").stdout
    assert "look" in words and "roll-back" in words and "service" in words
    assert [one["id"] for one in json.loads(call(house, runbook, "list", "--json").stdout)] == [
        "look",
        "roll-back",
    ]


def test_show_has_inputs_and_steps(house: House) -> None:
    words = call(house, runbook, "show", "roll-back").stdout
    assert "deployments.rollback (write)" in words and "service, required" in words
    assert json.loads(call(house, runbook, "show", "look", "--json").stdout)["inputs"]["required"] == [
        "service"
    ]


def test_an_unknown_runbook_names_the_nearest(house: House) -> None:
    result = call(house, runbook, "show", "rollback")
    assert result.exit_code == 1 and "roll-back" in result.stderr


def test_lint_says_ok_or_file_line_and_what_is_wanted(house: House, tmp_path: Path) -> None:
    call(house, runbook, "list")
    good = tmp_path / "runbooks" / "look.yaml"
    assert call(house, runbook, "lint", str(good)).stdout.endswith("ok\n")
    bad = tmp_path / "look.yaml"
    bad.write_text(good.read_text(encoding="utf-8").replace("uses:", "usess:"), encoding="utf-8")
    result = call(house, runbook, "lint", str(bad))
    assert result.exit_code == 1 and f"{bad}:" in result.stdout and "uses" in result.stdout


def test_plan_shows_the_change_and_makes_none(house: House) -> None:
    result = call(house, runbook, "plan", "roll-back", "service=rag-api")
    assert result.exit_code == 0, result.stderr
    assert "v2 → v1" in result.stdout and "Nothing was changed" in result.stdout
    assert house.world.rollbacks == [] and house.world.version == "v2"
    assert (
        json.loads(call(house, runbook, "plan", "roll-back", "service=rag-api", "--json").stdout)["effect"]
        == "write"
    )


def test_a_run_of_reads_goes_at_once(house: House) -> None:
    result = call(house, runbook, "run", "look", "service=rag-api")
    assert result.exit_code == 0 and "✓ succeeded" in result.stdout


def test_a_production_write_waits_prints_its_id_and_ends_with_0(house: House) -> None:
    result = call(house, runbook, "run", "roll-back", "service=rag-api")
    assert result.exit_code == 0 and "waits for approval apr_" in result.stdout
    assert house.world.rollbacks == []


def test_wrong_inputs_are_told(house: House) -> None:
    result = call(house, runbook, "run", "look", "servce=rag-api")
    assert result.exit_code == 1 and "servce" in result.stderr and "service" in result.stderr


def test_who_may_not_ask_is_refused(house: House) -> None:
    result = call(house, runbook, "run", "roll-back", "service=rag-api", "--as", "jonas")
    assert result.exit_code == 1 and "operator" in result.stderr
