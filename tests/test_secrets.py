"""Secrets of every known shape, and our own, into every place where words leave us or are kept."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from app import App
from bot.services import Services
from config.settings import Auth, Demo, Settings
from tests.support.leaks import forms, own, secrets
from tests.support.sinks import SINKS, shows

MINE = own()


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    """The whole application; its secrets are settings, variables and keys."""
    for number, one in enumerate(MINE[1:]):
        monkeypatch.setenv(f"SOME_{number}_TOKEN", one)
    chosen = Settings(data_dir=tmp_path, demo=Demo(incident=False), auth=Auth(secret=SecretStr(MINE[0] * 5)))
    level = logging.getLogger().level
    async with App().open(work=True, settings=chosen) as opened:
        yield opened
    logging.getLogger().setLevel(level)


async def test_no_place_shows_a_secret(services: Services, tmp_path: Path) -> None:
    every = secrets()
    mine = [form for one in [*MINE[1:], MINE[0] * 5] for form in forms(one)]
    lines = [one.line for one in every] + [f"it says {form} there" for form in mine]
    open_: dict[str, list[str]] = {}
    own_open: list[str] = []
    for name, sink in SINKS.items():
        out = await sink(services, lines, tmp_path)
        said = out.count("[hidden") + out.count("looks like a secret")
        assert said > len(every) / 2, f"{name}: too little came out to be believed"
        open_[name] = [one.kind for one in every if shows(out, one.core)]
        own_open += [f"{name}: {form}" for form in mine if shows(out, form)]
        print(f"{name}: {len(every) - len(open_[name])} of {len(every)} hidden, open: {open_[name]}")
    print(f"own secrets: {len(mine)} forms in {len(SINKS)} places, open: {own_open}")
    assert own_open == []
    assert all(len(found) <= 0.02 * len(every) for found in open_.values()), open_


async def test_who_typed_a_secret_is_told_to_rotate_it(services: Services) -> None:
    from bot.desk import Incoming

    typed = f"is ghp_{'a1B2' * 9} still valid for rag-api?"
    body = await services.desk.ask(Incoming("terminal", "e1", typed, "maria", "rest:c", "c"))
    assert body["text"].startswith("Your message held what looks like a secret (GitHub token)")
    assert "rotate it" in body["text"]
