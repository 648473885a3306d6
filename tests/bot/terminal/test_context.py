from __future__ import annotations

import ast
import inspect
import shutil
import sys
from pathlib import Path

import click
import pytest

from bot.terminal import context
from bot.terminal.context import guarded, load, program
from config.errors import BadRequest, SettingsError
from tests.bot.terminal.house import House, call

FOLDER = Path(context.__file__).parent


def jobs() -> list[tuple[str, set[str]]]:
    """Every job that a verb names, with the arguments it gives."""
    found = []
    for file in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id.startswith("do")
            ):
                target = node.args[1]
                if isinstance(target, ast.Constant):
                    apart = {"folder"} if node.func.id == "do_apart" else set()
                    found.append((str(target.value), {str(one.arg) for one in node.keywords} | apart))
    return found


def test_every_verb_names_a_job_that_takes_exactly_what_it_is_given() -> None:
    assert len(jobs()) >= 20
    for name, given in jobs():
        parameters = inspect.signature(load(name)).parameters
        assert set(parameters) - {"opener"} == given, name


@click.command()
@click.pass_obj
def audit_verb(opener: House) -> None:
    context.do(opener, "jobs.audit:verified", as_json=False)


def test_our_errors_are_one_line_on_stderr_and_exit_1(house: House) -> None:
    house.fail = BadRequest("Service\n\x1b[2Jx is unknown.")
    result = call(house, audit_verb)
    assert result.exit_code == 1
    assert result.stderr == "llm-copilot: Service \\x1b[2Jx is unknown.\n"


def test_a_wrong_setting_is_exit_2(house: House) -> None:
    house.fail = SettingsError("COPILOT_MODE is x.")
    assert call(house, audit_verb).exit_code == 2


def test_an_error_that_nobody_foresaw_gives_an_id_that_is_in_the_log(house: House) -> None:
    house.fail = ZeroDivisionError("secret")
    result = call(house, audit_verb)
    assert result.exit_code == 1 and "secret" not in result.stderr and "Traceback" not in result.stderr
    error_id = result.stderr.split("Error id ")[1].split(":")[0]
    log = (house.folder / "data" / "copilot.log").read_text(encoding="utf-8")
    assert error_id in log and "ZeroDivisionError: secret" in log


def test_an_error_where_no_log_can_be_written_still_says_its_kind(house: House) -> None:
    (house.folder / "data").write_text("a file, not a folder")
    house.fail = ZeroDivisionError("what")
    result = call(house, audit_verb)
    assert result.exit_code == 1 and "ZeroDivisionError: what" in result.stderr


def test_ctrl_c_is_130_and_says_what_becomes_of_runs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def stopped() -> int:
        raise KeyboardInterrupt

    assert guarded(lambda: tmp_path, stopped) == 130
    assert "next worker" in capsys.readouterr().err


def test_a_missing_package_names_the_extra(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    def lacking() -> int:
        raise ModuleNotFoundError("No module named 'rich'", name="rich")

    assert guarded(lambda: tmp_path, lacking) == 1
    assert "extra `terminal`" in capsys.readouterr().err


def test_what_one_is_told_to_type_can_be_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    told = program()
    found = shutil.which(told)
    if (Path(sys.prefix) / "bin" / "llm-copilot").exists():
        assert found is not None
    monkeypatch.setenv("PATH", "/nowhere")
    assert program().endswith("llm-copilot")
