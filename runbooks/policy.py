"""Who may ask, who must agree, who may decide. The rules are config/policy.yaml; a runbook can only tighten them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import ValidationError

from config.errors import SettingsError
from config.people import Person, Role
from integrations.actions import Effect
from runbooks.compiler import Runbook
from runbooks.expressions import ExpressionError
from runbooks.plan import Plan, Touched
from runbooks.rights import both, describe, holds, may_decide, may_deny, who_can
from runbooks.rules import Asking, File, Rule
from runbooks.schema import ApprovalSpec, StageSpec
from runbooks.windows import Freeze, Quiet, shown
from store.records import Required

__all__ = [
    "Mode",
    "Policy",
    "Verdict",
    "describe",
    "load_policy",
    "may_decide",
    "may_deny",
    "mode_holds_back",
    "mode_refuses",
    "who_can",
]

Mode = Literal["demo", "observe", "propose", "act"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What policy says of a plan. `required` and `expires` (seconds) are set when people must be asked.

    `remind` seconds pass between reminders, `escalate_to` is the rota that takes over. `alone` says that what was
    approved in advance does not count now, and `advance` what it must amount to where it does; `window` says that a
    freeze or quiet hours refuse it.
    """

    kind: Literal["refuse", "go", "ask"]
    reason: str
    required: tuple[Required, ...] = ()
    expires: float = 0.0
    remind: float | None = None
    escalate_to: str | None = None
    alone: bool = False
    window: bool = False
    advance: tuple[Required, ...] = ()


class Policy(File):
    """The rules as they stand in policy.yaml."""

    def judge(
        self,
        plan: Plan,
        requester: Person,
        runbook: Runbook,
        *,
        mode: Mode = "act",
        dry_run: bool = False,
        now: float,
        place: str = "",
    ) -> Verdict:
        """Whether this person's plan goes, must be asked for, or is refused at `now` (Unix seconds).

        A dry run changes nothing and is read.
        """
        effect: Effect = "read" if dry_run else plan.effect
        refusal = (
            self.may_not_ask(effect, requester)
            or mode_refuses(mode, effect)
            or self._asking_refuses(effect, plan, requester, place)
        )
        if refusal is not None:
            return Verdict("refuse", refusal)
        if dry_run:
            return Verdict("go", "a dry run needs nobody else's word")
        windows = self.windows(plan, now, plan.effect)
        frozen = next((said for window, said in windows if window.then == "refuse"), None)
        if frozen is not None:
            return Verdict("refuse", frozen, window=True)
        return self._asked(effect, plan, requester, runbook, [window for window, _ in windows])

    def may_not_ask(self, effect: Effect, person: Person) -> str | None:
        """Why this person may not ask for such a run; None: may."""
        role = self.may_ask[effect]
        if person.may(role):
            return None
        return f"{person.name} may not ask for a {effect}; it needs the role {role}, which people.yaml gives."

    def may_not_record(
        self, person: Person, what: Touched, *, mode: Mode, now: float, place: str
    ) -> str | None:
        """Why this person's word is not enough for a record at `now` (Unix seconds); None: it is."""
        refusal = (
            self.may_not_ask("record", person)
            or mode_refuses(mode, "record")
            or self._asking_refuses("record", what, person, place)
        )
        if refusal is not None:
            return refusal
        return next((said for _, said in self.windows(what, now, "record")), None)

    def windows(self, plan: Touched, now: float, effect: Effect) -> list[tuple[Freeze | Quiet, str]]:
        """The freezes and quiet hours that are on for this plan, each with what is said of it."""
        found: list[tuple[Freeze | Quiet, str]] = []
        every: tuple[Freeze | Quiet, ...] = (*self.freezes, *self.quiet_hours)
        for window in every:
            until = window.until(now) if window.touches(plan, effect) else None
            if until is not None:
                found.append((window, self._said(window, until)))
        return found

    def stamp(self) -> dict[str, Any]:
        """What every audit row says of this policy."""
        return {"single_operator": True} if self.single_operator else {}

    def may_break_glass(self, person: Person, runbook: Runbook) -> str | None:
        """Why this person may not run this runbook without approval; None: may. Policy and runbook must both name one
        of the person's roles."""
        spec = runbook.model.approval
        allowed: set[Role] = set(self.break_glass.roles)
        if spec is not None and spec.break_glass is not None:
            allowed &= set(spec.break_glass)
        if any(person.may(role) for role in allowed):
            return None
        named = " or ".join(sorted(allowed))
        needed = f"it needs the role {named}" if named else "nobody may, by policy.yaml and the runbook"
        return f"{person.name} may not break glass for {runbook.id}; {needed}."

    def _said(self, window: Freeze | Quiet, until: float) -> str:
        kind = "change freeze" if isinstance(window, Freeze) else "quiet hours"
        lifts = describe(self._required(window.stage(), 0, "")).removesuffix(" other than the requester")
        way = "by changing policy.yaml" if window.then == "refuse" else "by approving its stage"
        roles = " or ".join(self.break_glass.roles)
        glass = f" In an emergency {roles} may break glass." if roles and window.then == "refuse" else ""
        words = f"The {kind} '{window.name}' is on until {shown(until, window.timezone)}."
        return f"{words} It can be lifted by {lifts}, {way}.{glass}"

    def _asking_refuses(self, effect: Effect, plan: Touched, person: Person, place: str) -> str | None:
        for rule in self.asking:
            if effect in rule.effects and rule.fits(plan):
                refusal = _not_met(rule, plan, person, place)
                if refusal is not None:
                    return f"{person.name} may not ask for this {effect} in {plan.environment}: {refusal}."
        return None

    def _asked(
        self,
        effect: Effect,
        plan: Plan,
        requester: Person,
        runbook: Runbook,
        windows: list[Freeze | Quiet],
    ) -> Verdict:
        rule = next((one for one in self.approvals if one.effect == effect and one.fits(plan)), None)
        spec = runbook.model.approval
        spec = spec if spec is not None and _applies(spec, plan, requester, runbook) else None
        stages = list(self._base(rule, plan))
        if spec is not None:
            stages = self._tightened(stages, spec, plan)
        advance = tuple(self._numbered(stages))
        stages += [one for window in windows for one in self._each(window.stage(), plan)]
        if not stages:
            return Verdict("go", f"a {effect} needs nobody else's word")
        if any(one.teams == _NO_TEAM for one in stages):
            return Verdict(
                "refuse",
                "The policy wants the owner's word, but no team owns what is changed. Name it in catalogue.yaml.",
            )
        required = tuple(self._numbered(stages))
        expires = min(
            rule.expires if rule else max(one.expires for one in self.approvals),
            (spec.expires if spec else None) or float("inf"),
        )
        remind = _least(rule.remind if rule else None, spec.remind if spec else None)
        escalate = (spec.escalate_to if spec else None) or (rule.escalate_to if rule else None)
        alone = any(not window.standing for window in windows)
        words = "; then ".join(describe(one) for one in required)
        return Verdict("ask", words, required, expires, remind, escalate, alone, advance=advance)

    def _base(self, rule: Rule | None, plan: Plan) -> Iterable[Required]:
        for spec in rule.every_stage() if rule is not None else ():
            yield from self._each(spec, plan)

    def _each(self, spec: StageSpec, plan: Plan) -> Iterable[Required]:
        """A stage of owners is one for every team that owns something of it."""
        if not spec.owner:
            yield self._required(spec, 0, "")
            return
        for team in plan.owners or _NO_TEAM:
            yield self._required(spec, 0, team)

    def _required(self, spec: StageSpec, stage: int, team: str) -> Required:
        return Required(
            stage=stage,
            count=spec.count,
            roles=spec.roles,
            groups=spec.groups,
            not_requester=spec.not_requester,
            people=spec.people,
            teams=(team,) if spec.owner else (),
            name=spec.name,
        )

    def _tightened(self, stages: list[Required], spec: ApprovalSpec, plan: Plan) -> list[Required]:
        """The policy's wish and the runbook's: the larger count, both roles, both groups, and its stages after."""
        base = stages[0] if stages else Required(0, 0, (), (), False)
        first = replace(
            base,
            count=max(base.count, spec.count),
            roles=both(base.roles, spec.roles),
            groups=both(base.groups, spec.groups),
        )
        later = [one for stage in spec.stages for one in self._each(stage, plan)]
        return [
            replace(one, not_requester=one.not_requester or spec.not_requester)
            for one in (first, *stages[1:], *later)
        ]

    def _numbered(self, stages: list[Required]) -> Iterable[Required]:
        for number, one in enumerate(stages):
            yield replace(one, stage=number, not_requester=one.not_requester and not self.single_operator)


_NO_TEAM = ("",)


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


def _not_met(rule: Asking, plan: Touched, person: Person, place: str) -> str | None:
    """What the rule wants and the person or place has not; None: it is met."""
    team = plan.owners if rule.owner else ()
    if rule.owner and not set(plan.owners) & person.teams:
        return f"it is for the team that owns it ({', '.join(team) or 'none is known'})"
    wanted = Required(0, 1, tuple(rule.roles), rule.groups, False, rule.people)
    if not holds(wanted, person):
        return f"it is for {describe(wanted)}"
    if rule.places and not any(place == one or place.startswith(f"{one}:") for one in rule.places):
        return f"it is asked for in {' or '.join(rule.places)} only"
    return None


def _least(*values: float | None) -> float | None:
    return min((one for one in values if one is not None), default=None)


def _applies(spec: ApprovalSpec, plan: Plan, requester: Person, runbook: Runbook) -> bool:
    """A `when` that cannot be worked out counts as true: in doubt, more people are asked."""
    if runbook.when is None:
        return True
    run = {"requester": requester.id, "environment": plan.environment}
    try:
        return runbook.when.truth({"inputs": plan.inputs, "run": run})
    except ExpressionError:
        return True
