"""Which runbooks there are, which one fits, and what one does step by step."""

from __future__ import annotations

import re
from typing import Any

from graph import cards
from graph.answers import asking
from graph.answers.words import listed
from graph.intents.model import Answer, Ask, Slots
from graph.message import Block
from graph.ports import Tools
from graph.understanding.features import tokens
from graph.understanding.hygiene import word_set
from runbooks.compiler import Runbook

_MOST = 5
_OF_NO_WEIGHT = word_set(
    "a an the of for to in on at by with and or is are there any do does we have has what which how when i you me us "
    "our my can could should would use need run runs runbook runbooks playbook playbooks procedure procedures workflow "
    "workflows list show find search look looking about against help helps helping something some one ones all every "
    "please exist exists covers cover give tell it its be that this up library catalogue here get got if from things "
    "thing problem problems service services ? steps step inputs explain describe"
)
#: words that people say for what a runbook calls otherwise
_ALSO = {
    "outage": "provider error", "outages": "provider error", "down": "provider error", "bounce": "restart",
    "revert": "rollback release", "undo": "rollback release", "bad": "rollback", "oom": "memory gpu",
    "expired": "certificate", "tls": "certificate", "cert": "certificate", "certs": "certificate", "replicas": "scale",
    "pods": "scale restart", "capacity": "scale", "slow": "restart cache scale", "timeouts": "error restart provider",
    "timeout": "error restart provider", "deployment": "release", "database": "vector index", "spend": "budget token",
    "cost": "budget token", "costs": "budget token", "money": "budget token", "reindexing": "reindex index",
    "traffic": "scale canary", "hallucinations": "prompt rollback", "quality": "prompt rollback",
}  # fmt: skip


class LibrarySlots(Slots):
    runbook: str | None = None


def answer(tools: Tools, ask: Ask, facts: Any) -> Answer:
    slots: LibrarySlots = ask.slots
    books = list(tools.library.by_id.values())
    if not books:
        return asking.question("The library is empty: no runbook can be run.")
    if slots.runbook is not None and slots.runbook in tools.library.by_id:
        return _shown(tools.library.get(slots.runbook))
    wanted = wanted_words(ask.message.text) if ask.reading.source != "command" else []
    if not wanted:
        return _listed(books)
    ranked = sorted(((fits(one, wanted), one) for one in books), key=lambda pair: (-pair[0], pair[1].id))
    best = [one for score, one in ranked if score > 0 and score >= 0.5 * ranked[0][0]][:_MOST]
    if not best:
        return _none(wanted, books)
    return _found(wanted, best)


def wanted_words(text: str) -> list[str]:
    """What a search is for: the words of the question that say something."""
    return [word for word in tokens(text) if word not in _OF_NO_WEIGHT]


def fits(runbook: Runbook, wanted: list[str]) -> float:
    """How well a runbook answers the words: its name counts most, then its sentences, then what it does."""
    model = runbook.model
    steps = " ".join(f"{step.id} {step.uses}" for step in model.steps)
    sentences = " ".join(sentence for trigger in model.triggers for sentence in trigger.chat)
    fields = (
        (3.0, _stems(runbook.id)),
        (2.0, _stems(sentences)),
        (1.5, _stems(model.description)),
        (1.0, _stems(steps)),
    )
    score = 0.0
    for word in wanted:
        said = max((weight for weight, stems in fields if _stem(word) in stems), default=0.0)
        other = [
            weight for also in _ALSO.get(word, "").split() for weight, stems in fields if _stem(also) in stems
        ]
        score += max([said, 0.7 * max(other, default=0.0)])
    return score


def _stems(text: str) -> set[str]:
    return {_stem(word) for word in re.findall(r"[a-z0-9]+", text.lower())}


def _stem(word: str) -> str:
    for ending in ("ing", "ies", "es", "ed", "s", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)].rstrip("e")
    return word.rstrip("e") if len(word) > 3 else word


def _listed(books: list[Runbook]) -> Answer:
    rows = [_row(one) for one in books]
    words = f"{len(rows)} runbooks. `plan ID name=value …` shows what one would change; `run` asks for it."
    text = words + "".join(f"\n{row[0]}: {row[1]} (inputs: {row[2]})" for row in rows)
    return Answer(text, (cards.text(words), cards.table(["id", "what it does", "inputs"], rows)))


def _row(one: Runbook) -> list[str]:
    return [one.id, one.model.description.strip(), ", ".join(one.model.inputs)]


def _found(wanted: list[str], best: list[Runbook]) -> Answer:
    rows = [_row(one) for one in best]
    fit = "fits" if len(best) == 1 else "fit, the best first"
    words = f"For '{' '.join(wanted)}': {listed([one.id for one in best])} {fit}."
    text = words + "".join(f"\n{row[0]}: {row[1]} (inputs: {row[2]})" for row in rows)
    options = [(f"show {one.id}", f"show me the steps of {one.id}") for one in best]
    blocks = (
        cards.text(words),
        cards.table(["id", "what it does", "inputs"], rows),
        cards.choices(options, "What one does, step by step:"),
    )
    pending = {"missing": "choice", "options": [say for _, say in options]}
    return Answer(text, blocks, pending)


def _none(wanted: list[str], books: list[Runbook]) -> Answer:
    names = listed(sorted(one.id for one in books))
    return asking.question(f"No runbook is about '{' '.join(wanted)}'. There are: {names}.")


def _shown(one: Runbook) -> Answer:
    model = one.model
    words = f"{one.id}: {model.description.strip()} Owner: {model.owner}."
    inputs = [
        [name, spec.type, "yes" if spec.required else _default(spec.default), spec.description]
        for name, spec in model.inputs.items()
    ]
    steps = [
        [
            step.id,
            step.call.uses,
            step.spec.verify.expect if step.spec.verify else "-",
            step.undo.uses if step.undo else "-",
        ]
        for step in one.steps
    ]
    pairs = " ".join(f"{name}=…" for name, spec in model.inputs.items() if spec.required)
    blocks: list[Block] = [cards.text(words)]
    if inputs:
        blocks.append(cards.table(["input", "type", "required", "what it is"], inputs, "Inputs"))
    blocks.append(cards.table(["step", "uses", "is well when", "undone by"], steps, "Steps, in order"))
    plan = f"plan {one.id} {pairs}".strip()
    blocks.append(cards.facts({"See what it would change": plan}))
    text = words + "".join(f"\n{row[0]}: {row[1]}" for row in steps)
    text += f"\n`{plan}` shows what it would change."
    return Answer(text, tuple(blocks), entities={"runbook": one.id})


def _default(value: object) -> str:
    return "no" if value is None else f"no ({value})"
