"""The prompts of the demo company: which version answers, how good each is, and setting another one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from integrations.actions import Action, Change, Context, Happened, Inputs, Output
from integrations.demo.acts import Acts, found
from integrations.demo.company import Company
from integrations.demo.shifting import must_speak
from integrations.demo.world import World
from integrations.errors import Refused

_SHOWN = 6


class SetPrompt(Inputs):
    """`environment` is that of the run unless said."""

    prompt: str
    version: str = Field(pattern=r"^v\d{1,6}$")
    environment: str | None = None


class WhichPrompt(Inputs):
    """Every prompt unless one is named, or the one that `service` answers with."""

    prompt: str | None = None
    service: str | None = None
    environment: str | None = None


class PromptVersion(Output):
    version: str
    score: float


class PromptState(Output):
    """`previous` ran before the current one; `services` answer with it; scores are those of its evaluation, 0 to 1."""

    prompt: str
    environment: str
    current: str
    score: float
    previous: str | None
    previous_score: float | None
    services: tuple[str, ...]
    versions: tuple[PromptVersion, ...]


class PromptStates(Output):
    count: int
    prompts: tuple[PromptState, ...]


class DemoPrompting(Acts):
    """Raises Absent, Refused, StoreError."""

    async def prompts(self, context: Context, inputs: WhichPrompt) -> PromptStates:
        world = await self.company.world()
        environment = inputs.environment or context.environment
        names = world.catalogue.prompts
        if inputs.service is not None:
            world.must_know(inputs.service, environment)
            must_speak(world, inputs.service)
            names = (world.prompts.of(inputs.service),)
        if inputs.prompt is not None:
            world.prompts.must_know(inputs.prompt)
            names = (inputs.prompt,)
        states = tuple(_prompt(world, name, environment) for name in names)
        return PromptStates(count=len(states), prompts=states)

    async def plan_prompt(self, context: Context, inputs: SetPrompt) -> Change:
        world = await self.company.world()
        environment = inputs.environment or context.environment
        state = _prompt(world, inputs.prompt, environment)
        if inputs.version not in [one.version for one in state.versions]:
            known = ", ".join(f"{one.version} (score {one.score:.2f})" for one in state.versions[:_SHOWN])
            raise Refused(f"There is no version {inputs.version} of {inputs.prompt}. The newest: {known}.")
        words = f"prompt {inputs.prompt} in {environment}: {state.current} → {inputs.version}"
        return Change({"version": state.current}, {"version": inputs.version}, state.services, words)

    async def set_prompt(self, context: Context, inputs: SetPrompt) -> PromptState:
        world = await self.company.world()
        environment = inputs.environment or context.environment
        await self.plan_prompt(context, inputs)
        what = {"prompt": inputs.prompt, "environment": environment, "version": inputs.version}
        await self.act("prompt.set", context, **what)
        return _prompt(world, inputs.prompt, environment)

    async def prompt_set(self, context: Context, inputs: SetPrompt, before: Mapping[str, Any]) -> Happened:
        world = await self.company.world()
        now = world.prompts.current(inputs.prompt, inputs.environment or context.environment)
        return found({"version": now}, before, {"version": inputs.version})


def _prompt(world: World, prompt: str, environment: str) -> PromptState:
    prompts = world.prompts
    prompts.must_know(prompt)
    current, previous = prompts.current(prompt, environment), prompts.previous(prompt, environment)
    return PromptState(
        prompt=prompt,
        environment=environment,
        current=current,
        score=prompts.score(prompt, current),
        previous=previous,
        previous_score=prompts.score(prompt, previous) if previous else None,
        services=prompts.services(prompt),
        versions=tuple(PromptVersion(version=name, score=score) for name, score in prompts.versions(prompt)),
    )


def prompting_actions(company: Company) -> tuple[Action, ...]:
    do = DemoPrompting(company)
    return (
        Action(
            "prompts.status", "read", "which version of a prompt answers, and the eval score of each",
            WhichPrompt, PromptStates, do.prompts,
        ),
        Action(
            "prompts.set", "write", "make a version of a prompt the one that answers",
            SetPrompt, PromptState, do.set_prompt, timeout=120.0, plan=do.plan_prompt,
            happened=do.prompt_set,
        ),
    )  # fmt: skip
