"""The walls of the house: sizes, directions, names. docs/architecture.md says why."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
ROOMS = ("bot", "graph", "runbooks", "integrations", "insight", "store", "config")
TOP_LEVEL = {
    *ROOMS, "tests", "docs", "examples", "app.py", "pyproject.toml", "README.md", "Makefile", "CHANGELOG.md",
    "CONTRIBUTING.md", "SECURITY.md", "LICENSE", "THIRD_PARTY_LICENSES.md", "requirements.lock",
}  # fmt: skip


def tracked(pattern: str = "") -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", *([pattern] if pattern else [])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).exists()]


def sources() -> list[Path]:
    return [path for path in tracked("*.py") if path.relative_to(ROOT).parts[0] in (*ROOMS, "app.py")]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")


def test_imports_run_one_way_only() -> None:
    linted = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert linted.returncode == 0, linted.stdout


def test_app_is_seen_by_no_room() -> None:
    seeing = [
        str(path.relative_to(ROOT))
        for path in sources()
        if re.search(r"^\s*(from|import) app\b", path.read_text(encoding="utf-8"), re.M)
    ]
    assert not seeing


def test_no_file_is_longer_than_400_lines_and_no_test_than_500() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {lines(path)}"
        for path in tracked("*.py")
        if lines(path) > (500 if path.is_relative_to(ROOT / "tests") else 400)
    ]
    assert not long


def test_no_function_is_longer_than_50_lines() -> None:
    long = []
    for path in sources():
        for function in functions(path):
            size = (function.end_lineno or 0) - function.lineno + 1
            if size > 50 and "versions" not in path.parts:  # a migration is a list of tables
                long.append(f"{path.relative_to(ROOT)}:{function.lineno} {function.name}: {size}")
    assert not long


def test_nodes_and_package_files_are_small() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {lines(path)}"
        for path in sources()
        if (path.name == "__init__.py" and lines(path) > 40)
        or (path.parent == ROOT / "graph" / "nodes" and lines(path) > 150)
    ]
    assert not long


def test_a_route_body_is_at_most_15_lines() -> None:
    long = []
    for path in (ROOT / "bot" / "http").glob("*.py"):
        for function in functions(path):
            if any(
                "route" in ast.unparse(one) or "endpoint" in ast.unparse(one)
                for one in function.decorator_list
            ):
                first = function.body[1] if ast.get_docstring(function) else function.body[0]
                size = (function.end_lineno or 0) - first.lineno + 1
                if size > 15:
                    long.append(f"{path.relative_to(ROOT)}:{function.lineno} {function.name}: {size}")
    assert not long


def test_nothing_but_the_house_stands_at_the_top_level() -> None:
    found = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert {name for name in found if not name.startswith(".")} <= TOP_LEVEL


def test_every_module_has_its_test_file() -> None:
    missing = []
    for path in sources():
        relative = path.relative_to(ROOT)
        if path.name == "__init__.py" and lines(path) < 5:
            continue
        if "migrations" in relative.parts:
            continue
        stem = relative.parent.name if path.name == "__init__.py" else path.stem
        folder = ROOT / "tests" / relative.parent
        if not list(folder.glob(f"test_{stem}*.py")):
            missing.append(str(relative))
    assert not missing


def test_only_demo_and_builtin_integrations_know_the_store() -> None:
    importing = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "integrations").rglob("*.py")
        if path.relative_to(ROOT).parts[1] not in ("demo", "builtin", "registry.py")
        and re.search(r"^(from|import) store\b", path.read_text(encoding="utf-8"), re.M)
    ]
    assert not importing


def test_no_integration_imports_another() -> None:
    folders = [
        path.name
        for path in (ROOT / "integrations").iterdir()
        if path.is_dir() and path.name != "__pycache__"
    ]
    crossing = []
    for folder in folders:
        for path in (ROOT / "integrations" / folder).rglob("*.py"):
            for other in set(folders) - {folder}:
                if f"integrations.{other}" in path.read_text(encoding="utf-8"):
                    crossing.append(f"{path.relative_to(ROOT)} → {other}")
    assert not crossing


def test_insight_names_no_service_and_no_fault_of_the_demo_company() -> None:
    catalogue = yaml.safe_load((ROOT / "config" / "catalogue.yaml").read_text(encoding="utf-8"))
    names = {*catalogue["services"], *catalogue["providers"], "bad-release", "bad_release", "provider-outage"}
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "insight").rglob("*.py")
        for name in names
        if re.search(rf"\b{re.escape(name)}\b", path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_faults_are_known_in_the_demo_folder_alone() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in sources()
        if not path.is_relative_to(ROOT / "integrations" / "demo")
        and re.search(r"bad.release|provider.outage", path.read_text(encoding="utf-8"))
    ]
    assert not found


@pytest.mark.parametrize("room", ROOMS)
def test_only_named_errors_are_caught_but_for_one_catch_all_a_face(room: str) -> None:
    broad = []
    for path in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler):
                kind = ast.unparse(node.type) if node.type else ""
                if kind in ("", "Exception", "BaseException"):
                    broad.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert len(broad) <= {"bot": 4, "runbooks": 1}.get(room, 0), broad


def test_the_lock_has_hashes_and_no_addresses() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "--hash=sha256:" in lock
    assert "://" not in lock
    assert "index" not in lock.replace("--no-emit-index-url", "")
