"""The page of the library: each runbook with its inputs, its steps, and its dry run on the demo company."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from integrations.actions import Actions
from integrations.chat import chat_actions
from integrations.demo.company import Company
from integrations.demo.sources import all_actions, demo_sources
from integrations.reads import read_actions
from runbooks.compiler import CompiledStep, Runbook
from runbooks.loader import Library, load
from runbooks.plan import Plan, PlannedStep, RunRequest
from runbooks.planner import Planner
from runbooks.schema import InputSpec
from tests.runbooks.samples import RUNBOOKS
from tests.support.clock import ManualClock
from tests.support.fleet import TUESDAY, catalogue, company

LIBRARY = Path(__file__).parents[2] / "runbooks" / "library"
NODE = {"node": "gpu-production-1", "environment": "production", "services": ["embeddings"]}


class _Silent:
    async def post(self, key: str, place: str, body: Mapping[str, Any]) -> None:
        raise AssertionError("a dry run posts nothing")


def library() -> str:
    """Every runbook of the library, in the order of its name."""
    return asyncio.run(_page())


async def _page() -> str:
    clock = ManualClock(TUESDAY)
    one = company(clock, seed=7)
    await one.found(TUESDAY)
    posts = chat_actions(_Silent())
    reads = read_actions(demo_sources(one))
    actions = Actions({action.name: action for action in (*reads, *all_actions(one), *posts)})
    books = load([LIBRARY], actions)
    planner = Planner(books, actions, catalogue(), clock)
    parts = [await _part(planner, one, book, actions) for book in sorted(books.all(), key=lambda b: b.id)]
    return "\n\n".join((_contents(books), *parts))


def _contents(books: Library) -> str:
    lines = [f"- [`{one.id}`](#{one.id}): {one.model.description}" for one in books.all()]
    return "\n".join(sorted(lines))


async def _part(planner: Planner, one: Company, book: Runbook, actions: Actions) -> str:
    given = await _prepared(one, book.id)
    plan = await planner.plan(RunRequest(book.id, given, "maria", "docs:page", "req_docs"))
    said = ", ".join(f"“{words}”" for trigger in book.model.triggers for words in trigger.chat)
    words = " ".join(f"{name}={_quoted(value)}" for name, value in given.items())
    return "\n".join(
        [
            f"### {book.id}",
            "",
            f"{book.model.description} Owner: {book.model.owner}." + (f" Say: {said}." if said else ""),
            "",
            "| input | type | what for |",
            "|---|---|---|",
            *(
                f"| `{name}` | {_kind(spec)} | {spec.description} |"
                for name, spec in book.model.inputs.items()
            ),
            "",
            "| step | does | effect | check, else undo |",
            "|---|---|---|---|",
            *(_step(step, actions) for step in book.steps),
            "",
            f"`llm-copilot runbook plan {book.id} {words}` on the demo company:",
            "",
            "```text",
            *_plan(plan),
            "```",
        ]
    )


async def _prepared(one: Company, runbook: str) -> dict[str, Any]:
    """The sample inputs, on a company where they mean something."""
    given, now = dict(RUNBOOKS[runbook]), one.clock.now()
    where = {"service": "llm-gateway", "environment": "production"}
    world = await one.world()
    builds = [
        build
        for build in world.releases.builds("llm-gateway", now)
        if build != world.releases.desired("llm-gateway", "production", now)
    ]
    if given.get("version") == "{build}":
        given["version"] = builds[0]
    if runbook == "promote-canary":
        await one.append("canary", now - 900.0, {**where, "version": builds[0], "percent": 10})
    if runbook == "uncordon-node":
        await one.append("node.drained", now - 900.0, NODE)
    return given


def _kind(spec: InputSpec) -> str:
    if spec.required:
        return f"{spec.type}, required"
    return (
        f"{spec.type}, {_quoted(spec.default)} unless said" if spec.default not in (None, "") else spec.type
    )


def _step(step: CompiledStep, actions: Actions) -> str:
    action = actions.by_name[step.call.uses]
    check = step.spec.verify.expect if step.spec.verify else ""
    undo = step.undo.uses if step.undo else ""
    last = f"`{check}`" if check else ""
    if undo:
        last += f"{', else ' if last else ''}`{undo}`"
    return f"| `{step.id}` | `{action.name}`: {action.summary} | {action.effect} | {last.replace('|', chr(92) + '|')} |"


def _plan(plan: Plan) -> Iterator[str]:
    cost = "" if plan.cost_per_month is None else f", {plan.cost_per_month:+,.2f} USD a month"
    users = ", ".join(plan.blast_radius.dependants)
    yield f"effect {plan.effect}, risk {plan.risk}{cost}"
    yield f"changes {', '.join(plan.targets) or 'nothing'}" + (f", used by {users}" if users else "")
    for step in plan.steps:
        yield f"{step.id:<9} {step.action:<21} {_what(step)}"
        if step.verify:
            yield f"{'':<9} check: {step.verify}"
        if step.undo:
            yield f"{'':<9} undo:  {step.undo}"


def _what(step: PlannedStep) -> str:
    if step.condition == "skipped":
        return "left out"
    if step.change is not None:
        return step.change.summary
    known = [f"{key} {_quoted(value)}" for key, value in step.known().items() if value is not None]
    words = ", ".join(known)[:110]
    later = ", ".join(step.unknown)
    return words + (f"{'; ' if words else ''}{later} known later" if later else "")


def _quoted(value: object) -> str:
    words = "true" if value is True else "false" if value is False else str(value)
    return f'"{words}"' if " " in words else words
