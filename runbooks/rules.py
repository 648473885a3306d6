"""config/policy.yaml as pydantic models: each rule with what it fits and what it wants."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from config.people import Role
from integrations.actions import Effect
from runbooks.plan import Touched
from runbooks.schema import Duration, Escalation, StageSpec, Strict
from runbooks.windows import Freeze, Quiet

Environments = tuple[str, ...]
ANY = "*"


class Fits(Strict):
    """What a rule is for. `owners` are teams of which one owns what is changed; empty or `*`: any."""

    environments: Environments = Field((ANY,), min_length=1)
    owners: tuple[str, ...] = ()

    def fits(self, plan: Touched) -> bool:
        here = plan.environment in self.environments or ANY in self.environments
        return here and (not self.owners or bool(set(self.owners) & {ANY, *plan.owners}))


class Rule(Fits):
    """Who must agree to `effect`. `owner: true`: somebody of each team that owns what is changed; `stages` come after.

    `remind` seconds pass between two reminders; `escalate_to` is the rota whose person on call takes over.
    """

    effect: Literal["write", "dangerous"]
    environments: Environments = Field(min_length=1)
    count: int = Field(1, ge=1, le=10)
    roles: tuple[Role, ...] = ()
    groups: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    owner: bool = False
    not_requester: bool
    name: str = ""
    stages: tuple[StageSpec, ...] = ()
    expires: Duration
    remind: Duration | None = None
    escalate_to: Escalation | None = None

    def every_stage(self) -> tuple[StageSpec, ...]:
        first = StageSpec.model_validate(
            {key: value for key, value in self.model_dump().items() if key in StageSpec.model_fields}
        )
        return (first, *self.stages)


class Asking(Fits):
    """Who may ask, beyond `may_ask`: every rule that fits must be met. `places` are `face` or `face:conversation`."""

    effects: tuple[Effect, ...] = ("write", "dangerous")
    roles: tuple[Role, ...] = ()
    groups: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    owner: bool = False
    places: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _asks_something(self) -> Asking:
        if not (self.roles or self.groups or self.people or self.owner or self.places):
            raise ValueError("an asking rule needs roles, groups, people, owner or places")
        return self


class BreakGlass(Strict):
    """Who may run a plan at once, without approval and through freezes. The review is spoken of every `nag` seconds
    until somebody else with one of `reviewers` closes it. `announce` are places that hear of it besides its own."""

    roles: tuple[Role, ...] = ()
    reviewers: tuple[Role, ...] = ("approver", "auditor")
    nag: Duration = 14_400.0
    announce: tuple[str, ...] = ()


class StandingRule(Strict):
    """What an approval in advance takes at least: `count` people, at most `days`, at most `most` runs in `per`
    seconds."""

    count: int = Field(2, ge=1, le=10)
    roles: tuple[Role, ...] = ("approver",)
    groups: tuple[str, ...] = ()
    days: int = Field(90, ge=1, le=90)
    most: int = Field(3, ge=1, le=100)
    per: Duration = 86_400.0
    announce: tuple[str, ...] = ()


class File(Strict):
    """The whole file."""

    version: Literal[1]
    single_operator: bool = False
    may_ask: dict[Effect, Role]
    asking: tuple[Asking, ...] = ()
    approvals: tuple[Rule, ...]
    freezes: tuple[Freeze, ...] = ()
    quiet_hours: tuple[Quiet, ...] = ()
    break_glass: BreakGlass = BreakGlass()
    standing: StandingRule = StandingRule()

    @model_validator(mode="after")
    def _nothing_is_left_open(self) -> File:
        for effect in ("write", "dangerous"):
            if not any(
                rule.effect == effect and ANY in rule.environments and not rule.owners
                for rule in self.approvals
            ):
                raise ValueError(f"approvals need a rule for {effect} with environments ['*']")
        missing = {"read", "record", "write", "dangerous"} - set(self.may_ask)
        if missing:
            raise ValueError(f"may_ask needs a role for {', '.join(sorted(missing))}")
        return self
