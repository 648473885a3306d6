"""How one reader's screen shows things: the console, and the primitives that every card is made of."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO, cast
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot.clean import clean

Block = Mapping[str, Any]
View = Mapping[str, Any]
WIDEST = 100
_ENDS = re.compile(r"[ ]+(?=\n)")


@dataclass(frozen=True)
class Look:
    """How one reader sees things: their zone, what time it is (Unix seconds), whether the screen shows Unicode.

    `views` are approvals and runs from the ledger by id; `deciders(view)` names who may still decide an approval;
    `approve` is how one approves here, with `{id}`.
    """

    zone: ZoneInfo
    now: float
    unicode: bool = True
    views: Mapping[str, View] = field(default_factory=dict)
    deciders: Callable[[View], Sequence[str]] = lambda _: ()
    approve: str = "llm-copilot approvals approve {id}"


class Trimmed:
    """A pipe or file without the blanks that tables put at the ends of lines."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.encoding = file.encoding

    def write(self, words: str) -> int:
        return self._file.write(_ENDS.sub("", words))

    def flush(self) -> None:
        self._file.flush()

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return self._file.fileno()


def make_console(file: TextIO | None = None, width: int | None = None, color: bool | None = None) -> Console:
    """A console that takes no markup from data, at most `WIDEST` columns. NO_COLOR and pipes give plain text."""
    target = file or sys.stdout
    on_screen = target.isatty() or color or bool(os.environ.get("FORCE_COLOR"))
    console = Console(
        file=file if on_screen else cast(TextIO, Trimmed(target)),
        highlight=False,
        markup=False,
        emoji=False,
        width=width,
        force_terminal=color,
        legacy_windows=False,
    )
    if width is None and console.width > WIDEST:
        console.width = WIDEST
    return console


def shows_unicode(console: Console) -> bool:
    return console.encoding.lower().replace("-", "").startswith("utf")


def plain(words: object, style: str = "") -> Text:
    """Data as rich text: cleaned, never read as markup."""
    return Text(clean(str(words)), style=style)


def heading(words: str) -> Text:
    return plain(words, "bold")


def facts_table(pairs: Sequence[tuple[str, RenderableType]]) -> Table:
    """Names on the left, values on the right; long values wrap below themselves."""
    table = Table.grid(padding=(0, 2), expand=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs:
        table.add_row(plain(name), value)
    return table


def data_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """The first column, which names the row, stays whole; the others wrap."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for number, name in enumerate(columns):
        table.add_column(plain(name), overflow="fold", no_wrap=number == 0)
    for row in rows:
        table.add_row(*(plain(cell) for cell in row))
    return table


def changes(items: Sequence[Sequence[Any]], look: Look) -> RenderableType:
    """One line a key: what it is → what it becomes."""
    arrow = " → " if look.unicode else " -> "
    pairs: list[tuple[str, RenderableType]] = [
        (f"  {key}", Text.assemble(plain(_value(old), "red"), arrow, plain(_value(new), "green")))
        for key, old, new in items
    ]
    return facts_table(pairs) if pairs else plain("  nothing changes", "dim")


def _value(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(_value(one) for one in value) or "nothing"
    return str(value)


def framed(body: RenderableType, title: str, style: str, look: Look) -> Panel:
    shape = box.ROUNDED if look.unicode else box.ASCII
    return Panel(body, title=plain(title, "bold"), title_align="left", border_style=style, box=shape)
