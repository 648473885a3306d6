"""The catalogue: what it answers, and its words for a file that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from config.catalogue import load_catalogue
from config.errors import SettingsError
from tests.support.fleet import catalogue

SHARED = {"services": {"a": {"owner": "t"}}, "environments": {"production": []}, "teams": {"t": []}}


def written(tmp_path: Path, text: str | dict[str, object]) -> Path:
    path = tmp_path / "catalogue.yaml"
    path.write_text(text if isinstance(text, str) else yaml.safe_dump(text), encoding="utf-8")
    return path


def services(**named: dict[str, object]) -> dict[str, object]:
    return {**SHARED, "services": {name: {"owner": "t", **one} for name, one in named.items()}}


def test_the_demo_company_has_thirteen_owned_services() -> None:
    company = catalogue()
    assert len(company.services) == 13
    assert {one.owner for one in company.services.values()} == set(company.teams)
    assert sum(one.traffic_share for one in company.services.values()) <= 1.0


def test_names_of_the_demo_company_are_the_ones_people_use() -> None:
    company = catalogue()
    assert company.resolve_service("Vector DB") == "vector-db"
    assert company.resolve_service("payments") == "payments-api"
    assert company.resolve_service("region eu") is None
    assert company.resolve_environment(" prod ") == "production"
    assert company.resolve_provider("Open AI") == "openai"
    assert company.resolve_team("dba") == "database"


def test_dependants_and_dependencies_go_through_others_nearest_first() -> None:
    company = catalogue()
    assert company.dependencies("chat-frontend")[:2] == ("rag-api", "moderation")
    assert company.dependencies("chat-frontend")[-1] == "vllm-pool"
    assert company.dependants("vllm-pool")[0] == "inference-router"
    assert "chat-frontend" in company.dependants("vllm-pool")
    assert company.dependants("chat-frontend") == ()


def test_what_takes_user_traffic_comes_with_the_most_first() -> None:
    assert catalogue().user_facing[0] == "chat-frontend"
    assert "vllm-pool" not in catalogue().user_facing


def test_every_model_of_a_service_is_a_model_of_the_company() -> None:
    company = catalogue()
    assert {model for one in company.services.values() for model in one.models} <= set(company.models)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (services(a={"depends_on": ["b"]}), ["services.a.depends_on", "'b'", "not a service"]),
        (services(a={"owner": "nobody"}), ["services.a.owner", "'nobody'", "The teams are: t"]),
        (services(a={"provider": "p"}), ["services.a.provider", "'p'", "not among providers"]),
        (services(a={"traffic_share": 2}), ["services.a.traffic_share", "less than or equal to 1"]),
        (services(a={"colour": "red"}), ["services.a.colour", "Extra inputs"]),
        (services(a={"aliases": ["x"]}, b={"aliases": ["X"]}), ["'X'", "both a and b", "Keep it for one"]),
        (
            services(a={"depends_on": ["b"]}, b={"depends_on": ["c"]}, c={"depends_on": ["b"]}),
            ["circle", "b → c → b", "Take one"],
        ),
        ("services: [", ["is not YAML", "line"]),
        ("", ["Mend that key"]),
    ],
)
def test_a_wrong_file_is_told_with_its_key(
    tmp_path: Path, content: str | dict[str, object], words: list[str]
) -> None:
    path = written(tmp_path, content)
    with pytest.raises(SettingsError) as told:
        load_catalogue(path)
    assert str(path) in str(told.value)
    for word in words:
        assert word in str(told.value)


def test_a_file_that_is_not_there_or_not_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot be read .*COPILOT_CONFIG_DIR"):
        load_catalogue(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="is not YAML"):
        load_catalogue(tmp_path / "bytes.yaml")
