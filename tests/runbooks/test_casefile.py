from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import BadRequest
from runbooks.casefile import find_cases
from tests.runbooks.test_library import LIBRARY

ONE = "cases:\n  - {name: one, expect: {status: succeeded}}\n"


def write(folder: Path, name: str, text: str = ONE) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_cases_are_found_by_folder_by_runbook_and_by_their_own_name(tmp_path: Path) -> None:
    file = write(tmp_path, "a.test.yaml")
    runbook = write(tmp_path, "a.yaml", "")
    for path in (tmp_path, runbook, file):
        (found,) = find_cases(path)
        assert (found.file, found.runbook) == (file, runbook)
        assert [one.name for one in found.cases] == ["one"]


def test_no_cases_is_said_with_where_they_belong(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match=r"no cases at .*\*\.test\.yaml"):
        find_cases(tmp_path)
    with pytest.raises(BadRequest, match=r"no cases at .*a\.test\.yaml"):
        find_cases(tmp_path / "a.yaml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cases: []\n", "cases"),
        ("cases: [{name: x, expect: {stat: succeeded}}]\n", "cases.0.expect.stat"),
        ("cases: [{name: x, expect: {status: fine}}]\n", "cases.0.expect.status"),
        ("cases: [\n", "cannot be read"),
    ],
)
def test_a_misshapen_file_names_the_key(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        find_cases(write(tmp_path, "a.test.yaml", text))


def test_a_single_answer_and_a_list_of_them_are_both_answers(tmp_path: Path) -> None:
    text = "cases: [{name: x, reads: {a.b: {v: 1}, c.d: [{v: 1}, {v: 2}]}, expect: {}}]\n"
    case = find_cases(write(tmp_path, "a.test.yaml", text))[0].cases[0]
    assert (len(case.answers("a.b")), len(case.answers("c.d")), case.answers("e.f")) == (1, 2, ())


def test_every_runbook_of_the_library_has_cases() -> None:
    assert {one.runbook for one in find_cases(LIBRARY)} == {
        file for file in LIBRARY.glob("*.yaml") if not file.name.endswith(".test.yaml")
    }
