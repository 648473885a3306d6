"""`<runbook>.test.yaml`: what a runbook is tried on, and what must come of it. docs/testing-runbooks.md explains it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.errors import BadRequest
from integrations.actions import Effect
from runbooks.schema import Risk
from store.records import RunStatus, StepStatus

SUFFIX = ".test.yaml"
Outcome = Literal["done", "refused", "unavailable", "answer lost", "unknown"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class Write(_Strict):
    """How a write goes: what it would change, and how each call ends (the last one stands for all further ones)."""

    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    targets: tuple[str, ...] | None = None
    output: dict[str, Any] = {}
    outcomes: tuple[Outcome, ...] = Field(("done",), min_length=1)


class PlannedWrite(_Strict):
    """Of a write in the plan; what is left out is not looked at."""

    inputs: dict[str, Any] = {}
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    known_after: str | None = None


class ExpectedPlan(_Strict):
    effect: Effect | None = None
    risk: Risk | None = None
    environment: str | None = None
    targets: tuple[str, ...] | None = None
    writes: dict[str, PlannedWrite] = {}


class ExpectedApproval(_Strict):
    """Of the first stage. `may` are the ids of those who may approve."""

    count: int | None = None
    not_requester: bool | None = None
    may: tuple[str, ...] | None = None


class Expected(_Strict):
    """What is left out is not looked at. `approval: false`: nobody is asked. `writes`, `posts`: all, in order."""

    refused: str | None = None
    plan: ExpectedPlan | None = None
    approval: ExpectedApproval | Literal[False] | None = None
    status: RunStatus | None = None
    steps: dict[str, StepStatus] = {}
    writes: tuple[str, ...] | None = None
    posts: tuple[str, ...] | None = None


class Case(_Strict):
    """One case. A read gets its recorded answer; of a list one after the other, the last again and again."""

    name: str = Field(min_length=1)
    inputs: dict[str, Any] = {}
    requester: str | None = None
    dry_run: bool = False
    reads: dict[str, dict[str, Any] | tuple[dict[str, Any], ...]] = {}
    writes: dict[str, Write] = {}
    approve: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    expect: Expected

    def answers(self, action: str) -> tuple[Mapping[str, Any], ...]:
        found = self.reads.get(action, ())
        return found if isinstance(found, tuple) else (found,)


class _File(_Strict):
    cases: tuple[Case, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The cases of one runbook."""

    file: Path
    runbook: Path
    cases: tuple[Case, ...]


def find_cases(path: Path) -> list[CaseFile]:
    """The cases of a folder, of a runbook, or of one file of cases. Raises BadRequest: none, or it cannot be read."""
    if path.is_dir():
        files = sorted(path.glob(f"*{SUFFIX}"))
    else:
        files = [path if path.name.endswith(SUFFIX) else path.with_name(f"{path.stem}{SUFFIX}")]
    if not files or not all(file.is_file() for file in files):
        wanted = path / f"*{SUFFIX}" if path.is_dir() else files[0]
        raise BadRequest(f"There are no cases at {wanted}. Write one beside the runbook.")
    return [_read(file) for file in files]


def _read(file: Path) -> CaseFile:
    try:
        read = _File.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as err:
        raise BadRequest(f"{file}: cannot be read: {err}. Mend the line it names.") from err
    except ValidationError as err:
        first = err.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise BadRequest(f"{file}: {where}: {first['msg']}. Mend that key.") from err
    return CaseFile(file, file.with_name(f"{file.name.removesuffix(SUFFIX)}.yaml"), read.cases)
