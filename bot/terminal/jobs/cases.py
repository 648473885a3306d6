"""`runbook test`: the cases beside runbooks, on a recorded world."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from bot.terminal.context import Opener
from runbooks.casework import Company, run_cases
from runbooks.policy import load_policy


async def tested(opener: Opener, *, path: Path, as_json: bool) -> int:
    """Exit 1 when a case failed. Raises BadRequest, LoadError."""
    policy = load_policy(opener.settings().file("policy.yaml"))
    async with opener.open(work=False, chat=False) as services:
        company = Company(services.actions, policy, services.people, services.catalogue)
        outcomes = await run_cases(path, company)
    failed = [one for one in outcomes if one.problems]
    if as_json:
        click.echo(json.dumps([asdict(one) for one in outcomes]))
        return 1 if failed else 0
    for one in outcomes:
        click.echo(f"{'FAILED' if one.problems else 'ok':6}  {Path(one.file).name}: {one.case}")
        for problem in one.problems:
            click.echo(f"        {problem}")
    click.echo(f"{len(outcomes) - len(failed)} of {len(outcomes)} cases passed.")
    return 1 if failed else 0
