"""A request for a change: the RunRequest it becomes, and what is said of its plan, its refusal or its approval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph import cards
from graph.answers import asking
from graph.answers.words import length, listed
from graph.intents.model import Answer, Ask, Slots
from graph.message import Block
from graph.ports import Proposal, Tools
from runbooks.loader import Library
from runbooks.plan import BlastRadius, Plan, PlannedStep, RunRequest
from runbooks.policy import describe
from runbooks.views import approval_view, run_view
from store.records import Approval, Run, Step

ROLLBACK = "rollback-service"
_ALIASES = {"env": "environment", "svc": "service", "version": "to", "provider": "to"}


class RollbackSlots(Slots):
    service: str | None = None
    environment: str | None = None
    version: str | None = None


class RunSlots(Slots):
    """`inputs` are the name=value pairs of a command; names found in free words fill the rest."""

    runbook: str | None = None
    inputs: Mapping[str, str] | None = None
    dry_run: bool = False
    service: str | None = None
    environment: str | None = None
    provider: str | None = None
    version: str | None = None


def rollback(tools: Tools, ask: Ask) -> RunRequest | Answer:
    """A missing environment is asked for, never guessed: this changes what runs."""
    slots: RollbackSlots = ask.slots
    if ROLLBACK not in tools.library.by_id:
        return lacking(ROLLBACK, "roll back")
    inputs: dict[str, Any] = {"service": slots.service, "environment": slots.environment}
    if slots.version is not None:
        if "to" not in tools.library.get(ROLLBACK).model.inputs:
            where = {"service": slots.service, "environment": slots.environment}
            words = (
                f"I can only go back to the last release that ran well, not to a named one ({slots.version})."
            )
            say = f"roll back {where['service']} in {where['environment']}"
            return asking.question(words, [(say, say)])
        inputs["to"] = slots.version
    return request(ask, ROLLBACK, inputs)


def run(tools: Tools, ask: Ask) -> RunRequest | Answer:
    """A runbook with its inputs; each required input that is not known is asked for."""
    slots: RunSlots = ask.slots
    runbook = _named(tools.library, slots)
    if runbook not in tools.library.by_id:
        return no_such_runbook(tools.library, runbook, slots, ask.message.text)
    declared = tools.library.get(runbook).model.inputs
    inputs = named_inputs(tools, runbook, slots.inputs or {})
    if not set(inputs) <= set(declared):
        return request(ask, runbook, inputs, dry_run=slots.dry_run)
    for name, known_value in (
        ("service", slots.service),
        ("environment", slots.environment),
        ("to", slots.version or slots.provider),
    ):
        if name in declared and name not in inputs and known_value is not None:
            inputs[name] = known_value
    for name, spec in declared.items():
        wanted = spec.required or (name == "environment" and not slots.dry_run)
        if name not in inputs and wanted and (spec.default is None or name == "environment"):
            return _missing(tools, ask, runbook, name, spec.type, spec.options, inputs)
    return request(ask, runbook, inputs, dry_run=slots.dry_run)


def named_inputs(tools: Tools, runbook: str, given: Mapping[str, str]) -> dict[str, Any]:
    """The name=value pairs of a command under the runbook's own names, with canonical values. Raises NotFound."""
    declared = tools.library.get(runbook).model.inputs
    inputs: dict[str, Any] = {}
    for name, value in given.items():
        known = name if name in declared else _ALIASES.get(name, name)
        inputs[known] = _canonical(tools, declared[known].type, value) if known in declared else value
    return inputs


def _named(library: Library, slots: RunSlots) -> str:
    if slots.runbook:
        return slots.runbook
    return "provider-failover" if slots.provider and "provider-failover" in library.by_id else ""


def _canonical(tools: Tools, kind: str, value: str) -> str:
    """`prod` → `production`, where it is an alias of one."""
    if kind not in ("service", "environment"):
        return value
    return tools.lexicon.spellings(kind).get(value.lower().replace("-", " ").replace("_", " "), value)


def lacking(runbook: str, doing: str) -> Answer:
    """No such runbook: what cannot be done for that."""
    return asking.question(
        f"There is no runbook {runbook} here, so I cannot {doing}. `runbooks` lists what there is."
    )


def request(ask: Ask, runbook: str, inputs: Mapping[str, Any], dry_run: bool = False) -> RunRequest:
    message = ask.message
    assert message.person is not None
    return RunRequest(
        runbook, inputs, message.person.id, message.place, message.id, message.acting_as, dry_run
    )


def _missing(
    tools: Tools,
    ask: Ask,
    runbook: str,
    name: str,
    kind: str,
    options: tuple[Any, ...],
    inputs: Mapping[str, Any],
) -> Answer:
    choices = {
        "service": tuple(tools.catalogue.services),
        "environment": tuple(tools.catalogue.environments),
    }.get(kind, tuple(str(one) for one in options))
    verb = "plan" if ask.slots.dry_run else "run"
    pairs = " ".join(f"{key}={value}" for key, value in inputs.items())
    say = f"{verb} {runbook} {pairs}".strip()
    words = f"Which {name} for {runbook}? Or say it in one: `{say} {name}=…`."
    if kind in ("service", "environment"):
        entities = dict(ask.reading.entities) | {"runbook": runbook}
        return asking.which(kind, "runbook.run", entities, choices, words)
    return asking.question(words, [(one, f"{say} {name}={one}") for one in choices])


def no_such_runbook(library: Library, named: str, slots: RunSlots, text: str) -> Answer:
    """Each runbook as the exact command with what is known already; those whose name the words hold come first."""
    if not library.by_id:
        return asking.question("There is nothing to run: the library is empty.")
    said = text.lower().replace("roll back", "rollback").replace("fail over", "failover")
    names = sorted(
        library.by_id, key=lambda one: not any(part in said for part in one.split("-")[:-1] or [one])
    )
    found = {"service": slots.service, "environment": slots.environment, **(slots.inputs or {})}
    pairs = "".join(f" {name}={value}" for name, value in found.items() if value is not None)
    head = f"There is no runbook called '{named}'." if named else "Which runbook?"
    options = [(one, f"run {one}{pairs}") for one in names]
    return asking.question(f"{head} There are: {listed(sorted(names))}.", options)


def outcome(tools: Tools, ask: Ask, proposal: Proposal) -> Answer:
    """What became of a request: refused, started, or asked for."""
    if proposal.run is None:
        return refused(proposal)
    if proposal.approval is None:
        tools.dispatcher.nudge()
        return started(tools, proposal, proposal.run)
    return asked(tools, ask, proposal, proposal.run, proposal.approval)


def refused(proposal: Proposal) -> Answer:
    return asking.question(f"Not done: {proposal.verdict.reason} Nothing was changed.")


def started(tools: Tools, proposal: Proposal, record: Run) -> Answer:
    """Policy lets it go: it is queued, and its steps can be watched."""
    steps = [
        Step(record.id, one.id, n, one.action, one.effect, "new", 0)
        for n, one in enumerate(proposal.plan.steps)
    ]
    view = run_view(record, steps)
    plan, doing = proposal.plan, "Dry run of" if record.dry_run else "Started"
    words = f"{doing} {record.runbook} in {record.environment} as {record.id}. `status {record.id}` shows its steps."
    if plan.writes and not _acting(plan):
        words += " As things are it changes nothing: its conditions do not hold."
    if "in advance" in proposal.verdict.reason:
        words += f" Nobody was asked: {proposal.verdict.reason}."
    return Answer(words, (cards.text(words), *plan_blocks(plan), cards.progress(view)), run=view)


def asked(tools: Tools, ask: Ask, proposal: Proposal, record: Run, approval: Approval) -> Answer:
    """What will change, how far it reaches, what is checked after, how it is undone, who may approve and how long."""
    steps = [
        Step(record.id, one.id, n, one.action, one.effect, "new", 0)
        for n, one in enumerate(proposal.plan.steps)
    ]
    view = approval_view(approval, record, ())
    left = length(approval.expires_at - tools.clock.now())
    who = who_words(tools, ask, approval)
    words = f"{headline(proposal.plan)} Nothing has been changed. {who} It expires in {left}."
    blocks = [cards.text(words), *plan_blocks(proposal.plan), cards.approval(view)]
    me = ask.message.person.id if ask.message.person else ""
    verbs = ("approve", "deny") if me in tools.approvals.who_can(approval) else ("deny",)
    blocks.append(cards.choices([(f"{verb} {approval.id}", f"{verb} {approval.id}") for verb in verbs]))
    return Answer(words, tuple(blocks), approval=view, run=run_view(record, steps))


def headline(plan: Plan) -> str:
    changes = [step.summary or step.action for step in _acting(plan)]
    what = "; ".join(changes) or "nothing would change"
    return f"Plan of {plan.runbook} in {plan.environment}: {what}."


def who_words(tools: Tools, ask: Ask, approval: Approval) -> str:
    """Who has to say yes, in words for the one who asked."""
    required = next(one for one in approval.required if one.stage == approval.stage)
    names = tools.approvals.who_can(approval)
    me = ask.message.person.id if ask.message.person else ""
    if required.not_requester and me == approval.requester:
        others = listed([name for name in names if name != me], "or")
        return (
            f"You asked for it, so someone else must approve: {others or 'nobody has the right at present'}."
        )
    if me in names and required.count == 1:
        return f"You may give the go-ahead yourself: `approve {approval.id}`."
    return f"It needs {describe(required)}: {listed(names, 'or') or 'nobody has the right at present'}."


def plan_blocks(plan: Plan) -> list[Block]:
    """Before → after of every write, then reach, checks and undo."""
    blocks: list[Block] = []
    for step in _acting(plan):
        if step.change is not None:
            blocks.append(cards.diff(step.summary or step.action, step.change.before, step.change.after))
        elif step.known_after:
            blocks.append(cards.text(f"{step.id}: known after step {step.known_after}"))
    told = {"Risk": plan.risk, "Reaches": reach(plan.blast_radius)}
    if plan.owners:
        told["Owned by"] = listed(list(plan.owners))
    checks = [step.verify for step in _acting(plan) if step.verify]
    undos = [_undo(step) for step in _acting(plan)]
    if checks:
        told["Checked after"] = "; ".join(checks)
    if undos:
        told["Undo"] = "; ".join(undos)
    if plan.cost_per_month:
        told["Cost"] = f"{plan.cost_per_month:+,.0f} USD a month"
    return [*blocks, cards.facts(told)]


def _acting(plan: Plan) -> list[PlannedStep]:
    """The writes that are not left out."""
    return [step for step in plan.writes if step.condition != "skipped"]


def _undo(step: PlannedStep) -> str:
    return step.undo or f"{step.action} cannot be undone by this runbook"


def reach(radius: BlastRadius) -> str:
    words = listed(list(radius.services)) or "no service"
    if radius.dependants:
        words += f"; called by {listed(list(radius.dependants))}"
    return words + (f"; {radius.traffic_share:.0%} of user traffic" if radius.traffic_share else "")
