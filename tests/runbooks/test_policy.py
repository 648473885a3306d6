from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config.errors import SettingsError
from config.people import Person
from integrations.actions import Effect
from runbooks.compiler import Runbook
from runbooks.policy import Mode, Policy, Verdict, describe, load_policy, may_decide, may_deny, who_can
from store.records import Required
from tests.runbooks.test_plan import PLAN
from tests.runbooks.world import CONFIG, LENA, MARIA, PEOPLE, POLICY, PRIYA, ROLLBACK, SAM, World, book
from tests.support.ledger import an_approval

ACTIONS = World().actions()
PLAIN = book(ROLLBACK, ACTIONS)
JONAS = PEOPLE.by_id["jonas"]
#: a Wednesday, 2026-03-11 12:00 UTC
NOON = 1_773_230_400.0
NOBODY = Person(id="nobody", name="Nobody")


def with_approval(spec: str) -> Runbook:
    return book(ROLLBACK.replace("steps:", f"approval: {spec}\nsteps:", 1), ACTIONS)


def judge(
    effect: Effect = "write",
    environment: str = "production",
    who: Person = MARIA,
    runbook: Runbook = PLAIN,
    **more: Any,
) -> Verdict:
    return POLICY.judge(
        replace(PLAN, effect=effect, environment=environment), who, runbook, **({"now": NOON} | more)
    )


def test_reads_and_records_go_on_the_word_of_who_asks() -> None:
    assert judge("read", who=JONAS).kind == "go"
    assert judge("record").kind == "go"


@pytest.mark.parametrize("environment", ["dev", "staging"])
def test_a_write_outside_production_needs_the_go_ahead_of_an_operator_who_may_be_the_requester(
    environment: str,
) -> None:
    verdict = judge("write", environment)
    assert verdict.kind == "ask"
    assert verdict.required == (Required(0, 1, ("operator",), (), False),)
    assert may_decide(verdict.required[0], an_approval(requester="maria"), MARIA) is None


def test_a_write_in_production_needs_one_approver_who_did_not_ask() -> None:
    verdict = judge()
    assert (verdict.kind, verdict.expires) == ("ask", 900)
    assert verdict.required == (Required(0, 1, ("approver",), (), True),)


def test_something_dangerous_in_production_needs_two() -> None:
    assert judge("dangerous").required == (Required(0, 2, ("approver",), (), True),)


def test_an_environment_that_no_rule_names_is_treated_as_production() -> None:
    assert judge("write", "canary").required[0].not_requester is True


@pytest.mark.parametrize(("effect", "who"), [("write", JONAS), ("record", SAM), ("read", NOBODY)])
def test_who_has_not_the_role_is_refused_in_words(effect: Effect, who: Person) -> None:
    verdict = judge(effect, who=who)
    assert verdict.kind == "refuse"
    assert f"{who.name} may not ask for a {effect}" in verdict.reason


@pytest.mark.parametrize(
    ("mode", "effect", "kind"),
    [
        ("observe", "read", "go"),
        ("observe", "record", "refuse"),
        ("observe", "write", "refuse"),
        ("propose", "read", "go"),
        ("propose", "record", "refuse"),
        ("propose", "write", "ask"),
        ("demo", "write", "ask"),
    ],
)
def test_the_mode_narrows_what_goes(mode: Mode, effect: Effect, kind: str) -> None:
    assert judge(effect, mode=mode).kind == kind


def test_a_dry_run_is_a_read() -> None:
    assert judge("dangerous", who=JONAS, dry_run=True, mode="observe").kind == "go"


@pytest.mark.parametrize(
    ("spec", "required", "expires"),
    [
        ("{count: 3}", Required(0, 3, ("approver",), (), True), 900),
        ("{count: 1, expires: 5m}", Required(0, 1, ("approver",), (), True), 300),
        ("{expires: 2h}", Required(0, 1, ("approver",), (), True), 900),
        ("{groups: [llm-oncall]}", Required(0, 1, ("approver",), ("llm-oncall",), True), 900),
        ("{roles: [approver]}", Required(0, 1, ("approver",), (), True), 900),
        ("{roles: [incident-commander]}", Required(0, 1, ("approver+incident-commander",), (), True), 900),
        ("{not_requester: false}", Required(0, 1, ("approver",), (), True), 900),
        ("{when: 'false', count: 5}", Required(0, 1, ("approver",), (), True), 900),
        ("{when: 'inputs.limit > 0.4', count: 2}", Required(0, 2, ("approver",), (), True), 900),
        ("{when: 'inputs.environment == null', count: 2}", Required(0, 2, ("approver",), (), True), 900),
    ],
)
def test_a_runbook_only_tightens(spec: str, required: Required, expires: float) -> None:
    verdict = judge(runbook=with_approval(spec))
    assert (verdict.required, verdict.expires) == ((required,), expires)


def test_a_runbook_may_ask_where_the_policy_does_not() -> None:
    assert judge("record", runbook=with_approval("{roles: [approver]}")).kind == "ask"
    assert (
        judge("write", "staging", runbook=with_approval("{not_requester: true}")).required[0].not_requester
        is True
    )


def test_both_roles_must_be_held_by_the_same_person() -> None:
    required = judge(runbook=with_approval("{roles: [incident-commander]}")).required[0]
    approval = an_approval(requester="maria")
    assert may_decide(required, approval, LENA) is None
    assert "needs" in (may_decide(required, approval, PRIYA) or "")
    assert who_can(required, PEOPLE, "maria") == ["lena"]


def test_the_requester_may_not_approve_but_may_deny() -> None:
    required, approval = Required(0, 1, ("approver",), (), True), an_approval(requester="priya")
    assert "You asked for this change yourself" in (may_decide(required, approval, PRIYA) or "")
    assert may_deny(required, approval, PRIYA) is None
    assert may_deny(required, approval, SAM) is None
    assert "needs" in (may_deny(required, approval, JONAS) or "")


def test_who_can_leaves_the_requester_out() -> None:
    assert who_can(Required(0, 1, ("approver",), (), True), PEOPLE, "priya") == ["lena", "sam", "tomas"]
    assert who_can(Required(0, 1, ("approver",), ("llm-oncall",), True), PEOPLE, "priya") == ["lena"]
    assert "priya" in who_can(Required(0, 1, ("approver",), (), False), PEOPLE, "priya")


def test_a_wish_is_said_in_words() -> None:
    wish = Required(0, 2, ("approver",), ("llm-oncall",), True)
    assert (
        describe(wish) == "2 people with the role approver of the group llm-oncall other than the requester"
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("count: 2", "count: 0", "greater than or equal to 1"),
        ('environments: ["*"], count: 2', "environments: [x], count: 2", "need a rule for dangerous"),
        ("read: viewer, ", "", "may_ask needs a role for read"),
        ("version: 1", "version: [", "is not YAML"),
        ("approver", "aprover", "Input should be"),
        ("version: 1", "version: 1\nfoo: 1", "foo"),
    ],
)
def test_a_wrong_policy_is_named_with_its_key(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = (CONFIG / "policy.yaml").read_text(encoding="utf-8")
    (tmp_path / "policy.yaml").write_text(text.replace(old, new))
    with pytest.raises(SettingsError, match=r"policy\.yaml") as caught:
        load_policy(tmp_path / "policy.yaml")
    assert words in str(caught.value)


def test_a_missing_policy_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_policy(tmp_path / "policy.yaml")


def tightened(**changes: Any) -> Policy:
    return Policy.model_validate(POLICY.model_dump(by_alias=True) | changes)


def ask_of(
    policy: Policy, who: Person = MARIA, *, now: float = NOON, place: str = "", **plan: Any
) -> Verdict:
    wanted = replace(PLAN, **({"effect": "write", "environment": "production", "owners": ("search",)} | plan))
    return policy.judge(wanted, who, PLAIN, now=now, place=place)


WRITE_RULE = {"effect": "write", "environments": ["*"], "not_requester": True, "expires": "15m"}


def with_rule(**keys: Any) -> Policy:
    return tightened(approvals=[WRITE_RULE | keys, *POLICY.model_dump()["approvals"]])


@pytest.mark.parametrize(
    ("rule", "who", "place", "words"),
    [
        (
            {"roles": ["incident-commander"]},
            MARIA,
            "rest:x",
            "it is for one person with the role incident-comm",
        ),
        ({"groups": ["llm-oncall"]}, MARIA, "rest:x", "of the group llm-oncall"),
        ({"people": ["priya"]}, MARIA, "rest:x", "among priya"),
        ({"owner": True}, PRIYA, "rest:x", "for the team that owns it"),
        ({"places": ["slack:C1", "terminal"]}, MARIA, "slack:C12", "asked for in slack:C1 or terminal only"),
        ({"places": ["slack:C1"]}, MARIA, "", "asked for in slack:C1"),
    ],
)
def test_who_may_ask_is_narrowed_by_role_group_name_owner_and_place(
    rule: dict[str, Any], who: Person, place: str, words: str
) -> None:
    verdict = ask_of(tightened(asking=[rule]), who, place=place)
    assert verdict.kind == "refuse"
    assert words in verdict.reason


@pytest.mark.parametrize(
    ("rule", "who", "place"),
    [
        ({"owner": True}, MARIA, ""),
        ({"places": ["slack:C1", "terminal"]}, MARIA, "terminal:c9"),
        ({"places": ["slack:C1"]}, MARIA, "slack:C1"),
        ({"people": ["priya"], "environments": ["staging"]}, MARIA, ""),
        ({"people": ["priya"], "owners": ["platform"]}, MARIA, ""),
        ({"people": ["priya"], "effects": ["dangerous"]}, MARIA, ""),
    ],
)
def test_who_meets_the_narrower_rule_or_is_not_meant_by_it_may_ask(
    rule: dict[str, Any], who: Person, place: str
) -> None:
    assert ask_of(tightened(asking=[rule]), who, place=place).kind == "ask"


def test_named_people_a_group_and_the_owning_team_can_be_asked_in_stages() -> None:
    policy = with_rule(
        name="owner",
        owner=True,
        stages=[{"name": "security", "groups": ["security-review"]}, {"people": ["lena"]}],
    )
    first, second, third = ask_of(policy, owners=("search",)).required
    assert (first.teams, second.groups, third.people) == (("search",), ("security-review",), ("lena",))
    assert who_can(first, PEOPLE, "priya") == ["maria"]
    assert who_can(second, PEOPLE, "priya") == ["tomas"]
    assert who_can(third, PEOPLE, "priya") == ["lena"]


def test_a_change_of_two_teams_services_needs_somebody_of_each() -> None:
    required = ask_of(with_rule(owner=True), owners=("platform", "search")).required
    assert [one.teams for one in required] == [("platform",), ("search",)]
    assert [one.stage for one in required] == [0, 1]


def test_where_the_owner_must_agree_and_none_is_known_it_is_refused() -> None:
    verdict = ask_of(with_rule(owner=True), owners=())
    assert (verdict.kind, "no team owns" in verdict.reason) == ("refuse", True)


def test_a_rule_for_the_services_of_some_teams_leaves_the_others_to_the_next_rule() -> None:
    policy = with_rule(owners=["platform"], count=3)
    assert ask_of(policy, owners=("search",)).required[0].count == 1
    assert ask_of(policy, owners=("platform",)).required[0].count == 3


def test_a_rule_for_some_teams_alone_is_not_enough_of_a_policy() -> None:
    with pytest.raises(ValueError, match="need a rule for write"):
        tightened(approvals=[WRITE_RULE | {"owners": ["search"]}, WRITE_RULE | {"effect": "dangerous"}])


def test_a_runbooks_stages_come_after_the_policys() -> None:
    book_ = with_approval("{not_requester: true, stages: [{name: security, groups: [security-review]}]}")
    first, second = judge("write", "staging", runbook=book_).required
    assert (first.roles, first.not_requester) == (("operator",), True)
    assert (second.stage, second.groups, second.name) == (1, ("security-review",), "security")


def test_a_team_of_one_may_approve_its_own_and_every_audit_row_says_so() -> None:
    policy = tightened(single_operator=True)
    verdict = ask_of(policy, PRIYA)
    assert may_decide(verdict.required[0], an_approval(requester="priya"), PRIYA) is None
    assert (policy.stamp(), POLICY.stamp()) == ({"single_operator": True}, {})


def test_the_shorter_reminder_holds_and_the_runbooks_rota_takes_over() -> None:
    runbook = with_approval('{remind: 1m, escalate_to: "rota:platform"}')
    verdict = judge(runbook=runbook)
    assert (verdict.remind, verdict.escalate_to) == (60, "rota:platform")
    assert (judge().remind, judge().escalate_to) == (300, "rota:owner")


def test_break_glass_needs_a_role_that_policy_and_runbook_both_name() -> None:
    assert POLICY.may_break_glass(LENA, PLAIN) is None
    assert "needs the role incident-commander" in (POLICY.may_break_glass(PRIYA, PLAIN) or "")
    for spec in ("{break_glass: []}", "{break_glass: [approver]}"):
        assert "nobody may" in (POLICY.may_break_glass(LENA, with_approval(spec)) or "")
    assert POLICY.may_break_glass(LENA, with_approval("{break_glass: [incident-commander, admin]}")) is None


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"freezes": [{"name": "x"}]}, "timezone"),
        ({"asking": [{"effects": ["write"]}]}, "needs roles, groups"),
        ({"standing": {"days": 91}}, "less than or equal to 90"),
        ({"approvals": [WRITE_RULE | {"escalate_to": "pagerduty:x"}]}, "pattern"),
    ],
)
def test_a_rule_that_cannot_hold_is_not_read(rule: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        tightened(**rule)
