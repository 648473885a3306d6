"""Why is it ill, looked at further by a language model: a bounded loop over reads, its words traced to what it saw.

The program's own diagnosis stands whatever comes of this; the model's words and suggestion are put beside it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from graph import cards
from graph.answers.diagnosis import Diagnosed, offer
from graph.answers.words import amount
from graph.intents.model import Answer, Ask
from graph.llm import prompts, reads
from graph.llm.aloud import Aloud, visible_lines
from graph.llm.errors import ModelFailed
from graph.llm.model import LanguageModel, Talk
from graph.llm.offers import Allowed, allowed
from graph.llm.said import Call, Line
from graph.llm.tracer import Tracer, Untraceable
from graph.ports import Tools
from graph.understanding.entities import extract
from insight.evidence import Diagnosis, Remedy

_MOST_OUT = 700
_ROUNDS = 6


@dataclass
class Found:
    """What the model came to: its words, what it looked at, what it suggests."""

    words: str = ""
    told: list[str] = field(default_factory=list)
    suggested: Remedy | None = None


async def investigate(
    tools: Tools, model: LanguageModel, ask: Ask, found: Diagnosed, answer: Answer
) -> Answer:
    """`answer` with what the model adds. Raises Untraceable, ModelFailed, StoreError."""
    person = ask.message.person
    assert person is not None
    talk = model.talk(ask.message.id, person.id)
    work = _Work(tools, model, ask, found, talk)
    try:
        seen = await work.run()
    except (Untraceable, ModelFailed):
        work.aloud.withdraw()
        raise
    return _with(answer, seen, tools, person.may("operator"))


class _Work:
    """One investigation."""

    def __init__(self, tools: Tools, model: LanguageModel, ask: Ask, found: Diagnosed, talk: Talk) -> None:
        self._model, self._ask, self._found = model, ask, found
        self._mark = prompts.new_mark()
        self._limit = model.settings.max_tool_calls
        library = {one.id: one.model.description or "" for one in tools.library.by_id.values()}
        self._reads = reads.Reads(
            tools.sources, tools.catalogue, found.environment, tools.clock.now(), library
        )
        said = extract(ask.message.text, tools.lexicon, tools.classifier.known)
        self._allowed: Allowed = allowed(
            tools.library, said, found.diagnosis, found.evidence.focus, found.environment
        )
        self.aloud = Aloud(talk, tools.stream, tracer_of(tools))
        self._declared = [reads.declared(one) for one in reads.usable(tools.sources)]
        if library and person_may_ask(ask):
            self._declared.append(prompts.suggest(self._allowed.runbooks, self._allowed.values))
        self._calls = 0
        self.seen = Found()

    async def run(self) -> Found:
        lines = self._opening()
        for _ in range(_ROUNDS):
            more = self._calls < self._limit
            said = await self.aloud.say("investigate", lines, self._declared if more else (), _MOST_OUT)
            if not said.calls or not more:
                self.seen.words = visible_lines(said.text).strip()
                return self.seen
            self.aloud.withdraw()
            lines.append(Line("assistant", said.text, said.calls))
            lines += [Line("tool", await self._answer(call), of=call.id) for call in said.calls]
        raise ModelFailed("went on asking without coming to an answer")

    def _opening(self) -> list[Line]:
        question = self._model.redact.prompt(self._ask.message.text)
        findings = self._model.redact.prompt(json.dumps(findings_of(self._found), ensure_ascii=False))
        self.aloud.tracer.learn(question)
        self.aloud.tracer.learn(findings)
        rules = prompts.INVESTIGATE.format(calls=self._limit, mark=self._mark)
        told = f"{question}\n\nFindings of the program:\n{prompts.as_data(self._mark, findings)}"
        return [Line("system", rules), Line("user", told)]

    async def _answer(self, call: Call) -> str:
        """What a tool's line says. A tool that is not there, or one call too many, is told, never done."""
        self._calls += 1
        if self._calls > self._limit:
            return "No more calls: answer with what you have."
        if call.wrong:
            return f"Not called: {call.wrong}."
        if call.name == "suggest":
            return self._suggest(call)
        seen = await reads.look(self._reads, call.name, call.arguments)
        data = self._model.redact.prompt(reads.as_data(seen))
        self.aloud.tracer.hear(data)
        self.aloud.tracer.learn(self._model.redact.prompt(seen.measured()))
        if seen.told:
            self.seen.told.append(self._model.redact.prompt(seen.told))
        return prompts.as_data(self._mark, data)

    def _suggest(self, call: Call) -> str:
        remedy = self._allowed.accept(call.arguments.get("runbook"), call.arguments.get("inputs"))
        if remedy is None or self.seen.suggested is not None or not person_may_ask(self._ask):
            return "Not taken."
        self.seen.suggested = remedy
        return "Noted. A person decides."


def person_may_ask(ask: Ask) -> bool:
    return ask.message.person is not None and ask.message.person.may("operator")


def tracer_of(tools: Tools) -> Tracer:
    """Knows every name of the company, so that none of them is said that is in no fact."""
    catalogue = tools.catalogue
    names = {
        *catalogue.services, *catalogue.environments, *catalogue.providers, *catalogue.models, *catalogue.prompts,
        *tools.library.by_id, *tools.people.by_id,
        *(part for one in tools.people.by_id.values() for part in one.name.split()),
    }  # fmt: skip
    return Tracer({one.lower() for one in names}, tools.classifier.known)


def findings_of(found: Diagnosed) -> dict[str, Any]:
    """The diagnosis as JSON, figures as people read them."""
    diagnosis: Diagnosis = found.diagnosis
    symptoms = [
        {
            "service": one.service, "what": one.summary, "query": one.query,
            "usual": None if one.usual is None else amount(one.usual, one.unit),
            "now": None if one.now is None else amount(one.now, one.unit),
        }
        for one in diagnosis.symptoms[:12]
    ]  # fmt: skip
    causes = [
        {
            "service": one.service, "what": one.summary, "sure": f"{one.score:.0%}",
            "for": one.evidence_for, "against": one.evidence_against,
            "remedy": asdict(one.remedy)["runbook"] if one.remedy else None,
        }
        for one in diagnosis.causes[:6]
    ]  # fmt: skip
    return {
        "environment": found.environment, "verdict": diagnosis.verdict, "symptoms": symptoms, "causes": causes,
        "looked_at": list(diagnosis.looked_at), "not_seen": [one.what for one in diagnosis.missing],
    }  # fmt: skip


def _with(answer: Answer, seen: Found, tools: Tools, may_ask: bool) -> Answer:
    """The program's answer, then the model's words, what they rest on, and its suggestion as a choice."""
    if not seen.words:
        return answer
    blocks = [*answer.blocks, cards.facts({"The language model adds": seen.words})]
    if seen.told:
        blocks.append(cards.facts({"It looked at": "; ".join(dict.fromkeys(seen.told))}))
    text = f"{answer.text}\nThe language model adds: {seen.words}"
    before: Sequence[str] = (answer.pending or {}).get("options", ())
    if seen.suggested is None or not may_ask or (say := offer(seen.suggested)) in before:
        return replace(answer, text=text, blocks=tuple(blocks))
    blocks.append(cards.choices([(say, say)], "It suggests (nothing is done until you ask):"))
    pending = {"missing": "choice", "options": [*before, say]}
    return replace(answer, text=f"{text} It suggests: {say}.", blocks=tuple(blocks), pending=pending)
