"""What a bench found, as a table on the screen and as a section of a page that keeps the sections of others."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from tests.bench.served import SERVER


@dataclass(frozen=True)
class Options:
    """`short` forms are for a quick look: fewer messages, the same code."""

    short: bool = False
    seed: int = 1


@dataclass(frozen=True)
class Row:
    """One promise and what was measured. `ok` None: a figure beside it, nothing was promised."""

    promise: str
    measured: str
    ok: bool | None = None

    @property
    def mark(self) -> str:
        return "" if self.ok is None else "yes" if self.ok else "NO"


@dataclass
class Result:
    """The rows of one bench. `notes` are said below the table."""

    name: str
    title: str
    command: str
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return all(row.ok is not False for row in self.rows)


def at_most(what: str, limit: float, value: float, unit: str, beside: str = "", digits: int = 2) -> Row:
    """A promise `what ≤ limit`."""
    words = f"{value:.{digits}f} {unit}" + (f" ({beside})" if beside else "")
    return Row(f"{what} ≤ {limit:g} {unit}", words, value <= limit)


def at_least(what: str, limit: float, value: float, unit: str, beside: str = "", digits: int = 0) -> Row:
    """A promise `what ≥ limit`."""
    words = f"{value:.{digits}f} {unit}" + (f" ({beside})" if beside else "")
    return Row(f"{what} ≥ {limit:g} {unit}", words, value >= limit)


def machine() -> str:
    """What the figures were measured on, in one line."""
    busy = os.getloadavg()[0]
    return (
        f"{psutil.cpu_count()} cores ({_processor()}), {psutil.virtual_memory().total / 2**30:.0f} GB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, PostgreSQL {_postgres()}; "
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load before {busy:.1f}"
    )


def table(result: Result) -> str:
    """For the screen."""
    width = max((len(row.promise) for row in result.rows), default=0)
    wide = max((len(row.measured) for row in result.rows), default=0)
    lines = [f"── {result.title} · {result.command}"]
    lines += [f"  {row.promise:{width}}  {row.measured:{wide}}  {row.mark}".rstrip() for row in result.rows]
    return "\n".join([*lines, *(f"  {note}" for note in result.notes)])


def write(page: Path, head: str, results: Sequence[Result], on: str) -> None:
    """Put each result's section into `page`; sections of benches that did not run stay."""
    found = page.read_text(encoding="utf-8") if page.exists() else head
    kept = dict(re.findall(r"<!-- begin: ([\w-]+) -->\n(.*?)<!-- end: \1 -->", found, re.S))
    kept.update({result.name: section(result, on) for result in results})
    parts = [f"<!-- begin: {name} -->\n{kept[name]}<!-- end: {name} -->\n" for name in kept]
    page.write_text(head.rstrip() + "\n\n" + "\n".join(parts), encoding="utf-8")


def section(result: Result, on: str) -> str:
    """For the page."""
    lines = [f"## {result.title}", "", f"`{result.command}` on {on}", ""]
    lines += ["| promise | measured | kept |", "|---|---|---|"]
    lines += [f"| {_cell(row.promise)} | {_cell(row.measured)} | {row.mark} |" for row in result.rows]
    notes = [f"- {note}" for note in result.notes]
    return "\n".join([*lines, "", *notes, *([""] if notes else [])])


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _postgres() -> str:
    admin = make_url(SERVER).set(drivername="postgresql+psycopg")
    engine = create_engine(admin, connect_args={"connect_timeout": 2})
    try:
        with engine.connect() as conn:
            return str(conn.execute(text("SHOW server_version")).scalar_one()).split(" ")[0]
    except OperationalError:
        return "(none)"
    finally:
        engine.dispose()
