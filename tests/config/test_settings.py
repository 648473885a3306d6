"""Settings in layers, and words for each way to get one wrong."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from config.errors import SettingsError
from config.settings import PREFIX, Settings, load_settings, signing_key, variables

ROOT = Path(__file__).parents[2]
LONG = "x" * 40


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)


def test_without_any_setting_it_is_the_demo_on_loopback() -> None:
    settings = load_settings(Path("nowhere"))
    assert (settings.mode, settings.http.host, settings.http.port) == ("demo", "127.0.0.1", 8080)
    assert settings.database.startswith("sqlite:////")


def test_each_layer_wins_over_the_one_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "settings.toml").write_text("[http]\nport = 1001\nhost = '127.0.0.2'\n")
    monkeypatch.setenv("COPILOT_CONFIG_DIR", str(tmp_path))
    assert load_settings(Path("nowhere")).http.port == 1001
    dotenv = tmp_path / ".env"
    dotenv.write_text("COPILOT_HTTP__PORT=1002\n")
    assert load_settings(dotenv).http.port == 1002
    monkeypatch.setenv("COPILOT_HTTP__PORT", "1003")
    settings = load_settings(dotenv)
    assert (settings.http.port, settings.http.host) == (1003, "127.0.0.2")


def test_a_secret_file_wins_over_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "copilot_auth__secret").write_text(LONG + "file")
    monkeypatch.setenv("COPILOT_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("COPILOT_AUTH__SECRET", LONG + "env")
    assert signing_key(load_settings(Path("nowhere"))) == (LONG + "file").encode()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("COPILOT_HTTP__PROT", "1", "Did you mean COPILOT_HTTP__PORT?"),
        ("COPILOT_LLLM__X", "1", "nothing reads it"),
        ("COPILOT_HTTP__PORT", "99999", "COPILOT_HTTP__PORT is '99999'"),
        ("COPILOT_MODE", "dmeo", "'demo', 'observe', 'propose' or 'act'"),
        ("COPILOT_CONFIG_DIR", "/no/such/folder", "not a folder"),
        ("COPILOT_AUTH__SECRET", "short", "at least 32"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_wanted(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings(Path("nowhere"))
    assert said in str(caught.value)


def test_a_secret_is_never_in_the_words_of_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPILOT_AUTH__SECRET", "hunter2")
    with pytest.raises(SettingsError) as caught:
        load_settings(Path("nowhere"))
    assert "hunter2" not in str(caught.value)


def test_a_broken_settings_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "settings.toml").write_text("mode = [")
    monkeypatch.setenv("COPILOT_CONFIG_DIR", str(tmp_path))
    with pytest.raises(SettingsError, match=r"settings\.toml"):
        load_settings(Path("nowhere"))


def test_the_signing_key_is_made_once_and_is_ours_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    first = signing_key(settings)
    assert len(first) >= 32
    assert signing_key(settings) == first
    assert stat.S_IMODE((tmp_path / "data" / "token.key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["token.key"]


def test_on_postgresql_the_signing_key_must_be_set(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url="postgresql+psycopg://x@127.0.0.1/x")
    with pytest.raises(SettingsError, match="COPILOT_AUTH__SECRET"):
        signing_key(settings)


def test_a_data_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="COPILOT_DATA_DIR"):
        signing_key(Settings(data_dir=tmp_path / "file" / "data"))


def test_the_example_file_lists_every_variable() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    listed = {
        line.lstrip("# ").partition("=")[0]
        for line in example.splitlines()
        if f"{PREFIX}" in line and "=" in line
    }
    assert listed == {name for name, _ in variables()}
