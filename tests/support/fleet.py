"""The demo company for tests, its log in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from config.catalogue import Catalogue, load_catalogue
from config.people import People, load_people
from integrations.actions import Action, Context, Inputs
from integrations.demo.company import Company
from integrations.demo.events import Events, MemoryEvents
from integrations.demo.sources import demo_sources
from integrations.ports import Sources
from tests.support.clock import ManualClock

CONFIG = Path(__file__).parents[2] / "config"
#: Tuesday 2026-09-22, 10:00 UTC
TUESDAY = 1_790_071_200.0


def catalogue() -> Catalogue:
    return load_catalogue(CONFIG / "catalogue.yaml")


def people() -> People:
    return load_people(CONFIG / "people.yaml")


def company(clock: ManualClock, seed: int = 1, events: Events | None = None) -> Company:
    return Company(events or MemoryEvents(), clock, catalogue(), people(), seed, timer=clock.now)


def sources(one: Company) -> Sources:
    return demo_sources(one)


def context(clock: ManualClock, key: str = "run_1:step:1", environment: str = "production") -> Context:
    return Context("run_1", "step", key, "maria", environment, "terminal:1", clock.now())


def given(action: Action, **inputs: Any) -> Inputs:
    """Inputs of an action, checked as the engine checks them."""
    return action.inputs.model_validate(inputs)
