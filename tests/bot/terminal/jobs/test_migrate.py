from __future__ import annotations

from pathlib import Path

from bot.terminal.migrate import migrate
from tests.bot.terminal.house import House, call


def test_an_empty_database_is_brought_up_and_a_second_time_nothing_is_left_to_do(
    house: House, tmp_path: Path
) -> None:
    house.url = f"sqlite:///{tmp_path / 'new.db'}"
    first, second = call(house, migrate), call(house, migrate)
    assert first.exit_code == 0 and "none (it was empty) to" in first.stdout
    assert second.exit_code == 0 and "already" in second.stdout


def test_a_file_that_is_no_database_is_told(house: House, tmp_path: Path) -> None:
    (tmp_path / "bad.db").write_text("this is not a database " * 100)
    house.url = f"sqlite:///{tmp_path / 'bad.db'}"
    result = call(house, migrate)
    assert result.exit_code == 1 and "not an SQLite database" in result.stderr
