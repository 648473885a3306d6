"""What a run came to, from the ledger: what was done, before and after, how it was checked, what was put back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graph import cards
from graph.answers.approvals import Found, summary
from graph.answers.runs import words_of
from graph.answers.words import amount, length, listed, metric_words
from graph.intents.model import Answer
from graph.message import Block
from runbooks.views import run_view
from store.records import Run, Step

_VERDICTS: Mapping[str, str] = {
    "succeeded": "Done",
    "failed": "Failed",
    "rolled_back": "Put back",
    "cancelled": "Cancelled",
    "unknown": "Stopped: nobody knows what one step did",
    "paused": "Paused",
}


def ended(run: Run, steps: Sequence[Step]) -> Answer:
    """The result of a run that ended, or the question it stopped with."""
    if run.status == "unknown":
        return _unknown(run, steps)
    view = run_view(run, steps)
    lead = _VERDICTS.get(run.status, run.status.capitalize())
    began = min((step.started_at for step in steps if step.started_at is not None), default=None)
    took = f" in {length(run.ended_at - began)}" if run.ended_at is not None and began is not None else ""
    words = f"{lead}{took}: {words_of(run)}."
    checks = [said for step in steps if (said := _check(step))]
    if checks:
        words += f" Checked after: {listed(checks)}."
    undone = [step.id for step in steps if step.status == "undone"]
    if undone:
        words += f" Undone again: {listed(undone)}."
    stuck = [step.id for step in steps if step.status == "undo_failed"]
    if stuck:
        words += f" Could not be undone: {listed(stuck)}; look at it by hand."
    if run.error:
        words += f" {run.error}"
    blocks = [cards.text(words), *_changes(run, steps), cards.progress(view)]
    return Answer(words, tuple(blocks), run=view)


def _changes(run: Run, steps: Sequence[Step]) -> list[Block]:
    """Before → after of every write that took place."""
    planned = {one["id"]: one for one in run.plan.get("steps", ())}
    blocks: list[Block] = []
    for step in steps:
        change = planned.get(step.id, {}).get("change")
        if step.status == "done" and step.effect in ("write", "dangerous") and isinstance(change, Mapping):
            before = step.before if step.before is not None else change["before"]
            blocks.append(
                cards.diff(str(planned[step.id].get("summary") or step.action), before, change["after"])
            )
    return blocks


def _check(step: Step) -> str | None:
    """The figure that the step's verify saw last."""
    seen = (step.output or {}).get("verify")
    if not isinstance(seen, Mapping):
        return None
    result = seen.get("result")
    value = result.get("value") if isinstance(result, Mapping) else None
    if not isinstance(result, Mapping) or not isinstance(value, int | float):
        return None
    metric = metric_words(str(result.get("metric", step.id)), None)
    well = "" if seen.get("ok") else ", not well"
    return f"{metric} {amount(float(value), str(result.get('unit', '')))}{well}"


def _unknown(run: Run, steps: Sequence[Step]) -> Answer:
    """The three things a person can say about a step that nobody knows of."""
    stuck = next((step for step in steps if step.status == "unknown"), None)
    name = stuck.id if stuck else "the step"
    words = (
        f"{words_of(run)}: step {name} was started and nobody can tell whether it took place. "
        f"Nothing goes on until someone says. {run.error or ''}"
    ).strip()
    options: list[tuple[str, str]] = []
    if stuck is not None:
        options = [
            (f"{name} did happen: go on", f"happened {run.id} {name}"),
            (f"{name} did not happen: do it again", f"did-not {run.id} {name}"),
            ("give the run up", f"abort {run.id} {name}"),
        ]
    view = run_view(run, steps)
    return Answer(words, (cards.text(words), cards.progress(view), cards.choices(options)), run=view)


def closed(found: Found) -> Answer:
    """An approval that ended without a yes: by whom or why, and that nothing was run."""
    approval = found.approval
    denied = [one for one in found.decisions if one.decision == "deny"]
    if approval.status == "denied" and denied:
        reason = f": {denied[-1].reason}" if denied[-1].reason else ""
        how = f"was denied by {denied[-1].person}{reason}"
    else:
        how = {
            "expired": "expired before anybody approved it",
            "withdrawn": f"was withdrawn by {approval.requester}",
            "void": "is void, because its plan changed",
        }.get(approval.status, f"is {approval.status}")
    words = f"{summary(found)}: it {how}. Nothing was changed."
    words = words[:1].upper() + words[1:]
    view = found.view()
    return Answer(words, (cards.text(words), cards.approval(view)), approval=view, run=found.run_view())
