"""People: who holds what, and the words for a file that is wrong."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.errors import SettingsError
from config.people import load_people
from tests.support.fleet import catalogue, people


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "people.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_first_operator_of_the_demo_company_is_maria_and_she_approves_nothing() -> None:
    first = next(one for one in people().by_id.values() if one.may("operator"))
    assert first.id == "maria"
    assert not first.may("approver")


def test_somebody_of_the_on_call_group_may_approve_what_maria_asks_for() -> None:
    approvers = {one.id for one in people().holders("approver") if "llm-oncall" in one.groups}
    assert approvers >= {"priya", "lena"}
    sam = people().get("sam")
    assert sam is not None and sam.may("approver") and sam.may("viewer") and not sam.may("operator")


def test_every_role_has_its_holder_and_every_person_a_team_and_a_real_zone() -> None:
    known = people()
    for role in ("viewer", "operator", "approver", "incident-commander", "auditor", "admin"):
        assert known.holders(role), role
    for one in known.by_id.values():
        assert one.teams <= set(catalogue().teams) and one.teams
        assert ZoneInfo(one.zone).key == one.zone


def test_every_team_has_a_rota_of_its_own_people() -> None:
    known = people()
    assert set(known.rota) == set(catalogue().teams)
    for team, turns in known.rota.items():
        assert all(team in known.by_id[one].teams for one in turns)


def test_a_token_subject_is_the_id_unless_said(tmp_path: Path) -> None:
    known = load_people(written(tmp_path, "people: {a: {name: A}, b: {name: B, subject: oidc|7}}"))
    assert known.by_subject("a") is known.by_id["a"]
    assert known.by_subject("oidc|7") is known.by_id["b"]
    assert known.by_subject("b") is None
    assert known.get("c") is None


def test_whoever_holds_any_role_may_view_and_whoever_holds_none_may_not(tmp_path: Path) -> None:
    known = load_people(written(tmp_path, "people: {a: {name: A, roles: [auditor]}, b: {name: B}}"))
    assert known.by_id["a"].may("viewer")
    assert not known.by_id["b"].may("viewer")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("people: {a: {name: A, roles: [king]}}", ["roles", "'viewer'"]),
        ("people: {a: {}}", ["name", "Field required"]),
        ("people: {a: {name: A}}\nrota: [{team: t, people: [b]}]", ["rota of t", "'b'", "Add that person"]),
        ("people: {a: {name: A}}\nrota: [{team: t, people: []}]", ["rota.0.people", "at least 1"]),
        ("people: {a: ", ["is not YAML"]),
        ("persons: {}", ["people", "Field required"]),
    ],
)
def test_a_wrong_file_is_told_with_its_key(tmp_path: Path, text: str, words: list[str]) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SettingsError) as told:
        load_people(path)
    assert str(path) in str(told.value)
    for word in words:
        assert word in str(told.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot be read .*COPILOT_CONFIG_DIR"):
        load_people(tmp_path / "none.yaml")
