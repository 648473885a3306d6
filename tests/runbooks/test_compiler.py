from __future__ import annotations

import pytest

from integrations.actions import Actions
from runbooks.compiler import Runbook, compile_runbook
from runbooks.source import read_source
from tests.runbooks.world import ROLLBACK, World, book

ACTIONS: Actions = World().actions()
HEAD = "version: 1\nname: one\ndescription: d\nowner: me\ninputs:\n  service: {type: service}\n"
READ = "steps:\n  - {id: a, uses: version.get, with: {service: rag-api}}\n"
WRITE = "  - {id: b, uses: version.set, with: {service: rag-api, to: x}"


def problems(text: str) -> list[str]:
    built = compile_runbook(read_source(text).content, ACTIONS)
    return [] if isinstance(built, Runbook) else [one.what for one in built]


def test_steps_wait_for_the_one_above_unless_they_say_otherwise() -> None:
    text = HEAD + READ + WRITE + "}\n  - {id: c, uses: version.get, needs: [], with: {service: rag-api}}\n"
    runbook = book(text + "  - {id: t, always: true, uses: note.add, with: {text: x}}\n", ACTIONS)
    assert {step.id: step.needs for step in runbook.steps} == {
        "a": set(),
        "c": set(),
        "b": {"a"},
        "t": {"a", "b", "c"},
    }


def test_a_step_may_need_one_that_stands_below_it() -> None:
    text = HEAD + "steps:\n  - {id: b, needs: [a], uses: version.get, with: {service: rag-api}}\n"
    runbook = book(text + "  - {id: a, needs: [], uses: version.get, with: {service: rag-api}}\n", ACTIONS)
    assert [step.id for step in runbook.steps] == ["a", "b"]


def test_the_digest_is_of_the_content_and_not_of_its_layout() -> None:
    one, same = (
        book(ROLLBACK, ACTIONS),
        book(ROLLBACK.replace("  environment:", "\n\n  environment:"), ACTIONS),
    )
    other = book(ROLLBACK.replace("0.5", "0.6"), ACTIONS)
    assert one.digest == same.digest != other.digest


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD + READ + "foo: 1\n", "unknown key 'foo'."),
        (HEAD + READ.replace("uses", "use"), "unknown key 'use'. Did you mean 'uses'?"),
        (HEAD + READ.replace("version.get", "version.gt"), "no action 'version.gt'. Did you mean 'version.get'?"),
        (HEAD + READ.replace("service: rag", "sevice: rag"), "version.get takes no 'sevice'. Did you mean 'service'?"),
        (HEAD + READ.replace("with: {service: rag-api}", "with: {}"), "version.get input 'service': field required"),
        (HEAD + READ.replace("rag-api", "[1]"), "version.get input 'service': input should be a valid string"),
        (HEAD + READ.replace("rag-api", "'${{ inputs.servce }}'"), "reads input 'servce'. Did you mean 'service'?"),
        (HEAD + READ + WRITE + ", if: \"steps.aa.output.x == 1\"}\n", "reads step 'aa'. Did you mean 'a'?"),
        (HEAD + READ + WRITE + ', needs: [], if: "steps.a.output.x == 1"}\n', "add it to needs"),
        (HEAD + READ + WRITE + ", needs: [aa]}\n", "'aa' is not a step. Did you mean 'a'?"),
        (HEAD + READ + WRITE + ", needs: [b]}\n", "break the circle"),
        (HEAD + READ + READ.replace("steps:\n", ""), "step 'a' stands twice"),
        (HEAD + READ + WRITE + ", undo: {uses: version.get, with: {service: x}}}\n", "what undoes must be a"),
        (HEAD + READ + WRITE + ", verify: {uses: version.set, with: {service: x, to: y}, expect: '1'}}\n", "a read"),
        (HEAD + READ + WRITE + ", always: true}\n", "may not change what runs"),
        (HEAD + READ + WRITE + ", on_unknown: repeat}\n", "is not idempotent"),
        (HEAD + READ + WRITE + ', if: "result.value == 1"}\n', "which only `expect` has"),
        (HEAD + READ.replace("i}", "i}, undo: {uses: version.set, with: {service: x, to: y}}"), "only a write"),
        (HEAD + "risk: low\n" + READ + WRITE + "}\n", "write medium or higher"),
        (HEAD + "risk: terrible\n" + READ, "risk: Input should be 'low'"),
        (HEAD + "approval: {escalate_to: 'pagerduty:x'}\n" + READ, "escalate_to: String should match pattern"),
        (HEAD + "triggers: [{event: {type: x}}]\n" + READ, "event: this version starts runs from chat"),
        (HEAD + "triggers: [{schedule: {cron: x}}]\n" + READ, "A cron line has five fields"),
        (HEAD + "triggers: [{schedule: {cron: 0 9 * * *, timezone: Mars}}]\n" + READ, "'Mars' is no time zone"),
        (HEAD + "triggers: [{schedule: {cron: 0 9 * * *, inputs: {srvice: a}}}]\n" + READ, "no input 'srvice'"),
        (HEAD + "triggers: [{}]\n" + READ, "either `chat`"),
        (HEAD + "triggers: [{chat: ['do {srvice}']}]\n" + READ, "no input 'srvice'. Did you mean 'service'?"),
        (HEAD + "approval: {roles: [llm-oncall]}\n" + READ, "A group such as llm-oncall goes under `groups`."),
        (HEAD + "approval: {roles: [aprover]}\n" + READ, "'aprover' is not a role. Did you mean 'approver'?"),
        (HEAD + "approval: {when: 'inputs.x'}\n" + READ, "reads input 'x'"),
        (HEAD.replace("service}", "choice}") + READ, "a choice needs them"),
        (HEAD.replace("service}", "service, required: true, default: x}") + READ, "its default is never used"),
        (HEAD + READ.replace("id: a", "id: A-b"), "steps.0.id"),
        (HEAD + "timeout: soon\n" + READ, "'soon' is not a duration"),
        (HEAD.replace("version: 1", "version: 2") + READ, "version: Input should be 1"),
        (HEAD, "'steps' is missing; add it"),
    ],
)  # fmt: skip
def test_each_mistake_is_named_with_what_is_wanted(text: str, words: str) -> None:
    found = problems(text)
    assert any(words in one for one in found), found


def test_one_mistake_is_one_problem() -> None:
    assert len(problems(HEAD + READ.replace("uses", "use"))) == 1
    assert len(problems(HEAD + "triggers: [{alert: {x: 1}}]\n" + READ)) == 1
