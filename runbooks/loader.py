"""The library: every runbook of every folder, or every problem with its file and line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from config.errors import NotFound, SettingsError
from integrations.actions import Actions
from runbooks.casefile import SUFFIX
from runbooks.children import USES, ChildError, Find, inlined
from runbooks.compiler import Runbook, compile_runbook
from runbooks.expressions import did_you_mean
from runbooks.source import SourceError, read_source


class LoadError(SettingsError):
    """`problems` are lines "file:line: what; what is wanted"; the message is all of them."""

    title = "A runbook is wrong"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Library:
    """All runbooks by id. `left_out` are shipped ones that use actions which no configured integration brings."""

    by_id: Mapping[str, Runbook] = field(default_factory=dict)
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def get(self, runbook_id: str) -> Runbook:
        """Raises NotFound with the nearest name."""
        found = self.by_id.get(runbook_id)
        if runbook_id in self.left_out:
            needs = ", ".join(self.left_out[runbook_id])
            raise NotFound(
                f"Runbook {runbook_id} needs {needs}: set up an integration that brings it; see `doctor`."
            )
        if found is None:
            raise NotFound(f"There is no runbook {runbook_id!r}.{did_you_mean(runbook_id, self.by_id)}")
        return found

    def all(self) -> tuple[Runbook, ...]:
        return tuple(self.by_id[key] for key in sorted(self.by_id))


def load(paths: Sequence[Path], actions: Actions, shipped: Path | None = None) -> Library:
    """Every `*.yaml` of each folder that is no file of cases, and each file named by itself.

    A runbook of the folder `shipped` whose actions are not set up is left out; one's own is an error.
    Raises LoadError with all problems.
    """
    problems: list[str] = []
    found: dict[str, Runbook] = {}
    left_out: dict[str, tuple[str, ...]] = {}
    files = _files(paths, problems)
    for file in files:
        missing = _missing(file, actions) if file.parent == shipped else ()
        if missing:
            left_out[file.stem] = missing
            continue
        read = _read(file, actions, files)
        if isinstance(read, list):
            problems.extend(read)
        elif read.id in found:
            problems.append(f"{file}:1: runbook {read.id!r} is also in {found[read.id].file}; rename one")
        else:
            found[read.id] = read
    if problems:
        raise LoadError(problems)
    return Library(found, left_out)


def lint(path: Path, actions: Actions) -> list[str]:
    """The problems of one file or folder, empty when there are none."""
    try:
        load([path], actions)
    except LoadError as err:
        return list(err.problems)
    return []


def _files(paths: Sequence[Path], problems: list[str]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            found = [*path.glob("*.yaml"), *path.glob("*.yml")]
            files.extend(sorted(one for one in found if not one.name.endswith(SUFFIX)))
        elif path.is_file():
            files.append(path)
        else:
            problems.append(f"{path}:1: there is no such file or folder; check the path")
    return files


def _missing(file: Path, actions: Actions) -> tuple[str, ...]:
    """Actions of its steps that are not set up; none for a file that cannot be read, which `_read` explains."""
    try:
        steps = read_source(file.read_text(encoding="utf-8")).content.get("steps", [])
    except (SourceError, OSError, UnicodeDecodeError):
        return ()
    used = [call for step in steps for call in (step, step.get("undo") or {}, step.get("verify") or {})]
    return tuple(
        sorted({str(call["uses"]) for call in used if "uses" in call} - {USES} - set(actions.by_name))
    )


def _others(file: Path, files: Sequence[Path]) -> Find:
    """The content of another runbook by its id: of those that are loaded, or of the same folder."""

    def find(name: str) -> Mapping[str, Any] | None:
        there = [
            one for one in (*files, file.with_name(f"{name}.yaml")) if one.stem == name and one.is_file()
        ]
        try:
            return read_source(there[0].read_text(encoding="utf-8")).content if there else None
        except (SourceError, OSError, UnicodeDecodeError):
            return None

    return find


def _read(file: Path, actions: Actions, files: Sequence[Path]) -> Runbook | list[str]:
    try:
        source = read_source(file.read_text(encoding="utf-8"))
    except SourceError as err:
        return [f"{file}:{err.line}: {err.what}"]
    except UnicodeDecodeError:
        return [f"{file}:1: is not text; save it as UTF-8"]
    except OSError as err:
        return [f"{file}:1: cannot be read ({err.strerror}); check its rights"]
    try:
        content, origins = inlined(source.content, _others(file, files))
    except ChildError as err:
        return [f"{file}:{source.line(err.path)}: {err.what}"]
    built = compile_runbook(content, actions, str(file))
    if isinstance(built, list):
        built = [replace(one, path=_origin(one.path, origins)) for one in built]
        ordered = sorted(built, key=lambda one: source.line(one.path))
        return [f"{file}:{source.line(one.path)}: {one.what}" for one in ordered]
    if built.id != file.stem:
        return [
            f"{file}:{source.line(('name',))}: name is {built.id!r}; name it {file.stem!r} as the file is"
        ]
    return built


def _origin(path: tuple[str | int, ...], origins: Sequence[int]) -> tuple[str | int, ...]:
    """Where in the file a problem is: one in a child's step is at the step that runs the child."""
    if len(path) < 2 or path[0] != "steps" or not isinstance(path[1], int) or path[1] >= len(origins):
        return path
    return ("steps", origins[path[1]], *path[2:])
