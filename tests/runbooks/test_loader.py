from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import NotFound
from integrations.actions import Actions
from runbooks.loader import LoadError, lint, load
from tests.runbooks.world import ROLLBACK, World

ACTIONS = World().actions()


def test_a_folder_of_runbooks_is_a_library(tmp_path: Path) -> None:
    (tmp_path / "rollback.yaml").write_text(ROLLBACK)
    library = load([tmp_path], ACTIONS)
    assert [one.id for one in library.all()] == ["rollback"]
    with pytest.raises(NotFound, match="Did you mean 'rollback'"):
        library.get("rolback")


def test_all_problems_of_all_files_come_at_once_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        ROLLBACK.replace("version.get", "version.gt").replace("    if:", "    iff:")
    )
    (tmp_path / "b.yaml").write_text("version: [1\n")
    (tmp_path / "c.yaml").write_bytes(b"\xff\xfe")
    found = lint(tmp_path, ACTIONS)
    assert [one.split(": ")[0].rsplit("/", 1)[1] for one in found] == [
        "a.yaml:12",
        "a.yaml:16",
        "b.yaml:2",
        "c.yaml:1",
    ]
    assert "unknown key 'iff'. Did you mean 'if'?" in found[1]
    with pytest.raises(LoadError) as caught:
        load([tmp_path], ACTIONS)
    assert list(caught.value.problems) == found


def test_a_runbook_is_named_as_its_file(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(ROLLBACK)
    assert "name it 'other' as the file is" in lint(tmp_path, ACTIONS)[0]


def test_two_runbooks_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "rollback.yaml").write_text(ROLLBACK)
    with pytest.raises(LoadError, match="is also in"):
        load([tmp_path / "one", tmp_path / "two"], ACTIONS)


def test_a_missing_path_is_a_problem_and_not_a_traceback(tmp_path: Path) -> None:
    assert "there is no such file or folder" in lint(tmp_path / "nothing.yaml", ACTIONS)[0]
    assert lint(tmp_path, ACTIONS) == []


def test_a_shipped_runbook_whose_actions_are_not_set_up_is_left_out_and_ones_own_is_an_error(
    tmp_path: Path,
) -> None:
    (tmp_path / "rollback.yaml").write_text(ROLLBACK)
    library = load([tmp_path], Actions({}), shipped=tmp_path)
    assert library.all() == ()
    assert "version.set" in library.left_out["rollback"]
    with pytest.raises(NotFound, match=r"needs .*version\.set"):
        library.get("rollback")
    with pytest.raises(LoadError):
        load([tmp_path], Actions({}))
