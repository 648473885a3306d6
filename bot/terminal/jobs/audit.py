"""`audit verify` and `audit export`."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from bot.terminal.context import Opener
from store import audit

PART = 500


async def verified(opener: Opener, *, as_json: bool) -> int:
    """Exit 1 when the chain is broken."""
    async with opener.open(work=False, chat=False) as services:
        check = await services.database.read(audit.verify)
    if as_json:
        click.echo(json.dumps(asdict(check)))
    elif check.ok:
        click.echo(f"The audit chain is whole: {check.why}.")
    else:
        click.echo(f"The audit chain is BROKEN at row {check.broken_at}: {check.why}.")
    return 0 if check.ok else 1


async def exported(opener: Opener, *, run_id: str | None) -> None:
    """One row a line, oldest first; memory stays flat."""
    async with opener.open(work=False, chat=False) as services:
        after = 0
        while True:
            start = after
            rows = await services.database.read(lambda conn: audit.rows(conn, run_id, start, PART))  # noqa: B023
            for row in rows:
                click.echo(json.dumps(asdict(row)))
            if len(rows) < PART:
                return
            after = rows[-1].seq
