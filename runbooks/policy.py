"""Who may ask, who must agree, who may decide. The rules are config/policy.yaml; a runbook can only tighten them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from config.errors import SettingsError
from config.people import People, Person, Role
from integrations.actions import Effect
from runbooks.compiler import Runbook
from runbooks.expressions import ExpressionError
from runbooks.plan import Plan
from runbooks.schema import ApprovalSpec, Duration
from store.records import Approval, Required

Mode = Literal["demo", "observe", "propose", "act"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(_Strict):
    """Who must agree to `effect` in `environments` (`*`: any)."""

    effect: Literal["write", "dangerous"]
    environments: tuple[str, ...] = Field(min_length=1)
    count: int = Field(ge=1, le=10)
    roles: tuple[Role, ...] = ()
    groups: tuple[str, ...] = ()
    not_requester: bool
    expires: Duration


@dataclass(frozen=True, slots=True)
class Verdict:
    """What policy says of a plan. `required` and `expires` (seconds) are set when people must be asked."""

    kind: Literal["refuse", "go", "ask"]
    reason: str
    required: tuple[Required, ...] = ()
    expires: float = 0.0


class Policy(_Strict):
    """The rules as they stand in policy.yaml."""

    version: Literal[1]
    may_ask: dict[Effect, Role]
    approvals: tuple[Rule, ...]

    @model_validator(mode="after")
    def _nothing_is_left_open(self) -> Policy:
        for effect in ("write", "dangerous"):
            if not any(rule.effect == effect and "*" in rule.environments for rule in self.approvals):
                raise ValueError(f"approvals need a rule for {effect} with environments ['*']")
        missing = {"read", "record", "write", "dangerous"} - set(self.may_ask)
        if missing:
            raise ValueError(f"may_ask needs a role for {', '.join(sorted(missing))}")
        return self

    def judge(
        self, plan: Plan, requester: Person, runbook: Runbook, *, mode: Mode = "act", dry_run: bool = False
    ) -> Verdict:
        """Whether this person's plan goes, must be asked for, or is refused; a dry run changes nothing and is read."""
        effect: Effect = "read" if dry_run else plan.effect
        refusal = self.may_not_ask(effect, requester) or mode_refuses(mode, effect)
        if refusal is not None:
            return Verdict("refuse", refusal)
        required, expires = self._base(effect, plan.environment)
        if not dry_run:
            required, expires = _tightened(required, expires, plan, requester, runbook)
        if required is None:
            return Verdict("go", f"a {effect} needs nobody else's word")
        return Verdict("ask", describe(required), (required,), expires)

    def may_not_ask(self, effect: Effect, person: Person) -> str | None:
        """Why this person may not ask for such a run; None: may."""
        role = self.may_ask[effect]
        if person.may(role):
            return None
        return f"{person.name} may not ask for a {effect}; it needs the role {role}, which people.yaml gives."

    def _base(self, effect: Effect, environment: str) -> tuple[Required | None, float]:
        for rule in self.approvals:
            if rule.effect == effect and (environment in rule.environments or "*" in rule.environments):
                return Required(0, rule.count, rule.roles, rule.groups, rule.not_requester), rule.expires
        return None, max((rule.expires for rule in self.approvals), default=900.0)


def load_policy(path: Path) -> Policy:
    """Read `policy.yaml`. Raises SettingsError naming the file, the key and what is wanted."""
    try:
        return Policy.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as err:
        raise SettingsError(
            f"{path}: cannot be read ({err.strerror}). Check the file or COPILOT_CONFIG_DIR."
        ) from err
    except yaml.YAMLError as err:
        raise SettingsError(f"{path}: is not YAML: {err}. Mend the line it names.") from err
    except ValidationError as err:
        first = err.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SettingsError(f"{path}: {where}: {first['msg']}. Mend that key.") from err


def mode_refuses(mode: Mode, effect: Effect) -> str | None:
    """Why this mode does not take a run of this effect; None: it does. `propose` plans writes but runs none."""
    if mode == "observe" and effect != "read":
        return "The mode is observe: only reads run. An admin can change the mode."
    if mode == "propose" and effect == "record":
        return "The mode is propose: nothing is executed. An admin can change the mode."
    return None


def mode_holds_back(mode: Mode, effect: Effect) -> str | None:
    """Why a run that was approved does not execute in this mode; None: it does."""
    if mode in ("observe", "propose") and effect != "read":
        return f"The mode is {mode}: nothing is executed. An admin can change the mode."
    return None


def may_decide(required: Required, approval: Approval, person: Person) -> str | None:
    """Why this person's approval does not count for `required`; None: it does."""
    if required.not_requester and person.id == approval.requester:
        return "You asked for this change yourself, so somebody else must approve it."
    if not _holds(required, person):
        return f"Approving this needs {describe(required)}; you do not have that."
    return None


def may_deny(required: Required, approval: Approval, person: Person) -> str | None:
    """Who may approve may deny, and so may the person who asked."""
    if person.id == approval.requester or _holds(required, person):
        return None
    return f"Denying this needs {describe(required)}; you do not have that."


def who_can(required: Required, people: People, requester: str) -> list[str]:
    """Ids of those who may approve, sorted."""
    return sorted(
        person.id
        for person in people.by_id.values()
        if _holds(required, person) and not (required.not_requester and person.id == requester)
    )


def describe(required: Required) -> str:
    """`required` in words."""
    who = f"{required.count} people" if required.count > 1 else "one person"
    parts = [f"{who} with the role {' or '.join(required.roles)}" if required.roles else who]
    if required.groups:
        parts.append(f"of the group {' or '.join(required.groups)}")
    if required.not_requester:
        parts.append("other than the requester")
    return " ".join(parts)


def _holds(required: Required, person: Person) -> bool:
    by_role = not required.roles or any(_has_all(person, wanted, "roles") for wanted in required.roles)
    return by_role and (
        not required.groups or any(_has_all(person, wanted, "groups") for wanted in required.groups)
    )


def _has_all(person: Person, wanted: str, kind: Literal["roles", "groups"]) -> bool:
    """`a+b` is held by who holds both."""
    held: frozenset[str] = frozenset(person.roles) if kind == "roles" else person.groups
    return all(one in held for one in wanted.split("+"))


def _both(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """One of `first` and one of `second`, as a list of alternatives `a` or `a+b`."""
    if not first or not second:
        return first or second
    pairs = {frozenset(pair) for pair in product(first, second)}
    least = [pair for pair in pairs if not any(other < pair for other in pairs)]
    return tuple(sorted("+".join(sorted(pair)) for pair in least))


def _tightened(
    base: Required | None, expires: float, plan: Plan, requester: Person, runbook: Runbook
) -> tuple[Required | None, float]:
    """The policy's wish and the runbook's: the larger count, the smaller time, both roles, both groups."""
    spec = runbook.model.approval
    if spec is None or not _applies(spec, plan, requester, runbook):
        return base, expires
    base = base or Required(0, 0, (), (), False)
    required = Required(
        stage=base.stage,
        count=max(base.count, spec.count),
        roles=_both(base.roles, spec.roles),
        groups=_both(base.groups, spec.groups),
        not_requester=base.not_requester or spec.not_requester,
    )
    return required, min(expires, spec.expires or expires)


def _applies(spec: ApprovalSpec, plan: Plan, requester: Person, runbook: Runbook) -> bool:
    """A `when` that cannot be worked out counts as true: in doubt, more people are asked."""
    if runbook.when is None:
        return True
    run = {"requester": requester.id, "environment": plan.environment}
    try:
        return runbook.when.truth({"inputs": plan.inputs, "run": run})
    except ExpressionError:
        return True
