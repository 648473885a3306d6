"""Neutral blocks, rendered by each face. All strings are plain text; a face escapes them for its medium."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graph.message import Block


def text(words: str) -> Block:
    return {"type": "text", "text": words}


def facts(pairs: Mapping[str, str], title: str | None = None) -> Block:
    return {"type": "facts", "title": title, "facts": [[key, value] for key, value in pairs.items()]}


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str | None = None) -> Block:
    return {"type": "table", "title": title, "columns": list(columns), "rows": [list(row) for row in rows]}


def code(words: str, language: str = "text") -> Block:
    return {"type": "code", "text": words, "language": language}


def diff(target: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Block:
    """What changes on `target`: one line a key whose value differs."""
    keys = [key for key in after if before.get(key) != after[key]]
    return {"type": "diff", "target": target, "changes": [[key, before.get(key), after[key]] for key in keys]}


def choices(options: Sequence[tuple[str, str]], question: str = "", numbered: bool = True) -> Block:
    """Options as (label, what is said when it is chosen); only `numbered` ones are chosen by a number too."""
    block: Block = {
        "type": "choices",
        "question": question,
        "options": [{"label": label, "say": say} for label, say in options],
    }
    return block if numbered else {**block, "numbered": False}


def progress(run: Mapping[str, Any]) -> Block:
    """A run's steps, from its view (runbooks/views.py)."""
    steps = [{"id": step["id"], "action": step["action"], "status": step["status"]} for step in run["steps"]]
    return {
        "type": "progress",
        "run_id": run["id"],
        "runbook": run["runbook"],
        "status": run["status"],
        "steps": steps,
    }


def approval(view: Mapping[str, Any]) -> Block:
    """The question to people, by id; a face renders it from the ledger so that every copy shows the same state."""
    return {"type": "approval", "approval_id": view["id"], "plan_hash": view["plan_hash"]}


def error(title: str, detail: str, error_id: str | None = None) -> Block:
    return {"type": "error", "title": title, "detail": detail, "error_id": error_id}
