from __future__ import annotations

import json
import sqlite3
from itertools import pairwise

from bot.terminal.audit import audit
from bot.terminal.runbook import runbook
from tests.bot.terminal.house import House, call


def ran(house: House) -> str:
    result = call(house, runbook, "run", "look", "service=rag-api", "--json")
    return str(json.loads(result.stdout)["id"])


def test_a_whole_chain_is_exit_0(house: House) -> None:
    ran(house)
    result = call(house, audit, "verify")
    assert result.exit_code == 0 and "whole" in result.stdout
    assert json.loads(call(house, audit, "verify", "--json").stdout)["ok"] is True


def test_a_changed_row_is_exit_1_and_named(house: House) -> None:
    ran(house)
    with sqlite3.connect(house.url.removeprefix("sqlite:///")) as raw:
        raw.execute("UPDATE audit SET actor = 'sam' WHERE seq = 2")
    raw.close()
    result = call(house, audit, "verify")
    assert result.exit_code == 1 and "BROKEN at row 2" in result.stdout


def test_export_prints_every_row_with_its_hashes(house: House) -> None:
    ran(house)
    rows = [json.loads(line) for line in call(house, audit, "export").stdout.splitlines()]
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert all(after["prev_hash"] == before["hash"] for before, after in pairwise(rows))


def test_export_of_one_run_has_its_rows_alone(house: House) -> None:
    first, second = ran(house), ran(house)
    rows = [json.loads(line) for line in call(house, audit, "export", "--run", second).stdout.splitlines()]
    assert rows and {row["run_id"] for row in rows} == {second} and first != second
